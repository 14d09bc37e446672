"""Ids as people read them: the name behind one where there is one, else its beginning and its end. Pages import it.

The whole id stays in the tooltip, for whoever wants to look for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pages.parts.plain_table import Cell
from pages.words import apart

END = 4
_ID = re.compile(r"\b[a-z]{2,5}_[0-9a-zA-Z]{12,34}\b", re.ASCII)


def told(text: str, names: Mapping[str, str]) -> Cell:
    """A short text of the audit log; what is said of whom it begins with stands below their name."""
    first = _ID.match(text)
    if first is None:
        said = _ID.sub(lambda found: called(found[0], names), text)
        return Cell(apart(said), title=text if said != text else "")
    return Cell(called(first[0], names), title=first[0], below=apart(text[first.end() :].strip()))


def whose(account_id: str, name: str | None, more: str = "") -> Cell:
    """An account as a link to it; `more` leads to one of its tabs."""
    return Cell(apart(name or short(account_id)), href=f"/manage/accounts/{account_id}{more}")


def by(actor: str, names: Mapping[str, str]) -> Cell:
    """Who did something; the portal and its provider have words instead of ids, and keep them."""
    return Cell(called(actor, names), title=actor)


def called(name_or_id: str, names: Mapping[str, str]) -> str:
    """The name behind an id, else the id made short; what is no id stays as it is."""
    known = names.get(name_or_id)
    if known is not None:
        return apart(known)
    return apart(short(name_or_id)) if _ID.fullmatch(name_or_id) else name_or_id


def short(id_: str) -> str:
    """usr_…a1b2: enough to tell ids of one page apart."""
    return f"{id_.partition('_')[0]}_…{id_[-END:]}"
