"""Reading why: the parts of a period, the lots of a line, the life of a lot. Only verbs may import it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from billing.rules.explanations import Drawn, Part, Related, Tie
from billing.rules.kinds import Kind
from billing.rules.lots import Lot, LotSource
from billing.rules.moments import SECOND
from billing.rules.money import Credits
from billing.rules.views import Line
from billing.store import statements
from billing.store.inbox import EventState
from billing.store.periods import Span, halves, joined
from billing.store.tables import BUT_USAGE, entries, lots, transfers
from billing.store.tables_trade import events, orders
from billing.store.uses import is_shown

CHUNK = 10_000
"""How many lines are looked at between two looks at whether a lot is accounted for."""
RELATED_MOST = 20
_OWN_DOING = frozenset({Kind.USAGE, Kind.USAGE_REVERT, Kind.GRANT, Kind.REMOVAL, Kind.WELCOME, Kind.EXPIRY})
"""What no provider has a part in."""


def parts(connection: Connection, found: Span) -> tuple[Part, ...]:
    """What each type brought and took in the period: every line of it is read."""
    return _parts(connection, select(*_sums(transfers.c.amount_micro)).where(found.holds()))


def drawn(connection: Connection, transfer_id: int) -> tuple[Drawn, ...]:
    """What a line moved in each lot, in the order in which it did."""
    moved = func.sum(entries.c.amount_micro)
    query = (
        select(lots.c.id, lots.c.source, moved, lots.c.expires_at, lots.c.order_id, lots.c.created_at)
        .join(lots, lots.c.id == entries.c.lot_id)
        .where(entries.c.transfer_id == transfer_id)
        .group_by(lots.c.id, lots.c.source, lots.c.expires_at, lots.c.order_id, lots.c.created_at)
        .order_by(func.min(entries.c.leg))
    )
    return tuple(Drawn(row[0], LotSource(row[1]), Credits(int(row[2])), *row[3:]) for row in connection.execute(query))


def details(connection: Connection, transfer_id: int) -> str | None:
    """What a program said about a use, as it was stored."""
    return connection.scalar(select(transfers.c.details).where(transfers.c.id == transfer_id))


def related(connection: Connection, line: Line, whose: tuple[str, ...] | None = None) -> tuple[Related, ...]:
    """What the line corrects, what corrects it, and what else belongs to its order; of its account, oldest first."""
    ties: dict[Tie, tuple[Any, ...]] = {Tie.CORRECTED_BY: (transfers.c.corrects == line.id,)}
    corrects = connection.scalar(select(transfers.c.corrects).where(transfers.c.id == line.id))
    if corrects is not None:
        ties[Tie.CORRECTS] = (transfers.c.id == corrects,)
    if line.order_id is not None:
        own = transfers.c.account_id == line.account_id
        ties[Tie.SAME_ORDER] = (own, transfers.c.order_id == line.order_id, transfers.c.id != line.id, BUT_USAGE)
    found: dict[int, Related] = {}
    for tie, conditions in ties.items():
        for each in statements.where(connection, *conditions, most=RELATED_MOST):
            if each.account_id == line.account_id and is_shown(connection, each, whose):
                found.setdefault(each.id, Related(tie, each))
    return tuple(found[each] for each in sorted(found))


def event_of(connection: Connection, line: Line) -> str | None:
    """The provider's event that brought the line, if one did: the newest one until then about what caused it."""
    if line.kind in _OWN_DOING:
        return None
    refs = set(line.cause_id.split(":"))
    if line.order_id is not None:
        order = select(orders.c.payment_ref, orders.c.session_ref).where(orders.c.id == line.order_id)
        refs |= {ref for row in connection.execute(order) for ref in row if ref}
    about = (events.c.object_id.in_(sorted(refs)), events.c.state == EventState.HANDLED)
    then = (events.c.account_id == line.account_id, events.c.received_at <= line.recorded_at + SECOND)
    query = select(events.c.id).where(*then, *about).order_by(events.c.received_at.desc(), events.c.id)
    return connection.scalar(query.limit(1))


def lot(connection: Connection, account_id: str, lot_id: int) -> Lot | None:
    """The lot, if it is the account's."""
    row = connection.execute(select(lots).where(lots.c.id == lot_id, lots.c.account_id == account_id)).first()
    if row is None:
        return None
    return Lot(
        row.id, row.account_id, LotSource(row.source), row.priority, row.expires_at, row.granted_micro,
        row.remaining_micro, bool(row.frozen), row.order_id, row.created_at,
    )  # fmt: skip


def opened_by(connection: Connection, found: Lot) -> Line | None:
    """The line whose credits became the lot: of the account's credits of that moment the one that moved it first."""
    first = (entries.c.transfer_id == transfers.c.id, entries.c.leg == 1, entries.c.lot_id == found.id)
    lines = statements.where(
        connection, transfers.c.account_id == found.account_id, transfers.c.recorded_at == found.created_at,
        transfers.c.amount_micro > 0, BUT_USAGE, select(entries.c.leg).where(*first).exists(), most=1,
    )  # fmt: skip
    return next(iter(lines), None)


def repaid(connection: Connection, opening: Line, lot_id: int) -> Credits:
    """What of a new lot went to what was owed, in the line that opened it."""
    own = (entries.c.transfer_id == opening.id, entries.c.lot_id == lot_id, entries.c.amount_micro < 0)
    return Credits(-int(connection.scalar(select(func.coalesce(func.sum(entries.c.amount_micro), 0)).where(*own)) or 0))


def uses(connection: Connection, found: Lot, after: int, newest: int) -> Iterator[tuple[Part, int, int]]:
    """What moved the lot after version `after`: part by part with the first and last moment, until it is accounted for.

    Lots are used up in a row, so that most are told long before the history ends.
    """
    moved = entries.c.amount_micro
    times = (func.min(transfers.c.recorded_at), func.max(transfers.c.recorded_at))
    legs = and_(entries.c.transfer_id == transfers.c.id, entries.c.lot_id == found.id)
    base = select(*_sums(moved), *times).join(entries, legs).where(transfers.c.account_id == found.account_id)
    for start in range(after, newest, CHUNK):
        here = base.where(transfers.c.version > start, transfers.c.version <= start + CHUNK)
        for row in connection.execute(here.group_by(transfers.c.kind)):
            yield _part(row), row[6], row[7]


def _sums(amount: Any) -> Sequence[Any]:
    came, went = case((amount > 0, amount), else_=0), case((amount < 0, -amount), else_=0)
    return (transfers.c.kind, func.count(), *halves(came), *halves(went))


def _parts(connection: Connection, query: Select[Any]) -> tuple[Part, ...]:
    found = {part.kind: part for part in map(_part, connection.execute(query.group_by(transfers.c.kind)))}
    return tuple(found[kind] for kind in Kind if kind in found)


def _part(row: Any) -> Part:
    return Part(Kind(row[0]), row[1], joined(row[2], row[3]), joined(row[4], row[5]))
