"""Organisations, their members and invitations in the database. Verbs and auth may import it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from billing.rules.organisations import Belonging, Invitation, Member, Organisation, Standing
from billing.store.tables import accounts
from billing.store.tables_people import invitations, members, organisations
from billing.store.tables_trade import people, sessions
from billing.store.writer import Tx


def lock(tx: Tx, account_id: str) -> bool:
    """Makes everybody else who would change this organisation's members wait; False when there is none.

    Two owners who remove each other in the same moment would otherwise both be right, and leave nobody.
    """
    query = select(organisations.c.account_id).where(organisations.c.account_id == account_id).with_for_update()
    return tx.connection.scalar(query) is not None


def add(tx: Tx, account_id: str, external_id: str | None, by: str, now: int, *, offline: bool) -> None:
    """Makes an open account an organisation's."""
    row = {"external_id": external_id, "created_by": by, "created_at": now, "offline": offline}
    tx.connection.execute(insert(organisations).values(account_id=account_id, **row))


def get(connection: Connection, account_id: str) -> Organisation | None:
    """The organisation of this account."""
    return _one(connection, _organisations().where(organisations.c.account_id == account_id))


def by_external(connection: Connection, external_id: str) -> Organisation | None:
    """The organisation another system knows by this id."""
    return _one(connection, _organisations().where(organisations.c.external_id == external_id))


def rename(tx: Tx, account_id: str, title: str) -> None:
    """Gives its account another name."""
    tx.connection.execute(update(accounts).where(accounts.c.id == account_id).values(name=title))


def is_offline(connection: Connection, account_id: str) -> bool:
    """Whether the payment provider must not hear of this account yet; only organisations can be so."""
    return bool(connection.scalar(select(organisations.c.offline).where(organisations.c.account_id == account_id)))


def go_online(tx: Tx, account_id: str) -> bool:
    """The provider knows it from now on; False when that was so before."""
    offline = (organisations.c.account_id == account_id, organisations.c.offline.is_(True))
    return tx.connection.execute(update(organisations).where(*offline).values(offline=False)).rowcount == 1


def of_person(connection: Connection, person_id: str) -> list[Belonging]:
    """The organisations somebody is in, by title."""
    query = (
        select(members.c.account_id, accounts.c.name, members.c.standing)
        .where(members.c.person_id == person_id, accounts.c.id == members.c.account_id)
        .order_by(accounts.c.name, members.c.account_id)
    )
    return [Belonging(row[0], row[1], Standing(row[2])) for row in connection.execute(query)]


def standing_of(connection: Connection, account_id: str, person_id: str) -> Standing | None:
    """What somebody is in an organisation; None: nothing."""
    found = connection.scalar(
        select(members.c.standing).where(members.c.account_id == account_id, members.c.person_id == person_id)
    )
    return None if found is None else Standing(found)


def is_person(connection: Connection, person_id: str) -> bool:
    """Whether somebody has this id and may still sign in."""
    query = select(people.c.id).where(people.c.id == person_id, people.c.disabled_at.is_(None))
    return connection.scalar(query) is not None


def members_of(connection: Connection, account_id: str) -> list[Member]:
    """Everybody in it, by name."""
    query = (
        select(people.c.id, people.c.name, people.c.email, members.c.standing, members.c.joined_at)
        .where(members.c.account_id == account_id, people.c.id == members.c.person_id)
        .order_by(people.c.name, people.c.id)
    )
    return [Member(row[0], row[1], row[2], Standing(row[3]), row[4]) for row in connection.execute(query)]


def count(connection: Connection, account_id: str, standing: Standing | None = None) -> int:
    """How many there are in it, or of one standing."""
    query = select(func.count()).select_from(members).where(members.c.account_id == account_id)
    if standing is not None:
        query = query.where(members.c.standing == standing.value)
    return connection.scalar(query) or 0


def join(tx: Tx, account_id: str, person_id: str, standing: Standing, now: int) -> None:
    """Somebody becomes a member."""
    row = {"account_id": account_id, "person_id": person_id, "standing": standing.value, "joined_at": now}
    tx.connection.execute(insert(members).values(row))


def set_standing(tx: Tx, account_id: str, person_id: str, standing: Standing) -> None:
    """Changes what a member is."""
    own = (members.c.account_id == account_id, members.c.person_id == person_id)
    tx.connection.execute(update(members).where(*own).values(standing=standing.value))


def leave(tx: Tx, account_id: str, person_id: str) -> None:
    """Somebody is a member no more, and no session of theirs acts for it: not even if they come back one day."""
    own = (members.c.account_id == account_id, members.c.person_id == person_id)
    tx.connection.execute(delete(members).where(*own))
    acting = (sessions.c.person_id == person_id, sessions.c.acting_account_id == account_id)
    tx.connection.execute(update(sessions).where(*acting).values(acting_account_id=None))


def invite(tx: Tx, invitation: Invitation, token_hash: str, now: int) -> None:
    """Writes an open invitation."""
    tx.connection.execute(
        insert(invitations).values(
            id=invitation.id, account_id=invitation.account_id, email=invitation.email,
            standing=invitation.standing.value, token_hash=token_hash, created_by=invitation.created_by,
            created_at=now, expires_at=invitation.expires_at, state="open",
        )
    )  # fmt: skip


def invited(connection: Connection, token_hash: str, now: int) -> Invitation | None:
    """The open invitation behind a link."""
    row = connection.execute(_open(now).where(invitations.c.token_hash == token_hash)).first()
    return None if row is None else _invitation(row)


def invited_since(connection: Connection, account_id: str, since: int) -> int:
    """How many were invited by address since then, whatever became of it."""
    query = select(func.count()).select_from(invitations)
    made = (invitations.c.account_id == account_id, invitations.c.created_at > since, invitations.c.email.is_not(None))
    return connection.scalar(query.where(*made)) or 0


def invitations_of(connection: Connection, account_id: str, now: int) -> list[Invitation]:
    """Those that can still be accepted, newest first."""
    query = _open(now).where(invitations.c.account_id == account_id).order_by(invitations.c.created_at.desc())
    return [_invitation(row) for row in connection.execute(query)]


def close(tx: Tx, account_id: str, state: str, *, by: str = "", id_: str = "", email: str = "") -> int:
    """Ends those of an organisation's open invitations that match what is named; how many."""
    own = invitations.c
    wanted = [own.account_id == account_id, own.state == "open"]
    if by:
        wanted.append(own.created_by == by)
    if id_:
        wanted.append(own.id == id_)
    if email:
        wanted.append(func.lower(own.email) == email.lower())
    return tx.connection.execute(update(invitations).where(*wanted).values(state=state)).rowcount


def _one(connection: Connection, query: Select[Any]) -> Organisation | None:
    row = connection.execute(query).first()
    return None if row is None else Organisation(*row)


def _organisations() -> Select[Any]:
    own = organisations.c
    columns = (own.account_id, accounts.c.name, own.external_id, own.offline, own.created_by, own.created_at)
    return select(*columns).where(accounts.c.id == own.account_id)


def _open(now: int) -> Select[Any]:
    own = invitations.c
    columns = (own.id, own.account_id, accounts.c.name, own.email, own.standing, own.created_by, own.expires_at)
    return select(*columns).where(accounts.c.id == own.account_id, own.state == "open", own.expires_at > now)


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        row.id, row.account_id, row.name, row.email, Standing(row.standing), row.created_by, row.expires_at
    )
