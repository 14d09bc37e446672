"""People as those who write to them need them: their address, and who answers for an account. Verbs may import it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, union_all

from billing.store.tables import accounts
from billing.store.tables_people import members, preferences
from billing.store.tables_trade import people


@dataclass(frozen=True, slots=True)
class Contact:
    """A person who may sign in. Not everybody's provider says an address."""

    person_id: str
    name: str
    email: str | None


def contact(connection: Connection, person_id: str) -> Contact | None:
    """How to reach somebody now; None for who is unknown or may no longer come in."""
    query = select(people.c.id, people.c.name, people.c.email)
    row = connection.execute(query.where(people.c.id == person_id, people.c.disabled_at.is_(None))).first()
    return None if row is None else Contact(row[0], row[1], row[2])


def responsible(connection: Connection, account_id: str) -> list[str]:
    """Who is told about an account: the person whose it is, or an organisation's owners."""
    of_person = select(people.c.id).where(people.c.account_id == account_id)
    owners = select(members.c.person_id).where(members.c.account_id == account_id, members.c.standing == "owner")
    return sorted(connection.scalars(union_all(of_person, owners)))


def shared_title(connection: Connection, account_id: str) -> str:
    """What an account is called that several people share; nobody needs a name for their own."""
    own = (accounts.c.id == account_id, accounts.c.kind == "organisation")
    return connection.scalar(select(accounts.c.name).where(*own)) or ""


def preferred(connection: Connection, person_id: str) -> tuple[str | None, str | None]:
    """The language and the zone somebody chose; None: they leave it to their browser."""
    query = select(preferences.c.language, preferences.c.zone).where(preferences.c.person_id == person_id)
    row = connection.execute(query).first()
    return (None, None) if row is None else (row[0], row[1])
