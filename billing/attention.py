"""Attention: what needs a person, and the one act for each that mends it. The managers' page calls it.

Each act goes the way that would have gone well by itself: nothing is set right by hand here. All of it is audited.
"""

from __future__ import annotations

from collections.abc import Callable

from billing import duties, overdraft, purchases, replays, subscriptions
from billing.portal import Portal
from billing.replays import By
from billing.rules.attention import Matters, Mend, Trouble, mend_of_duty
from billing.rules.errors import NotFound
from billing.store import attention as rows
from billing.store import audit
from billing.store import duties as outbox
from billing.store import orders as order_rows
from billing.store import overdraft as invoices
from billing.store import subscriptions as snapshots
from billing.store.writer import Tx


def matters(portal: Portal) -> Matters:
    """What needs somebody now."""
    with portal.database.read() as connection:
        return rows.all_of(connection, portal.clock())


def mend(portal: Portal, trouble: Trouble, key: str, by: By) -> str:
    """Does the one act for this; what it came to, as a word. Audited.

    Raises NotFound when it needs nobody any more, Conflict, GatewayUnavailable.
    """
    return _MENDERS[trouble](portal, key, by)


def _event(portal: Portal, key: str, by: By) -> str:
    return replays.replay(portal, key, by).after


def _payment(portal: Portal, key: str, by: By) -> str:
    with portal.database.read() as connection:
        found = order_rows.get(connection, key)
    if found is None:
        raise _gone()
    after = purchases.confirm(portal, found.account_id, found.id)
    _note(portal, "order.checked", by, found.account_id, found.id, found.state.value, after.state.value)
    return after.state.value


def _duty(portal: Portal, key: str, by: By) -> str:
    now = portal.clock()

    def work(tx: Tx) -> tuple[str, str]:
        found = outbox.get(tx.connection, key)
        if found is None or found[1] == "done":
            raise _gone()
        duty, state = found
        closes = mend_of_duty(duty.kind, state) is Mend.CLOSE
        if closes:
            outbox.close(tx, duty, now)
        renewed = key if closes else outbox.try_again(tx, duty, state, now)
        audit.add(
            tx, actor=by.actor, action="duty.closed" if closes else "duty.retried", now=now, reason=duty.kind,
            account_id=duty.account_id, origin=by.origin, reference=key,
        )  # fmt: skip
        return duty.kind, renewed

    kind, renewed = portal.till.write(work)
    duties.work(portal, kind)
    with portal.database.read() as connection:
        after = outbox.get(connection, renewed)
    return "" if after is None else after[1]


def _invoice(portal: Portal, key: str, by: By) -> str:
    again = overdraft.reopen(portal, key)
    _note(portal, "invoice.retried", by, again.account_id, key, "refused", "new")
    duties.work(portal, overdraft.INVOICE)
    with portal.database.read() as connection:
        after = invoices.get(connection, key)
    return "" if after is None else after.state.value


def _subscription(portal: Portal, key: str, by: By) -> str:
    with portal.database.read() as connection:
        found = snapshots.get(connection, key)
    if found is None:
        raise _gone()
    subscriptions.refresh(portal, found.account_id)
    with portal.database.read() as connection:
        after = snapshots.get(connection, key) or found
    _note(portal, "subscription.read", by, found.account_id, key, found.status, after.status)
    return after.status


_MENDERS: dict[Trouble, Callable[[Portal, str, By], str]] = {
    Trouble.EVENT: _event,
    Trouble.PAYMENT: _payment,
    Trouble.DUTY: _duty,
    Trouble.INVOICE: _invoice,
    Trouble.SUBSCRIPTION: _subscription,
}


def _gone() -> NotFound:
    return NotFound("It needs nobody any more.")


def _note(portal: Portal, action: str, by: By, account_id: str, key: str, before: str, after: str) -> None:
    portal.till.write(
        lambda tx: audit.add(
            tx, actor=by.actor, action=action, now=portal.clock(), account_id=account_id, origin=by.origin,
            reference=key[:120], before=before, after=after,
        )
    )  # fmt: skip
