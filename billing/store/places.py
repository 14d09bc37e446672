"""Places in the database: who holds how many of what. Verbs may import it.

A decision about a free place is made in a write transaction after `lock`; without it two could take the last one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from billing.store.tables import accounts
from billing.store.tables_places import places
from billing.store.writer import Tx

SHOWN_MOST = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """One holder and what it holds; `released_at` is None while it does."""

    limit: str
    holder: str
    count: int
    taken_at: int
    released_at: int | None

    @property
    def is_held(self) -> bool:
        """Whether it is in use."""
        return self.released_at is None


def lock(tx: Tx, account_ids: Iterable[str]) -> None:
    """Nobody else decides about places of these accounts until the commit; in one order, so that none wait for ever."""
    for account_id in sorted(set(account_ids)):
        tx.database.serialize(tx.connection, f"places:{account_id}")


def exists(connection: Connection, account_id: str) -> bool:
    """Whether there is such an account of a customer."""
    query = select(accounts.c.id).where(accounts.c.id == account_id, accounts.c.kind != "system")
    return connection.scalar(query) is not None


def used(connection: Connection, account_id: str) -> dict[str, int]:
    """How many of each thing are in use."""
    query = (
        select(places.c.limit_name, func.sum(places.c.count))
        .where(places.c.account_id == account_id, places.c.released_at.is_(None))
        .group_by(places.c.limit_name)
    )
    return {name: int(count) for name, count in connection.execute(query)}


def get(connection: Connection, account_id: str, limit: str, holder: str) -> Place | None:
    """This holder's place, also one that was given back."""
    own = (places.c.account_id == account_id, places.c.limit_name == limit, places.c.holder == holder)
    row = connection.execute(select(*_SHOWN).where(*own)).first()
    return None if row is None else Place(*row)


def held(connection: Connection, account_id: str) -> list[Place]:
    """The places in use, the newest first; at most SHOWN_MOST of them."""
    query = (
        select(*_SHOWN)
        .where(places.c.account_id == account_id, places.c.released_at.is_(None))
        .order_by(places.c.taken_at.desc(), places.c.limit_name, places.c.holder)
        .limit(SHOWN_MOST)
    )
    return [Place(*row) for row in connection.execute(query)]


def take(tx: Tx, account_id: str, limit: str, holder: str, count: int, actor: str, now: int) -> None:
    """Writes the place down; the caller has decided that there is one."""
    values = {"count": count, "taken_at": now, "released_at": None, "actor": actor}
    own = (places.c.account_id == account_id, places.c.limit_name == limit, places.c.holder == holder)
    if tx.connection.execute(update(places).where(*own).values(values)).rowcount == 0:
        keys = {"account_id": account_id, "limit_name": limit, "holder": holder}
        tx.connection.execute(insert(places).values(**keys, **values))


def release(tx: Tx, account_id: str, limit: str, holder: str, now: int) -> bool:
    """Gives the place back. Whether it was in use."""
    own = (places.c.account_id == account_id, places.c.limit_name == limit, places.c.holder == holder)
    in_use = update(places).where(*own, places.c.released_at.is_(None))
    return tx.connection.execute(in_use.values(released_at=now)).rowcount > 0


_SHOWN = (places.c.limit_name, places.c.holder, places.c.count, places.c.taken_at, places.c.released_at)
