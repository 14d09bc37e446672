"""Looking into the inbox: pages of events, one of them whole, figures, and the things events are about. For verbs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select, tuple_

from billing.rules.console import COUNTED, Listed, cursor, read_cursor
from billing.rules.inbox import Effect, EventFilters, EventRow, EventTry, InboxFigures, percentile
from billing.rules.moments import DAY
from billing.rules.money import Credits, Money
from billing.store.inbox import EventState
from billing.store.tables import accounts, transfers
from billing.store.tables_console import event_tries
from billing.store.tables_overdraft import overdraft_invoices
from billing.store.tables_plans import subscriptions
from billing.store.tables_trade import events, orders

LAGS = 1_000
CAUSES = ("stripe_pi", "dummy", "invoice", "plan", "plan_start")
"""The causes whose second half is a thing of the provider."""

_MOVED = (transfers.c.id, transfers.c.account_id, transfers.c.amount_micro, transfers.c.kind)
_COLUMNS = (
    events.c.id, events.c.type, events.c.object_id, events.c.account_id, accounts.c.name, events.c.state,
    events.c.reason, events.c.attempts, events.c.happened_at, events.c.received_at, events.c.handled_at,
    events.c.api_version, events.c.livemode,
)  # fmt: skip


def page(connection: Connection, filters: EventFilters) -> Listed[EventRow]:
    """One page, newest first, and how many match."""
    found = [EventRow(*row) for row in connection.execute(_placed(filters).limit(filters.limit + 1))]
    rows = found[: filters.limit]
    counted = select(events.c.id).where(*_wanted(filters)).limit(COUNTED + 1).subquery()
    return Listed(
        rows,
        cursor(rows[-1].received_at, rows[-1].id) if len(found) > filters.limit else None,
        connection.scalar(select(func.count()).select_from(counted)) or 0,
    )


def get(connection: Connection, event_id: str) -> EventRow | None:
    """The event with this id."""
    row = connection.execute(_rows().where(events.c.id == event_id)).first()
    return None if row is None else EventRow(*row)


def tries(connection: Connection, event_id: str) -> list[EventTry]:
    """Those of its tries that were written down, the last first."""
    own = event_tries.c
    query = select(own.number, own.state, own.reason, own.actor, own.changes, own.recorded_at)
    found = connection.execute(query.where(own.event_id == event_id).order_by(own.number.desc()))
    return [EventTry(row[0], row[1], row[2], row[3], tuple(row[4].splitlines()), row[5]) for row in found]


def figures(connection: Connection, now: int) -> InboxFigures:
    """How it does: two looks along indexes, however many events there are."""
    handled = func.sum(case((events.c.state == EventState.HANDLED, 1), else_=0))
    day = connection.execute(select(func.count(), handled).where(events.c.received_at >= now - DAY)).one()
    states = [EventState.PARKED, EventState.FAILED]
    open_ones = select(events.c.state, func.count(), func.min(events.c.received_at)).where(events.c.state.in_(states))
    waiting = {row[0]: row for row in connection.execute(open_ones.group_by(events.c.state))}
    last = select(events.c.handled_at - events.c.happened_at).where(events.c.handled_at.is_not(None))
    lags = [int(each) for each in connection.scalars(last.order_by(events.c.received_at.desc()).limit(LAGS))]
    return InboxFigures(
        received=day[0],
        handled=int(day[1] or 0),
        waiting=waiting[EventState.FAILED][1] if EventState.FAILED in waiting else 0,
        parked=waiting[EventState.PARKED][1] if EventState.PARKED in waiting else 0,
        oldest_at=min((row[2] for row in waiting.values()), default=None),
        lag_p95=percentile(lags, 95),
    )


def kinds(connection: Connection) -> list[str]:
    """The types of the last events, by name."""
    lately = select(events.c.type).order_by(events.c.received_at.desc()).limit(LAGS).subquery()
    return list(connection.scalars(select(lately.c.type).distinct().order_by(lately.c.type)))


def effects(connection: Connection, refs: Iterable[str]) -> dict[str, Effect]:
    """What stands here of the things with these ids at the provider, by name."""
    named = {ref for ref in refs if ref}
    bought = connection.execute(
        select(orders).where(or_(orders.c.payment_ref.in_(named), orders.c.session_ref.in_(named)))
    ).all()
    named |= {row.payment_ref for row in bought if row.payment_ref}
    found = [Effect("order", row.id, row.account_id, row.state) for row in bought]
    causes = [(kind, ref) for kind in CAUSES for ref in sorted(named)]
    caused = select(*_MOVED).where(tuple_(transfers.c.cause_type, transfers.c.cause_id).in_(causes))
    found += map(_transaction, connection.execute(caused))
    for row in connection.execute(select(subscriptions).where(subscriptions.c.id.in_(named))):
        price = Money(row.amount_minor, row.currency)
        ending = ", ends with its period" if row.cancel_at_period_end else ""
        found.append(Effect("subscription", row.id, row.account_id, f"{row.status}, {row.quantity} × {price}{ending}"))
    for row in connection.execute(select(overdraft_invoices).where(overdraft_invoices.c.invoice_ref.in_(named))):
        found.append(Effect("invoice", row.id, row.account_id, row.state))
    return {each.name: each for each in found}


def versions(connection: Connection, event_id: str, known: Iterable[Effect]) -> dict[str, int]:
    """How far the accounts have come that the event may move."""
    told = connection.scalar(select(events.c.account_id).where(events.c.id == event_id))
    named = {each.account_id for each in known} | ({told} if told else set())
    query = select(accounts.c.id, accounts.c.version).where(accounts.c.id.in_(named))
    return {row[0]: row[1] for row in connection.execute(query)}


def moved(connection: Connection, since: Mapping[str, int]) -> dict[str, Effect]:
    """Every transaction of these accounts after these versions: gifts that come with a purchase as well."""
    found: list[Effect] = []
    for account_id, version in since.items():
        newer = select(*_MOVED).where(transfers.c.account_id == account_id, transfers.c.version > version)
        found += map(_transaction, connection.execute(newer))
    return {each.name: each for each in found}


def _transaction(row: Any) -> Effect:
    return Effect("transaction", str(row[0]), row[1], f"{row[3]} of {Credits(row[2])} credits")


def _rows() -> Select[Any]:
    return select(*_COLUMNS).outerjoin(accounts, accounts.c.id == events.c.account_id)


def _placed(filters: EventFilters) -> Select[Any]:
    query = _rows().where(*_wanted(filters))
    place = read_cursor(filters.after, int, str)
    if place is not None:
        query = query.where(tuple_(events.c.received_at, events.c.id) < tuple_(*place))
    return query.order_by(events.c.received_at.desc(), events.c.id.desc())


def _wanted(filters: EventFilters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.state:
        wanted.append(events.c.state == filters.state)
    if filters.state in (EventState.PARKED, EventState.FAILED):
        # In the words of the index of what waits, so that it is used: it changes no answer.
        wanted.append(events.c.state.in_([EventState.PARKED, EventState.FAILED]))
    if filters.kind:
        wanted.append(events.c.type.contains(filters.kind, autoescape=True))
    if filters.account_id:
        wanted.append(events.c.account_id == filters.account_id)
    if filters.search:
        named = (events.c.id, events.c.object_id)
        wanted.append(or_(*(column == filters.search for column in named)))
    if filters.since is not None:
        wanted.append(events.c.received_at >= filters.since)
    if filters.until is not None:
        wanted.append(events.c.received_at < filters.until)
    return wanted
