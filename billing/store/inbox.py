"""The inbox: every genuine event the provider ever sent, and what became of it. Verbs may import it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from billing.rules.facts import Envelope
from billing.rules.views import EventLine
from billing.store.rowsets import Query, Shape, Statement
from billing.store.tables_console import event_tries
from billing.store.tables_trade import events
from billing.store.writer import Tx


class EventState(StrEnum):
    """HANDLED had its effect; IGNORED and FOREIGN have none here; PARKED was refused for good; FAILED comes again."""

    HANDLED = "handled"
    IGNORED = "ignored"
    FOREIGN = "foreign"
    PARKED = "parked"
    FAILED = "failed"


FINAL = frozenset({EventState.HANDLED, EventState.IGNORED, EventState.FOREIGN, EventState.PARKED})

_FIND = Query(Shape(id="text"), "e.id, e.state", "FROM {rows} JOIN events e ON e.id = r.id")

_EVENT = Shape(
    id="text", type="text", object_id="text", account_id="text", livemode="bool", api_version="text",
    state="text", reason="text", body="text", happened_at="int8", received_at="int8", handled_at="int8",
)  # fmt: skip
# "WHERE true" lets SQLite tell the upsert's ON from a join's.
_REMEMBER = Statement(
    _EVENT,
    f"INSERT INTO events ({', '.join(_EVENT.names)}) SELECT {', '.join(_EVENT.names)} FROM {{rows}}"
    " WHERE true ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason,"
    " account_id = excluded.account_id, handled_at = excluded.handled_at,"
    " attempts = events.attempts + 1 WHERE events.state = 'failed'",
)


def states(tx: Tx, ids: Iterable[str]) -> dict[str, EventState]:
    """What became of those of the events that are here already."""
    return {row[0]: EventState(row[1]) for row in _FIND.read(tx.connection, [(each,) for each in ids])}


def final(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of the events that are here and done with."""
    query = select(events.c.id).where(events.c.id.in_(ids), events.c.state.in_(list(FINAL)))
    return set(connection.scalars(query))


def remember(tx: Tx, rows: Sequence[tuple[Envelope, str | None, EventState, str]], now: int) -> None:
    """Keeps events with their outcome: (envelope, account id, state, reason). Only a failed one may change later."""
    _REMEMBER.run(tx.connection, [_row(*row, now) for row in rows])


def body(connection: Connection, event_id: str) -> str | None:
    """The raw body as it was signed."""
    return connection.scalar(select(events.c.body).where(events.c.id == event_id))


def state_of(connection: Connection, event_id: str) -> EventState | None:
    """What became of the event so far."""
    found = connection.scalar(select(events.c.state).where(events.c.id == event_id))
    return None if found is None else EventState(found)


def restate(tx: Tx, event_id: str, state: EventState, reason: str, now: int, account_id: str | None = None) -> None:
    """Writes the outcome of a replay."""
    values = {"state": state, "reason": reason, "attempts": events.c.attempts + 1, "handled_at": now}
    values |= {"account_id": account_id} if account_id else {}
    tx.connection.execute(update(events).where(events.c.id == event_id).values(values))


def ignore(tx: Tx, event_id: str, reason: str, now: int) -> bool:
    """Somebody decided that nothing comes of it. False for one that needs nobody."""
    waiting = (events.c.id == event_id, events.c.state.in_([EventState.PARKED, EventState.FAILED]))
    values = {"state": EventState.IGNORED, "reason": reason, "handled_at": now}
    return tx.connection.execute(update(events).where(*waiting).values(values)).rowcount == 1


def note_try(
    tx: Tx, event_id: str, state: EventState, reason: str, actor: str, now: int, changes: Sequence[str] = ()
) -> None:
    """Writes down a try that says more than the event itself: one that failed, or one that somebody asked for."""
    tx.database.serialize(tx.connection, f"event:{event_id}")
    last = select(func.max(event_tries.c.number)).where(event_tries.c.event_id == event_id)
    row = {
        "event_id": event_id, "number": (tx.connection.scalar(last) or 0) + 1, "state": state, "reason": reason,
        "actor": actor, "changes": "\n".join(changes), "recorded_at": now,
    }  # fmt: skip
    tx.connection.execute(insert(event_tries).values(row))


def waiting(connection: Connection, most: int) -> list[EventLine]:
    """Parked and failed events, oldest first: what needs a person or another try."""
    query = (
        select(
            events.c.id, events.c.type, events.c.object_id, events.c.account_id, events.c.state,
            events.c.reason, events.c.attempts, events.c.received_at,
        )
        .where(events.c.state.in_([EventState.PARKED, EventState.FAILED]))
        .order_by(events.c.received_at)
        .limit(most)
    )  # fmt: skip
    return [EventLine(*row) for row in connection.execute(query)]


def _row(envelope: Envelope, account_id: str | None, state: EventState, reason: str, now: int) -> tuple[Any, ...]:
    handled_at = None if state is EventState.FAILED else now
    return (
        envelope.event_id, envelope.type, envelope.object_id, account_id, envelope.livemode, envelope.api_version,
        state, reason, envelope.body, envelope.created_at, now, handled_at,
    )  # fmt: skip
