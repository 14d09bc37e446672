"""Reading the ledger: statement pages, exports, sums. Verbs may import it.

Every line carries the balance after it, written when it was posted, so a filter can hide lines without changing one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, TextClause, and_, func, or_, select

from billing.rules.kinds import Kind
from billing.rules.money import Credits
from billing.rules.views import LOOKED_MOST, Filters, Line, Listing, StatementPage
from billing.store.periods import Span, halves, joined, span
from billing.store.tables import BUT_USAGE, transfers
from billing.store.uses import nobody_elses

PAGE_MOST = 200
PART = 500
COUNT_MOST = 10_000
"""Beyond this a page says "more than": counting millions would cost more than the page itself."""

Condition = ColumnElement[bool] | TextClause

LINE = (
    transfers.c.id, transfers.c.account_id, transfers.c.version, transfers.c.kind, transfers.c.amount_micro,
    transfers.c.balance_after_micro, transfers.c.actor, transfers.c.reason, transfers.c.order_id,
    transfers.c.cause_type, transfers.c.cause_id, transfers.c.happened_at, transfers.c.recorded_at,
)  # fmt: skip
# Joined before it is looked through: one look at each line instead of five. The sign between them is in no text.
_SEARCHED = func.lower(
    transfers.c.reason + "\x1f" + transfers.c.actor + "\x1f" + transfers.c.cause_id + "\x1f"
    + func.coalesce(transfers.c.order_id, "") + "\x1f" + transfers.c.kind
)  # fmt: skip


def page(connection: Connection, account_id: str, filters: Filters) -> StatementPage:
    """One page of the account's statement with the sums of the period, newest first unless asked otherwise."""
    limit = max(1, min(filters.limit, PAGE_MOST))
    found = span(connection, account_id, filters.since, filters.until)
    here, edge = _looked_through(connection, found, filters)
    lines = [
        line_of(row) for row in connection.execute(_placed(connection, found, filters).where(*here).limit(limit + 1))
    ]
    if filters.hides and filters.cursor is None and len(lines) <= limit:
        matching, is_whole = len(lines), edge is None  # all that match were just read
    else:
        matching, is_whole = _matching(connection, found, filters)
    came_in = _came_in(connection, found)
    return StatementPage(
        lines=lines[:limit],
        next_cursor=lines[limit - 1].version if len(lines) > limit else edge,
        matching=matching, is_whole=is_whole,
        opening=found.opening, credits_in=came_in,
        credits_out=found.opening + came_in - found.closing, closing=found.closing,
    )  # fmt: skip


def listed(connection: Connection, listing: Listing) -> list[Line]:
    """The lines at their place in the list, and one more when others follow."""
    query = select(*LINE).where(*_period(listing), *found_in(listing.search))
    if listing.picks:
        query = query.where(or_(*(and_(*_picked(pick.kinds, pick.direction)) for pick in listing.picks)))
    if listing.account_id is None:
        query = query.order_by(transfers.c.id.desc())
    else:
        query = query.where(transfers.c.account_id == listing.account_id).order_by(transfers.c.version.desc())
    return [line_of(row) for row in connection.execute(query.offset(listing.skip).limit(listing.limit + 1))]


def stream(connection: Connection, account_id: str, filters: Filters) -> Iterator[Line]:
    """Every matching line, read a thousand at a time: an export needs no memory for its length."""
    found = span(connection, account_id, filters.since, filters.until)
    with connection.execution_options(yield_per=1000).execute(_placed(connection, found, filters)) as rows:
        for row in rows:
            yield line_of(row)


def actors(connection: Connection, account_id: str, newest: int) -> list[str]:
    """Who moved the newest so many lines, by id."""
    lines = select(transfers.c.actor).where(transfers.c.account_id == account_id)
    lately = lines.order_by(transfers.c.version.desc()).limit(newest).subquery()
    return list(connection.scalars(select(lately.c.actor).distinct().order_by(lately.c.actor)))


def line(connection: Connection, transfer_id: int) -> Line | None:
    """One transfer by its id."""
    row = connection.execute(select(*LINE).where(transfers.c.id == transfer_id)).first()
    return None if row is None else line_of(row)


def where(connection: Connection, *conditions: Condition, most: int) -> list[Line]:
    """A few lines that fulfil all conditions, in no order."""
    return [line_of(row) for row in connection.execute(select(*LINE).where(*conditions).limit(most))]


def granted_since(connection: Connection, actor: str, since: int) -> Credits:
    """What `actor` gave away by hand since then, removals not counted against it."""
    total = select(func.coalesce(func.sum(transfers.c.amount_micro), 0)).where(
        transfers.c.cause_type == "grant",
        transfers.c.actor == actor,
        transfers.c.recorded_at >= since,
        transfers.c.amount_micro > 0,
    )
    return Credits(int(connection.scalar(total) or 0))


