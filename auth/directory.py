"""Who has an account here: people with their roles, and what is known about their billing. Doors and pages use it.

A person and their account are named by either id: other systems' documents call both of them a user.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from auth.policy import Role
from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.money import Credits
from billing.rules.texts import NAME_MAX
from billing.store.tables import accounts
from billing.store.tables_trade import people


@dataclass(frozen=True, slots=True)
class Entry:
    """An account and the person behind it; `id` is the account's own where no person signs in. Moments as ever."""

    id: str
    account_id: str
    name: str
    email: str | None
    role: Role
    balance: Credits
    has_customer: bool
    is_verified: bool
    created_at: int


def find(portal: Portal, either_id: str) -> Entry:
    """By a person's id or an account's. Raises NotFound."""
    named = _entries().where(or_(people.c.id == either_id, accounts.c.id == either_id))
    with portal.database.read() as connection:
        row = connection.execute(named).first()
    if row is None:
        raise NotFound("There is no such user.")
    return _entry(row)


def page(portal: Portal, words: str, skip: int, limit: int) -> tuple[list[Entry], int]:
    """A page of everybody whose name, address or id contains `words`, by name, and how many there are."""
    wanted = _entries()
    if words := words.strip()[:NAME_MAX]:
        searched = (accounts.c.name, accounts.c.email, accounts.c.id, people.c.id)
        wanted = wanted.where(or_(*(column.icontains(words, autoescape=True) for column in searched)))
    shown = wanted.order_by(accounts.c.name, accounts.c.id).offset(skip).limit(limit)
    with portal.database.read() as connection:
        found = [_entry(row) for row in connection.execute(shown)]
        total = connection.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    return found, total


def owners(portal: Portal, account_ids: Iterable[str]) -> dict[str, str]:
    """The person behind each account, or the account itself."""
    asked = set(account_ids)
    query = select(people.c.account_id, people.c.id).where(people.c.account_id.in_(asked))
    with portal.database.read() as connection:
        known = {row[0]: row[1] for row in connection.execute(query)}
    return {each: known.get(each, each) for each in asked}


def _entries() -> Select[Any]:
    columns = (
        people.c.id.label("person_id"), accounts.c.id.label("account_id"), accounts.c.name, accounts.c.email,
        people.c.role, accounts.c.balance_micro, accounts.c.customer_ref, accounts.c.verified_at,
        accounts.c.created_at,
    )  # fmt: skip
    joined = accounts.outerjoin(people, people.c.account_id == accounts.c.id)
    return select(*columns).select_from(joined).where(accounts.c.kind != "system")


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.person_id or row.account_id,
        account_id=row.account_id,
        name=row.name,
        email=row.email,
        role=Role(row.role or Role.USER),
        balance=Credits(row.balance_micro),
        has_customer=row.customer_ref is not None,
        is_verified=row.verified_at is not None,
        created_at=row.created_at,
    )
