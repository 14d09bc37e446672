"""Changes of plans that were asked for, in the database. Verbs may import it.

A row is written before the provider is asked, so that whoever asks twice is known, and only one is under way at a time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from billing.rules.texts import new_id
from billing.store.tables_plans import plan_changes
from billing.store.writer import Tx

ASKED, DONE, REFUSED = "asked", "done", "refused"


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One change as it was asked for. `id` begins the idempotency keys of its calls; moments in microseconds UTC."""

    id: str
    account_id: str
    subscription_ref: str
    token: str
    wish: dict[str, Any]
    actor: str
    state: str
    asked_at: int
    outcome: str = ""
    is_new: bool = False


def ask(tx: Tx, found: PlanChange, given_up_before: int) -> PlanChange | None:
    """Writes it down, or answers with the row of the same token. None while another change of it is under way.

    One that was asked before `given_up_before` and never ended waits for nobody any more.
    """
    tx.database.serialize(tx.connection, f"plan_change:{found.subscription_ref}")
    known = by_token(tx.connection, found.token)
    if known is not None:
        return known
    here = (plan_changes.c.subscription_ref == found.subscription_ref, plan_changes.c.state == ASKED)
    left = update(plan_changes).where(*here, plan_changes.c.asked_at < given_up_before)
    tx.connection.execute(left.values(state=REFUSED, outcome="It was never finished.", done_at=found.asked_at))
    if tx.connection.scalar(select(plan_changes.c.id).where(*here)) is not None:
        return None
    tx.connection.execute(
        insert(plan_changes).values(
            id=found.id, account_id=found.account_id, subscription_ref=found.subscription_ref, token=found.token,
            wish=json.dumps(found.wish, sort_keys=True), actor=found.actor, state=ASKED, asked_at=found.asked_at,
        )
    )  # fmt: skip
    return found


def finish(tx: Tx, change_id: str, state: str, outcome: str, now: int) -> bool:
    """It is done or refused. False when it had ended before."""
    own = (plan_changes.c.id == change_id, plan_changes.c.state == ASKED)
    values = {"state": state, "outcome": outcome, "done_at": now}
    return tx.connection.execute(update(plan_changes).where(*own).values(values)).rowcount == 1


def unanswered(tx: Tx, change_id: str) -> None:
    """The provider was asked and nobody knows what it did; whoever confirms again finds out."""
    own = (plan_changes.c.id == change_id, plan_changes.c.state == ASKED)
    tx.connection.execute(update(plan_changes).where(*own).values(outcome="No answer came."))


def forget(tx: Tx, change_id: str) -> None:
    """The provider was never asked, so there is nothing to remember."""
    tx.connection.execute(delete(plan_changes).where(plan_changes.c.id == change_id, plan_changes.c.state == ASKED))


def by_token(connection: Connection, token: str) -> PlanChange | None:
    """What was asked for after this preview."""
    row = connection.execute(select(*_SHOWN).where(plan_changes.c.token == token)).first()
    return None if row is None else _change(row)


def of_account(connection: Connection, account_id: str, most: int = 100) -> list[PlanChange]:
    """What was asked for, the newest first."""
    query = select(*_SHOWN).where(plan_changes.c.account_id == account_id)
    rows = connection.execute(query.order_by(plan_changes.c.asked_at.desc(), plan_changes.c.id).limit(most))
    return [_change(row) for row in rows]


def new_change_id() -> str:
    """An id for a change that is about to be asked for."""
    return new_id("chg")


_SHOWN = tuple(
    plan_changes.c[name]
    for name in ("id", "account_id", "subscription_ref", "token", "wish", "actor", "state", "asked_at", "outcome")
)


def _change(row: Any) -> PlanChange:
    return PlanChange(**{**row._mapping, "wish": json.loads(row.wish)})
