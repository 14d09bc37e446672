"""What is owed to the provider and done once, and how far things have come. Verbs may import it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from billing.rules.texts import new_id
from billing.store.tables_duties import claims, cursors, outbox
from billing.store.writer import Tx


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do outside. `id` is the idempotency key of doing it; moments in microseconds UTC."""

    id: str
    kind: str
    account_id: str | None
    body: dict[str, Any]
    attempts: int
    created_at: int = 0


def owe(tx: Tx, *, kind: str, cause: str, account_id: str | None, body: dict[str, Any], now: int) -> bool:
    """Writes down what must be done, in the transaction that found it out. False when that cause owed it already."""
    if is_owed(tx.connection, cause):
        return False
    tx.connection.execute(
        insert(outbox).values(
            id=new_id("out"), kind=kind, cause=cause, account_id=account_id, body=json.dumps(body, sort_keys=True),
            state="waiting", due_at=now, created_at=now,
        )
    )  # fmt: skip
    return True


def is_owed(connection: Connection, cause: str) -> bool:
    """Whether that cause owed something, done or not."""
    return connection.scalar(select(outbox.c.id).where(outbox.c.cause == cause)) is not None


def due(connection: Connection, now: int, most: int, kind: str | None = None) -> list[Duty]:
    """What is to be done now, the longest waiting first; of one kind, if one is named."""
    query = (
        select(outbox.c.id, outbox.c.kind, outbox.c.account_id, outbox.c.body, outbox.c.attempts, outbox.c.created_at)
        .where(outbox.c.state == "waiting", outbox.c.due_at <= now)
        .order_by(outbox.c.due_at)
        .limit(most)
    )
    if kind is not None:
        query = query.where(outbox.c.kind == kind)
    return [Duty(row[0], row[1], row[2], json.loads(row[3]), row[4], row[5]) for row in connection.execute(query)]


def finish(tx: Tx, duty: Duty, now: int, *, refused: str = "") -> bool:
    """It is done, or the provider refused it for good. False when another process was first."""
    state = "refused" if refused else "done"
    waiting = (outbox.c.id == duty.id, outbox.c.state == "waiting")
    values = {"state": state, "error": refused, "attempts": duty.attempts + 1, "done_at": now}
    return tx.connection.execute(update(outbox).where(*waiting).values(values)).rowcount == 1


def take(tx: Tx, duty: Duty, now: int, until: int) -> bool:
    """Whether the one who asks does it: nobody else until then, even if nothing is heard of this one any more."""
    free = (outbox.c.id == duty.id, outbox.c.state == "waiting", outbox.c.due_at <= now)
    return tx.connection.execute(update(outbox).where(*free).values(due_at=until)).rowcount == 1


def put_off(tx: Tx, duty: Duty, until: int, why: str) -> None:
    """It could not be done now; `until` is when to try again."""
    values = {"error": why, "attempts": duty.attempts + 1, "due_at": until}
    tx.connection.execute(update(outbox).where(outbox.c.id == duty.id, outbox.c.state == "waiting").values(values))


def get(connection: Connection, duty_id: str) -> tuple[Duty, str] | None:
    """A duty and its state: waiting, done or refused."""
    columns = (outbox.c.id, outbox.c.kind, outbox.c.account_id, outbox.c.body, outbox.c.attempts, outbox.c.created_at)
    row = connection.execute(select(*columns, outbox.c.state).where(outbox.c.id == duty_id)).first()
    return None if row is None else (Duty(row[0], row[1], row[2], json.loads(row[3]), row[4], row[5]), row[6])


def try_again(tx: Tx, duty: Duty, state: str, now: int) -> str:
    """Somebody wants it done now; its id from then on. One that was refused gets a new one: to the old the provider
    would only repeat its answer.
    """
    own = (outbox.c.id == duty.id, outbox.c.state == state)
    again = {"state": "waiting", "attempts": 0, "error": "", "due_at": now, "done_at": None}
    renewed = new_id("out") if state == "refused" else duty.id
    tx.connection.execute(update(outbox).where(*own).values(again | {"id": renewed}))
    return renewed


def close(tx: Tx, duty: Duty, now: int) -> None:
    """Somebody settled by hand what was refused; what the provider said of it stays written."""
    refused = (outbox.c.id == duty.id, outbox.c.state == "refused")
    tx.connection.execute(update(outbox).where(*refused).values(state="done", done_at=now))


def claim(tx: Tx, kind: str, subject: str, account_id: str, now: int) -> bool:
    """Whether the account may have what exists once per `subject`: it is the first to ask, or was it before."""
    tx.database.serialize(tx.connection, f"claim:{kind}:{subject}")
    holder = tx.connection.scalar(select(claims.c.account_id).where(claims.c.kind == kind, claims.c.subject == subject))
    if holder is None:
        row = {"kind": kind, "subject": subject, "account_id": account_id, "recorded_at": now}
        tx.connection.execute(insert(claims).values(row))
    return holder in (None, account_id)


def position(connection: Connection, name: str) -> int | None:
    """How far this has come."""
    return connection.scalar(select(cursors.c.position).where(cursors.c.name == name))


def advance(tx: Tx, name: str, to: int) -> None:
    """Moves it on, never back."""
    if position(tx.connection, name) is None:
        tx.connection.execute(insert(cursors).values(name=name, position=to))
    else:
        forward = (cursors.c.name == name, cursors.c.position < to)
        tx.connection.execute(update(cursors).where(*forward).values(position=to))


def put(tx: Tx, name: str, to: int) -> None:
    """Moves it anywhere, back as well."""
    if position(tx.connection, name) is None:
        tx.connection.execute(insert(cursors).values(name=name, position=to))
    else:
        tx.connection.execute(update(cursors).where(cursors.c.name == name).values(position=to))


def lease(tx: Tx, name: str, *, held: int | None, now: int, until: int) -> bool:
    """Whether the one who asks may work alone until then: nobody does, or it `held` the lease itself."""
    tx.database.serialize(tx.connection, f"lease:{name}")
    taken_until = position(tx.connection, name)
    is_free = taken_until is None or taken_until <= now or taken_until == held
    if is_free:
        put(tx, name, until)
    return is_free
