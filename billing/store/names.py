"""What those are called whose ids stand in texts: people, accounts, API keys, batches of grants. Verbs may import it.

Whoever reads a list for people asks once for all of its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection, Table, select, union_all

from billing.store.tables import accounts
from billing.store.tables_console import grant_batches
from billing.store.tables_trade import api_keys, people

_TABLES: dict[str, Table] = {
    "acc": accounts,
    "bat": grant_batches,
    "key": api_keys,
    "usr": people,
}
"""Where a name stands is told by how its id begins."""

_ID = re.compile(rf"\b({'|'.join(_TABLES)})_[0-9a-zA-Z]{{1,34}}\b", re.ASCII)


def behind(connection: Connection, texts: Iterable[str | None]) -> dict[str, str]:
    """The name behind every id in these texts, by the id, in one query; an id without a name is left out."""
    asked = [
        select(_TABLES[kind].c.id, _TABLES[kind].c.name).where(_TABLES[kind].c.id.in_(sorted(ids)))
        for kind, ids in _ids(texts).items()
    ]
    rows = connection.execute(union_all(*asked)) if asked else ()
    return {row[0]: row[1] for row in rows if row[1]}


def _ids(texts: Iterable[str | None]) -> dict[str, set[str]]:
    """The ids, by what they are ids of."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for each in _ID.finditer(text or ""):
            found.setdefault(each[1], set()).add(each[0])
    return found
