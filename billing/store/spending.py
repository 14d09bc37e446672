"""What accounts used day by day, gathered after the fact from the ledger. Verbs may import it.

Only what came since the last time is read, along the index of an account's transfers, so that it costs little however
long the history is, and a debit pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from billing.rules.kinds import Kind
from billing.rules.moments import DAY
from billing.store.tables import transfers
from billing.store.tables_alerts import spending_days, spending_seen
from billing.store.writer import Tx

USES = (Kind.USAGE.value, Kind.USAGE_REVERT.value)
"""What counts as used: what is given back counts against it."""


class Found(NamedTuple):
    """What was used by day in the versions after `before` (None: nobody looked before) up to `until`."""

    before: int | None
    until: int
    days: Mapping[int, int]


def seen(connection: Connection, account_id: str) -> int | None:
    """Up to which version of the account its days are complete; None: nobody has looked yet."""
    return connection.scalar(select(spending_seen.c.version).where(spending_seen.c.account_id == account_id))


def version_before(connection: Connection, account_id: str, moment: int) -> int:
    """The last version from before that moment."""
    older = (transfers.c.account_id == account_id, transfers.c.recorded_at < moment)
    query = select(transfers.c.version).where(*older).order_by(transfers.c.version.desc()).limit(1)
    return connection.scalar(query) or 0


def used_by_day(connection: Connection, account_id: str, after: int, until: int) -> dict[int, int]:
    """Micro-credits used by UTC day, in the transfers of those versions."""
    day = transfers.c.recorded_at.op("/")(DAY)
    query = select(day, func.sum(-transfers.c.amount_micro)).where(
        transfers.c.account_id == account_id,
        transfers.c.version > after,
        transfers.c.version <= until,
        transfers.c.kind.in_(USES),
    )
    return {int(row[0]): int(row[1]) for row in connection.execute(query.group_by(day))}


def add(tx: Tx, account_id: str, found: Found) -> bool:
    """Adds what was found; False, and nothing, when somebody else was first."""
    tx.database.serialize(tx.connection, f"spending:{account_id}")
    if seen(tx.connection, account_id) != found.before:
        return False
    own = spending_seen.c.account_id == account_id
    if found.before is None:
        tx.connection.execute(insert(spending_seen).values(account_id=account_id, version=found.until, compared=-1))
    else:
        tx.connection.execute(update(spending_seen).where(own).values(version=found.until))
    for day, used in found.days.items():
        place = (spending_days.c.account_id == account_id, spending_days.c.day == day)
        more = update(spending_days).where(*place).values(used_micro=spending_days.c.used_micro + used)
        if tx.connection.execute(more).rowcount == 0:
            tx.connection.execute(insert(spending_days).values(account_id=account_id, day=day, used_micro=used))
    return True


def compared(tx: Tx, account_id: str, version: int) -> None:
    """Everything up to that version was compared with the thresholds."""
    own = update(spending_seen).where(spending_seen.c.account_id == account_id, spending_seen.c.compared < version)
    tx.connection.execute(own.values(compared=version))


def days(connection: Connection, account_id: str, first: int) -> dict[int, int]:
    """Micro-credits used on each day since the first one, as far as they were gathered."""
    query = select(spending_days.c.day, spending_days.c.used_micro)
    own = (spending_days.c.account_id == account_id, spending_days.c.day >= first)
    return {row[0]: row[1] for row in connection.execute(query.where(*own))}
