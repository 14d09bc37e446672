"""Settling: what the provider says about payments becomes credits, once. Only recording calls it.

Works on a whole batch inside the till's transaction: read the orders, judge, post, mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from billing.rules.bonuses import larger_purchase
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.orders import AFTER, Order, OrderState, Surface, Verdict, judge
from billing.rules.postings import Outcome, Posted, Posting, chain_hash
from billing.rules.rewards import Rewards, first_purchase
from billing.store import accounts, duties, ledger
from billing.store import orders as rows
from billing.store.inbox import EventState
from billing.store.writer import Tx

REFUND = "refund"
"""The kind of duty that gives a payment back."""

ELSEWHERE = "It belongs to a checkout, whose own event tells what was bought."


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one fact. `reason` is a sentence when something needs a person."""

    state: EventState
    reason: str = ""
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Paid:
    """A payment that credits its order; `place` is where its fact stood in the batch."""

    place: int
    order: Order
    fact: PaymentFact


def settle(tx: Tx, facts: Sequence[PaymentFact], now: int, rewards: Rewards) -> list[Settlement]:
    """Applies payment facts in order, each as often as it likes to come. `now`: microseconds UTC."""
    settlements: list[Settlement | None] = []
    paid: list[_Paid] = []
    taken: dict[str, str] = {}
    for place, (fact, found) in enumerate(zip(facts, _orders(tx, facts), strict=True)):
        order = _as_credited_before(found, taken)
        settlement = _without_credit(tx, order, fact, now)
        if settlement is None and order is not None:
            taken[order.id] = fact.payment_ref
            paid.append(_Paid(place, order, fact))
        settlements.append(settlement)
    for each, settlement in zip(paid, _credit(tx, paid, now, rewards), strict=True):
        settlements[each.place] = settlement
    return [each for each in settlements if each is not None]


def _orders(tx: Tx, facts: Sequence[PaymentFact]) -> list[Order | None]:
    """Each fact's order: by its checkout or payment, or by the hint when our own record of that was lost on the way."""
    sessions = {fact.session_ref for fact in facts if fact.session_ref}
    by_session = rows.by_sessions(tx, sessions) if sessions else {}
    by_ref = rows.by_payments(tx, {fact.payment_ref for fact in facts if fact.payment_ref})
    known = [by_session.get(fact.session_ref or "") or by_ref.get(fact.payment_ref) for fact in facts]
    hints = {fact.order_hint for fact, order in zip(facts, known, strict=True) if fact.order_hint and order is None}
    by_id = rows.by_ids(tx, hints)
    return [order or by_id.get(fact.order_hint or "") for fact, order in zip(facts, known, strict=True)]


def _as_credited_before(order: Order | None, taken: Mapping[str, str]) -> Order | None:
    """The order as an earlier fact of the same batch leaves it: two payments for it may come in one moment."""
    if order is None or order.id not in taken:
        return order
    return replace(order, state=OrderState.CREDITED, payment_ref=taken[order.id])


def _without_credit(tx: Tx, order: Order | None, fact: PaymentFact, now: int) -> Settlement | None:
    """What becomes of a fact that credits nothing; None for the one that does."""
    if order is None:
        return _stranger(tx, fact)
    if fact.state is not PaymentState.SUCCEEDED:
        return _unpaid(tx, order, fact, now)
    if _is_told_by_checkout(order, fact):
        return Settlement(EventState.HANDLED, ELSEWHERE, order.account_id)
    verdict = judge(order, fact)
    if verdict is Verdict.MATCHES:
        return None
    if verdict is Verdict.PAID_TWICE:
        _give_back(tx, order, fact, now)
    return Settlement(EventState.PARKED, verdict.value, order.account_id)


def _is_told_by_checkout(order: Order, fact: PaymentFact) -> bool:
    """The bare payment of a checkout does not say what was bought, nor how much of it is tax."""
    by_checkout = fact.session_ref is None and fact.payment_ref != order.payment_ref
    return by_checkout and order.surface is not Surface.ELEMENTS and order.state is not OrderState.CREDITED


def _give_back(tx: Tx, order: Order, fact: PaymentFact, now: int) -> None:
    """Owes the refund of a second payment for what was credited already."""
    body = {"payment_ref": fact.payment_ref, "order_id": order.id, "reason": Verdict.PAID_TWICE.value}
    duties.owe(tx, kind=REFUND, cause=f"paid_twice:{fact.payment_ref}", account_id=order.account_id, body=body, now=now)


