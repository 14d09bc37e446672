"""Filters that managers keep, each their own, in the database. Verbs may import it.

They are words of an address; what they find is asked anew each time, by whoever may ask.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from billing.rules.console import SavedFilter
from billing.rules.texts import new_id
from billing.store.tables_console import saved_filters
from billing.store.writer import Tx


def of_person(connection: Connection, person_id: str, page: str) -> list[SavedFilter]:
    """What this person keeps for this page, by name."""
    own = saved_filters.c
    query = select(own.id, own.page, own.name, own.query).where(own.person_id == person_id, own.page == page)
    return [SavedFilter(*row) for row in connection.execute(query.order_by(own.name))]


def keep(tx: Tx, person_id: str, page: str, name: str, query: str, now: int, *, most: int) -> bool:
    """Writes it, over one of the same name if there is one. False when there are as many as may be."""
    own = saved_filters.c
    tx.database.serialize(tx.connection, f"filters:{person_id}")
    same = (own.person_id == person_id, own.page == page, own.name == name)
    if tx.connection.execute(update(saved_filters).where(*same).values(query=query)).rowcount:
        return True
    count = select(func.count()).select_from(saved_filters).where(own.person_id == person_id, own.page == page)
    if (tx.connection.scalar(count) or 0) >= most:
        return False
    row = {"id": new_id("flt"), "person_id": person_id, "page": page, "name": name, "query": query, "created_at": now}
    tx.connection.execute(insert(saved_filters).values(row))
    return True


def forget(tx: Tx, person_id: str, filter_id: str) -> bool:
    """Whether it was there to be forgotten; nobody forgets another's."""
    own = (saved_filters.c.id == filter_id, saved_filters.c.person_id == person_id)
    return tx.connection.execute(delete(saved_filters).where(*own)).rowcount == 1