def moved_by_hand(connection: Connection, ids: Iterable[int], cause: str) -> dict[int, tuple[str, int, int]]:
    """Of those transfers that have this cause: their account, their amount, and what later ones took back of it."""
    named, found = sorted(ids), {}
    for start in range(0, len(named), PART):
        part = named[start : start + PART]
        original = select(transfers.c.id, transfers.c.account_id, transfers.c.amount_micro)
        back = select(transfers.c.corrects, func.sum(transfers.c.amount_micro)).where(transfers.c.corrects.in_(part))
        taken = {row[0]: int(row[1]) for row in connection.execute(back.group_by(transfers.c.corrects))}
        for row in connection.execute(original.where(transfers.c.id.in_(part), transfers.c.cause_type == cause)):
            found[row[0]] = (row[1], row[2], taken.get(row[0], 0))
    return found


def _placed(connection: Connection, found: Span, filters: Filters) -> Select[Any]:
    """The matching lines in the order asked for, from the cursor on."""
    return select(*LINE).where(_ahead(found, filters), *_wanted(connection, filters)).order_by(_order(filters))


def _ahead(found: Span, filters: Filters) -> ColumnElement[bool]:
    return found.holds(after=filters.cursor) if filters.oldest_first else found.holds(before=filters.cursor)


def _order(filters: Filters) -> ColumnElement[Any]:
    return transfers.c.version.asc() if filters.oldest_first else transfers.c.version.desc()


def _looked_through(connection: Connection, found: Span, filters: Filters) -> tuple[list[Condition], int | None]:
    """Which of the lines ahead are looked through, and the last of them when others follow.

    No index knows what a search or an amount wants; without an end one page of it would read a whole history.
    """
    if not filters.hides:
        return [], None
    version = transfers.c.version
    read = [BUT_USAGE] if _leaves_usage_out(filters.kinds, filters.direction) else []
    ahead = select(version).where(_ahead(found, filters), *read).order_by(_order(filters))
    last = connection.scalars(ahead.offset(LOOKED_MOST - 1).limit(2)).all()
    if len(last) <= 1:
        return [], None
    return [version <= last[0] if filters.oldest_first else version >= last[0]], last[0]


def _matching(connection: Connection, found: Span, filters: Filters) -> tuple[int, bool]:
    """How many lines match, counted as far as COUNT_MOST, and whether all were looked at; a whole period is known."""
    if not filters.hides:
        return min(found.lines, COUNT_MOST + 1), True
    first = replace(filters, cursor=None)
    here, edge = _looked_through(connection, found, first)
    counted = (
        select(transfers.c.id).where(found.holds(), *here, *_wanted(connection, first)).limit(COUNT_MOST + 1).subquery()
    )
    return connection.scalar(select(func.count()).select_from(counted)) or 0, edge is None


def _wanted(connection: Connection, filters: Filters) -> list[Condition]:
    amount = transfers.c.amount_micro
    wanted: list[Condition] = [*_picked(filters.kinds, filters.direction), *found_in(filters.search)]
    if filters.actor:
        wanted.append(transfers.c.actor == filters.actor)
    if filters.least is not None:
        wanted.append(func.abs(amount) >= filters.least.micro)
    if filters.most is not None:
        wanted.append(func.abs(amount) <= filters.most.micro)
    if filters.whose is not None:
        wanted.append(nobody_elses(connection, filters.whose))
    return wanted


def _picked(kinds: tuple[Kind, ...], direction: str) -> list[Condition]:
    picked: list[Condition] = []
    if kinds:
        picked.append(transfers.c.kind.in_([kind.value for kind in kinds]))
    if direction:
        picked.append(transfers.c.amount_micro > 0 if direction == "in" else transfers.c.amount_micro < 0)
    if _leaves_usage_out(kinds, direction):
        # It changes no answer, usage never brings credits; it lets the database leave the debits of usage unread.
        picked.append(BUT_USAGE)
    return picked


def _leaves_usage_out(kinds: tuple[Kind, ...], direction: str) -> bool:
    return direction == "in" or (bool(kinds) and Kind.USAGE not in kinds)


def found_in(words: str) -> list[ColumnElement[bool]]:
    """The condition that these words stand in a transaction; none for none."""
    if not words:
        return []
    found = _SEARCHED.contains(words.lower(), autoescape=True)
    # its own id as well, which is what support is told
    is_id = words.isascii() and words.isdigit() and len(words) < 19
    return [or_(found, transfers.c.id == int(words)) if is_id else found]


def _period(filters: Listing) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if filters.since is not None:
        bounds.append(transfers.c.recorded_at >= filters.since)
    if filters.until is not None:
        bounds.append(transfers.c.recorded_at < filters.until)
    return bounds


def _came_in(connection: Connection, found: Span) -> Credits:
    """What the period brought. What it took follows from its two balances, so that no debit of usage is read."""
    amount = transfers.c.amount_micro
    sums = connection.execute(select(*halves(amount)).where(found.holds(), BUT_USAGE, amount > 0)).one()
    return joined(sums[0], sums[1])


def line_of(row: Any) -> Line:
    """From the columns of LINE."""
    return Line(row[0], row[1], row[2], Kind(row[3]), Credits(row[4]), Credits(row[5]), *row[6:])
