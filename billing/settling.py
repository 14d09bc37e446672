"""Settling: what the provider says about payments becomes credits, once. purchases, webhooks and reconcile call it.

Works on a whole batch inside the till's transaction: read the orders, judge, post, mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.orders import AFTER, Order, Verdict, judge
from billing.rules.postings import Posted, Posting, chain_hash
from billing.store import accounts, ledger
from billing.store import orders as rows
from billing.store.inbox import EventState
from billing.store.writer import Tx


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one fact. `reason` is a sentence when something needs a person."""

    state: EventState
    reason: str = ""
    account_id: str | None = None


def settle(tx: Tx, facts: Sequence[PaymentFact], now: int) -> list[Settlement]:
    """Applies payment facts in order, each as often as it likes to come. `now`: microseconds UTC."""
    found = _orders(tx, facts)
    settlements: list[Settlement | None] = []
    paid: list[tuple[int, Order, PaymentFact]] = []
    for place, (fact, order) in enumerate(zip(facts, found, strict=True)):
        settlement = (
            _without_payment(tx, order, fact, now)
            if order is None or fact.state is not PaymentState.SUCCEEDED
            else None
        )
        if settlement is None and order is not None:
            verdict = judge(order, fact)
            if verdict is Verdict.MATCHES:
                paid.append((place, order, fact))
            else:
                settlement = Settlement(EventState.PARKED, verdict.value, order.account_id)
        settlements.append(settlement)
    for place, settlement in _credit(tx, paid, now):
        settlements[place] = settlement
    return [each for each in settlements if each is not None]


def _orders(tx: Tx, facts: Sequence[PaymentFact]) -> list[Order | None]:
    """Each fact's order: by the payment's id, or by the hint when our own record of that id was lost on the way."""
    by_ref = rows.by_payments(tx, {fact.payment_ref for fact in facts})
    hints = {fact.order_hint for fact in facts if fact.order_hint and fact.payment_ref not in by_ref}
    by_id = rows.by_ids(tx, hints)
    return [by_ref.get(fact.payment_ref) or by_id.get(fact.order_hint or "") for fact in facts]


def _credit(tx: Tx, paid: Sequence[tuple[int, Order, PaymentFact]], now: int) -> list[tuple[int, Settlement]]:
    postings = [_purchase(order, fact) for _, order, fact in paid]
    outcomes = ledger.post(tx, postings, now) if postings else []
    settled: list[tuple[int, Settlement]] = []
    marks: list[tuple[str, str, int, int, int]] = []
    for (place, order, fact), outcome in zip(paid, outcomes, strict=True):
        if isinstance(outcome, Posted):
            marks.append((order.id, fact.payment_ref, fact.happened_at, outcome.transfer_id, now))
            settled.append((place, Settlement(EventState.HANDLED, account_id=order.account_id)))
        else:
            why = f"The ledger refused the credits: {outcome.refusal.value}."
            settled.append((place, Settlement(EventState.PARKED, why, order.account_id)))
    rows.mark_credited(tx, marks)
    return settled


def _purchase(order: Order, fact: PaymentFact) -> Posting:
    """Credits as the order promised them. The cause is the payment itself, whichever message brought the news."""
    return Posting(
        account_id=order.account_id,
        kind=Kind.PURCHASE,
        cause_type="stripe_pi",
        cause_id=fact.payment_ref,
        amount_micro=order.credits.micro,
        actor=order.person_id,
        happened_at=fact.happened_at,
        reason=order.package_name,
        order_id=order.id,
        input_hash=chain_hash(order.id, order.credits.micro),
        terms=LotTerms(LotSource.PURCHASE, order_id=order.id),
    )


def _without_payment(tx: Tx, order: Order | None, fact: PaymentFact, now: int) -> Settlement:
    if order is None:
        return _stranger(tx, fact)
    after = AFTER.get(fact.state)
    if after is not None and order.payment_ref in (None, fact.payment_ref):
        rows.mark_state(tx, [(order.id, after, fact.failure_code, fact.failure_text, now)])
        tx.changed.add(order.account_id)
    return Settlement(EventState.HANDLED, account_id=order.account_id)


def _stranger(tx: Tx, fact: PaymentFact) -> Settlement:
    """A payment without an order here. Several installations may share one account at the provider."""
    account_id = None if fact.customer_ref is None else accounts.by_customer(tx.connection, fact.customer_ref)
    if account_id is None:
        return Settlement(EventState.FOREIGN, "Neither the payment nor its customer is known here.")
    if fact.state is PaymentState.SUCCEEDED and fact.order_hint:
        return Settlement(EventState.PARKED, "The payment names an order that is not known here.", account_id)
    return Settlement(EventState.IGNORED, "The customer paid something that is not a purchase of credits.", account_id)