def _credit(tx: Tx, paid: Sequence[_Paid], now: int, rewards: Rewards) -> list[Settlement]:
    if not paid:
        return []
    gifts = _gifts(tx, paid, rewards)
    purchases = [_purchase(each.order, each.fact) for each in paid]
    outcomes = ledger.post(tx, [*purchases, *gifts], now)
    settled: list[Settlement] = []
    marks: list[tuple[str, str, int, int, int, int]] = []
    for each, outcome in zip(paid, outcomes, strict=False):
        order, fact = each.order, each.fact
        if isinstance(outcome, Posted):
            tax = order.tax_minor if fact.tax_minor is None else fact.tax_minor
            marks.append((order.id, fact.payment_ref, fact.happened_at, outcome.transfer_id, tax, now))
            tx.changed.add(order.payer_id)
        settled.append(_outcome(order, outcome))
    rows.mark_credited(tx, marks)
    _give_bonuses(tx, [each for each, outcome in zip(paid, outcomes, strict=False) if isinstance(outcome, Posted)], now)
    return settled


def _give_bonuses(tx: Tx, credited: Sequence[_Paid], now: int) -> None:
    """What larger purchases earn, once these are in the ledger themselves."""
    earned = [larger_purchase(each.order, each.fact.happened_at) for each in credited if each.order.bonus.micro > 0]
    if earned:
        ledger.post(tx, earned, now)


def _gifts(tx: Tx, paid: Sequence[_Paid], rewards: Rewards) -> list[Posting]:
    """The bonus of those accounts that never bought before; the ledger lets an account have it once for ever."""
    if rewards.first_purchase_micro < 1:
        return []
    firsts = {each.order.account_id: each for each in reversed(paid)}
    known = rows.have_bought(tx, firsts)
    return [
        first_purchase(each.order, rewards, each.fact.happened_at)
        for account_id, each in firsts.items()
        if account_id not in known
    ]


def _outcome(order: Order, outcome: Outcome) -> Settlement:
    if isinstance(outcome, Posted):
        return Settlement(EventState.HANDLED, account_id=order.account_id)
    why = f"The ledger refused the credits: {outcome.refusal.value}."
    return Settlement(EventState.PARKED, why, order.account_id)


def _purchase(order: Order, fact: PaymentFact) -> Posting:
    """Credits as the order promised them. The cause is the payment itself, whichever message brought the news."""
    return Posting(
        account_id=order.account_id,
        kind=Kind.PURCHASE,
        cause_type=fact.provider.value,
        cause_id=fact.payment_ref,
        amount_micro=order.credits.micro,
        actor=order.person_id,
        happened_at=fact.happened_at,
        reason=order.package_name,
        order_id=order.id,
        input_hash=chain_hash(order.id, order.credits.micro),
        terms=LotTerms(LotSource.PURCHASE, order_id=order.id),
    )


def _unpaid(tx: Tx, order: Order, fact: PaymentFact, now: int) -> Settlement:
    """News of the door the order is paid through changes its state; a door that was closed for another does not."""
    after = AFTER.get(fact.state)
    refs = (fact.session_ref, order.session_ref) if fact.session_ref else (fact.payment_ref, order.payment_ref)
    is_current = (fact.session_ref is None) == (order.surface is Surface.ELEMENTS)
    if after is not None and is_current and refs[1] in (None, refs[0]):
        rows.mark_state(tx, [(order.id, after, fact.failure_code, fact.failure_text, now)])
        tx.changed.update((order.account_id, order.payer_id))
    return Settlement(EventState.HANDLED, account_id=order.account_id)


def _stranger(tx: Tx, fact: PaymentFact) -> Settlement:
    """A payment without an order here. Several installations may share one account at the provider."""
    account_id = None if fact.customer_ref is None else accounts.by_customer(tx.connection, fact.customer_ref)
    if account_id is None:
        return Settlement(EventState.FOREIGN, "Neither the payment nor its customer is known here.")
    if fact.state is PaymentState.SUCCEEDED and fact.order_hint:
        return Settlement(EventState.PARKED, "The payment names an order that is not known here.", account_id)
    return Settlement(EventState.IGNORED, "The customer paid something that is not a purchase of credits.", account_id)
