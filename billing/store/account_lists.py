"""The managers' list of accounts, however many there are. Verbs may import it.

Sorted by name or age it is read along an index, a page at a time. Balances have no index, for a debit would have to
write it: that order, like a search, looks at every account once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select, tuple_

from billing.rules.console import (
    COUNTED,
    NO_PLAN,
    AccountFilters,
    AccountLine,
    AccountSort,
    AccountStatus,
    Listed,
    cursor,
    read_cursor,
)
from billing.rules.money import Credits
from billing.rules.subscriptions import ENDED
from billing.store.tables import accounts, transfers
from billing.store.tables_places import wares
from billing.store.tables_plans import LATE, subscriptions
from billing.store.tables_trade import people

PART = 500
_SORTS: dict[AccountSort, tuple[ColumnElement[Any], type[str] | type[int]]] = {
    AccountSort.NAME: (accounts.c.name, str),
    AccountSort.BALANCE: (accounts.c.balance_micro, int),
    AccountSort.OPENED: (accounts.c.created_at, int),
}

# The last transfer of an account is the one of its version: one look at a unique index, however long the history.
_LAST = (
    select(transfers.c.recorded_at)
    .where(transfers.c.account_id == accounts.c.id, transfers.c.version == accounts.c.version)
    .scalar_subquery()
)
# Joined before it is looked through: one look at each account instead of four. A name ends with a sign no name holds.
_SEARCHED = func.lower(
    accounts.c.name + "\n" + func.coalesce(accounts.c.email, "") + "\n" + accounts.c.id + "\n"
    + func.coalesce(accounts.c.customer_ref, "")
)  # fmt: skip
_COLUMNS = (
    accounts.c.id, accounts.c.kind, accounts.c.name, accounts.c.email, accounts.c.balance_micro,
    accounts.c.held_micro, accounts.c.customer_ref, accounts.c.created_at, _LAST,
)  # fmt: skip


def page(connection: Connection, filters: AccountFilters) -> Listed[AccountLine]:
    """One page, and how many match."""
    found = [_line(row) for row in connection.execute(_placed(filters).limit(filters.limit + 1))]
    lines = _completed(connection, found[: filters.limit])
    counted = select(accounts.c.id).where(*_wanted(filters)).limit(COUNTED + 1).subquery()
    return Listed(
        lines,
        _place(lines[-1], filters.sort) if len(found) > filters.limit else None,
        connection.scalar(select(func.count()).select_from(counted)) or 0,
    )


def stream(connection: Connection, filters: AccountFilters) -> Iterator[AccountLine]:
    """Every matching account in the same order, a part at a time."""
    with connection.execution_options(yield_per=PART).execute(_placed(replace(filters, after=""))) as rows:
        for part in rows.partitions():
            yield from _completed(connection, [_line(row) for row in part])


def chosen(connection: Connection, ids: Sequence[str]) -> list[AccountLine]:
    """These accounts, those that are there."""
    query = select(*_COLUMNS).where(accounts.c.id.in_(ids), accounts.c.kind != "system").order_by(accounts.c.name)
    return _completed(connection, [_line(row) for row in connection.execute(query)])


def _placed(filters: AccountFilters) -> Select[Any]:
    column, kind = _SORTS[filters.sort]
    if filters.search:
        # Not along the index: what is looked through whole is read faster as it lies.
        column = column + ("" if kind is str else 0)
    place = read_cursor(filters.after, kind, str)
    query = select(*_COLUMNS).where(*_wanted(filters))
    if place is not None:
        here, there = tuple_(column, accounts.c.id), tuple_(*place)
        query = query.where(here < there if filters.descending else here > there)
    order = (column, accounts.c.id)
    return query.order_by(*(each.desc() for each in order)) if filters.descending else query.order_by(*order)


def _place(line: AccountLine, sort: AccountSort) -> str:
    if sort is AccountSort.NAME:
        return cursor(line.name, line.id)
    return cursor(line.balance.micro if sort is AccountSort.BALANCE else line.created_at, line.id)


def _wanted(filters: AccountFilters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [accounts.c.kind != "system"]
    if filters.search:
        wanted.append(_SEARCHED.contains(filters.search.lower(), autoescape=True))
    if filters.kind:
        wanted.append(accounts.c.kind == filters.kind)
    if filters.negative:
        wanted.append(accounts.c.balance_micro < 0)
    if filters.idle_since is not None:
        # The first of the two changes no answer; it spares a look at the history of whoever has just come.
        wanted.append(accounts.c.created_at < filters.idle_since)
        wanted.append(func.coalesce(_LAST, accounts.c.created_at) < filters.idle_since)
    if filters.status is not None:
        wanted.append(_of_status(filters.status))
    if filters.plan:
        wanted.append(_of_plan(filters.plan))
    return wanted


def _of_status(status: AccountStatus) -> ColumnElement[bool]:
    late = accounts.c.id.in_(select(subscriptions.c.account_id).where(LATE))
    disabled = accounts.c.id.in_(select(people.c.account_id).where(people.c.disabled_at.is_not(None)))
    if status is AccountStatus.DISABLED:
        return disabled
    return late & ~disabled if status is AccountStatus.PAST_DUE else ~late & ~disabled


def _of_plan(plan: str) -> ColumnElement[bool]:
    alive = subscriptions.c.status.not_in(ENDED)
    if plan == NO_PLAN:
        return ~exists(select(subscriptions.c.id).where(subscriptions.c.account_id == accounts.c.id, alive))
    sold = select(subscriptions.c.account_id).join(wares, wares.c.price_ref == subscriptions.c.price_ref)
    return accounts.c.id.in_(sold.where(wares.c.product == plan, alive))


def _completed(connection: Connection, lines: list[AccountLine]) -> list[AccountLine]:
    """With the plan and the status of each: two questions for all of them."""
    ids = [line.id for line in lines]
    query = (
        select(subscriptions.c.account_id, subscriptions.c.price_ref, wares.c.product, subscriptions.c.status)
        .outerjoin(wares, wares.c.price_ref == subscriptions.c.price_ref)
        .where(subscriptions.c.account_id.in_(ids), subscriptions.c.status.not_in(ENDED))
        .order_by(subscriptions.c.started_at)
    )
    subscribed = {row[0]: row for row in connection.execute(query)}
    out = select(people.c.account_id).where(people.c.account_id.in_(ids), people.c.disabled_at.is_not(None))
    disabled = set(connection.scalars(out))
    return [_with(line, subscribed.get(line.id), is_disabled=line.id in disabled) for line in lines]


def _with(line: AccountLine, subscribed: Any | None, *, is_disabled: bool) -> AccountLine:
    status = AccountStatus.ACTIVE
    if subscribed is not None and subscribed[3] in ("past_due", "unpaid"):
        status = AccountStatus.PAST_DUE
    if is_disabled:
        status = AccountStatus.DISABLED
    return replace(line, plan=None if subscribed is None else subscribed[2] or subscribed[1], status=status)


def _line(row: Any) -> AccountLine:
    return AccountLine(row[0], row[1], row[2], row[3], Credits(row[4]), Credits(row[5]), row[6], row[7], row[8])
