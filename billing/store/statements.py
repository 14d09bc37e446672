"""Reading the ledger: statement pages, exports, sums. Verbs may import it.

Every line carries the balance after it, written when it was posted, so a filter can hide lines without changing one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from billing.rules.kinds import Kind
from billing.rules.money import Credits
from billing.rules.views import Filters, Line, Listing, StatementPage
from billing.store.tables import transfers

PAGE_MOST = 200
_HALF = 2**31
COUNT_MOST = 10_000
"""Beyond this a page says "more than": counting millions would cost more than the page itself."""

_LINE = (
    transfers.c.id, transfers.c.account_id, transfers.c.version, transfers.c.kind, transfers.c.amount_micro,
    transfers.c.balance_after_micro, transfers.c.actor, transfers.c.reason, transfers.c.order_id,
    transfers.c.cause_type, transfers.c.cause_id, transfers.c.happened_at, transfers.c.recorded_at,
)  # fmt: skip


def page(connection: Connection, account_id: str, filters: Filters) -> StatementPage:
    """One page of the account's statement, newest first, with the sums of the period."""
    limit = max(1, min(filters.limit, PAGE_MOST))
    query = _filtered(account_id, filters).order_by(transfers.c.version.desc()).limit(limit + 1)
    if filters.before_version is not None:
        query = query.where(transfers.c.version < filters.before_version)
    found = [_line(row) for row in connection.execute(query)]
    counted = _filtered(account_id, filters).with_only_columns(transfers.c.id).limit(COUNT_MOST + 1).subquery()
    opening, came_in, went_out = _sums(connection, account_id, filters)
    return StatementPage(
        lines=found[:limit],
        next_cursor=found[limit - 1].version if len(found) > limit else None,
        matching=connection.scalar(select(func.count()).select_from(counted)) or 0,
        opening=Credits(opening), credits_in=Credits(came_in), credits_out=Credits(went_out),
        closing=Credits(opening + came_in - went_out),
    )  # fmt: skip


def listed(connection: Connection, listing: Listing) -> list[Line]:
    """The lines at their place in the list, and one more when others follow."""
    query = select(*_LINE).where(*_period(listing), *_found(listing.search))
    if listing.picks:
        query = query.where(or_(*(and_(*_picked(pick.kinds, pick.direction)) for pick in listing.picks)))
    if listing.account_id is None:
        query = query.order_by(transfers.c.id.desc())
    else:
        query = query.where(transfers.c.account_id == listing.account_id).order_by(transfers.c.version.desc())
    return [_line(row) for row in connection.execute(query.offset(listing.skip).limit(listing.limit + 1))]


def stream(connection: Connection, account_id: str, filters: Filters) -> Iterator[Line]:
    """Every matching line, newest first, read a thousand at a time: an export needs no memory for its length."""
    query = _filtered(account_id, filters).order_by(transfers.c.version.desc())
    with connection.execution_options(yield_per=1000).execute(query) as rows:
        for row in rows:
            yield _line(row)


def line(connection: Connection, transfer_id: int) -> Line | None:
    """One transfer by its id."""
    row = connection.execute(select(*_LINE).where(transfers.c.id == transfer_id)).first()
    return None if row is None else _line(row)


def granted_since(connection: Connection, actor: str, since: int) -> Credits:
    """What `actor` gave away by hand since then, removals not counted against it."""
    total = select(func.coalesce(func.sum(transfers.c.amount_micro), 0)).where(
        transfers.c.cause_type == "grant",
        transfers.c.actor == actor,
        transfers.c.recorded_at >= since,
        transfers.c.amount_micro > 0,
    )
    return Credits(int(connection.scalar(total) or 0))


def _filtered(account_id: str, filters: Filters) -> Select[Any]:
    own = transfers.c.account_id == account_id
    picked = _picked(filters.kinds, filters.direction)
    return select(*_LINE).where(own, *_period(filters), *picked, *_found(filters.search))


def _picked(kinds: tuple[Kind, ...], direction: str) -> list[ColumnElement[bool]]:
    picked: list[ColumnElement[bool]] = []
    if kinds:
        picked.append(transfers.c.kind.in_([kind.value for kind in kinds]))
    if direction:
        picked.append(transfers.c.amount_micro > 0 if direction == "in" else transfers.c.amount_micro < 0)
    return picked


def _found(words: str) -> list[ColumnElement[bool]]:
    searched = (transfers.c.reason, transfers.c.actor, transfers.c.cause_id, transfers.c.order_id, transfers.c.kind)
    return [or_(*(column.icontains(words, autoescape=True) for column in searched))] if words else []


def _period(filters: Filters | Listing) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if filters.since is not None:
        bounds.append(transfers.c.recorded_at >= filters.since)
    if filters.until is not None:
        bounds.append(transfers.c.recorded_at < filters.until)
    return bounds


def _sums(connection: Connection, account_id: str, filters: Filters) -> tuple[int, int, int]:
    """Opening balance, what came in and what went out in the period; without a period no history is read."""
    amount = transfers.c.amount_micro
    inside = and_(transfers.c.account_id == account_id, *_period(filters))
    halves = [*_halves(case((amount > 0, amount), else_=0)), *_halves(case((amount < 0, -amount), else_=0))]
    sums = connection.execute(select(*halves).where(inside)).one()
    opening = 0
    if filters.since is not None:
        last = select(transfers.c.balance_after_micro).where(
            transfers.c.account_id == account_id, transfers.c.recorded_at < filters.since
        )
        opening = connection.scalar(last.order_by(transfers.c.version.desc()).limit(1)) or 0
    return opening, int(sums[0]) * _HALF + int(sums[1]), int(sums[2]) * _HALF + int(sums[3])


def _halves(amount: ColumnElement[int]) -> list[ColumnElement[int]]:
    """A sum in two parts: what came in over a long life may be more than SQLite's integers hold."""
    return [func.coalesce(func.sum(part), 0) for part in (amount.op("/")(_HALF), amount.op("%")(_HALF))]


def _line(row: Any) -> Line:
    return Line(row[0], row[1], row[2], Kind(row[3]), Credits(row[4]), Credits(row[5]), *row[6:])
