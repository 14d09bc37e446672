"""Keys that people make for programs of theirs: they read one account, and that is all they do. Pages use it.

A person sees and changes only keys of this kind, of the account they act for; the policy has said before that they may.
"""

from __future__ import annotations

import dataclasses

from sqlalchemy import func, or_, select, update

from auth import keys
from auth.keys import KeyRow
from auth.policy import Role
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, NotFound
from billing.rules.moments import DAY
from billing.rules.sentences import sentence
from billing.rules.texts import NAME_MAX, clean
from billing.store import audit
from billing.store.tables_trade import api_keys, people
from billing.store.writer import Tx

KEYS_MOST = 20
OVERLAP = DAY
"""So long the old secret goes on after a new one was made, while the program is given it."""

UNKNOWN = sentence("There is no such key.")
TOO_MANY = sentence("An account has at most {most} keys: end one that is not needed any more.", most=KEYS_MOST)


def listing(portal: Portal, account_id: str) -> list[KeyRow]:
    """Those that still open something, newest first; `created_by` is the name of whoever made it, if it is known."""
    now = portal.clock()
    found = [each for each in keys.listing(portal, account_id, Role.READER) if each.opens(now)]
    makers = select(people.c.id, people.c.name).where(people.c.id.in_({each.created_by for each in found}))
    with portal.database.read() as connection:
        names = {row[0]: row[1] for row in connection.execute(makers)}
    return [dataclasses.replace(each, created_by=names.get(each.created_by, each.created_by)) for each in found]


def make(portal: Portal, account_id: str, name: str, by: str) -> tuple[str, str]:
    """A new key; its id and its secret, which nobody can read again. Raises BadInput, Conflict for one too many."""
    called = clean(name, "name", most=NAME_MAX, least=1)

    def work(tx: Tx) -> tuple[str, str]:
        tx.database.serialize(tx.connection, f"keys:{account_id}")
        if _count(tx, portal, account_id) >= KEYS_MOST:
            raise Conflict(TOO_MANY)
        tx.changed.add(account_id)
        return keys.make(tx, portal, called, Role.READER, account_id, by)

    return portal.till.write(work)


def replace(portal: Portal, account_id: str, key_id: str, by: str) -> tuple[str, str]:
    """A new key of the same name; the old one ends a day later. Raises NotFound, Conflict for one replaced before."""

    def work(tx: Tx) -> tuple[str, str]:
        tx.database.serialize(tx.connection, f"keys:{account_id}")
        name, ends_at = _own(tx, portal, account_id, key_id)
        if ends_at is not None:
            raise Conflict("This key was replaced before.")
        now = portal.clock()
        made = keys.make(tx, portal, name, Role.READER, account_id, by)
        tx.connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=now + OVERLAP))
        audit.add(
            tx, actor=by, action="key_replaced", now=now, account_id=account_id, before=key_id, after=made[0]
        )  # fmt: skip
        tx.changed.add(account_id)
        return made

    return portal.till.write(work)


def end(portal: Portal, account_id: str, key_id: str, typed: str, by: str) -> None:
    """Ends a key at once. `typed` is its name, so that nobody ends the wrong one. Raises NotFound, BadInput."""

    def work(tx: Tx) -> None:
        tx.database.serialize(tx.connection, f"keys:{account_id}")
        name, _ = _own(tx, portal, account_id, key_id)
        if typed.strip() != name:
            raise BadInput(sentence("Type its name as it is written: {name}", name=name), field="typed")
        now = portal.clock()
        tx.connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=now))
        audit.add(tx, actor=by, action="key_revoked", now=now, account_id=account_id, before=key_id)
        tx.changed.add(account_id)

    portal.till.write(work)
    keys.forget(portal, key_id)


def _own(tx: Tx, portal: Portal, account_id: str, key_id: str) -> tuple[str, int | None]:
    """The name of a key that people may change, and when it ends by itself."""
    own = (api_keys.c.id == key_id, api_keys.c.account_id == account_id, api_keys.c.role == Role.READER.value)
    row = tx.connection.execute(select(api_keys.c.name, api_keys.c.revoked_at).where(*own)).first()
    if row is None or (row[1] is not None and row[1] <= portal.clock()):
        raise NotFound(UNKNOWN)
    return row[0], row[1]


def _count(tx: Tx, portal: Portal, account_id: str) -> int:
    own = (api_keys.c.account_id == account_id, api_keys.c.role == Role.READER.value)
    opens = or_(api_keys.c.revoked_at.is_(None), api_keys.c.revoked_at > portal.clock())
    return tx.connection.scalar(select(func.count()).select_from(api_keys).where(*own, opens)) or 0
