"""Recording: facts of every kind become rows and credits, in one transaction. webhooks and purchases call it."""

from __future__ import annotations

from collections.abc import Sequence

from billing import customers, invoices, plan_credits
from billing.portal import Portal
from billing.rules.facts import CardFact, CustomerFact, Fact, InvoiceFact, PaymentFact, SubscriptionFact
from billing.rules.postings import Posted
from billing.rules.rewards import CARD, Rewards, verification
from billing.rules.subscriptions import OPENS, UNKNOWN
from billing.settings import Settings
from billing.settling import Settlement, settle
from billing.store import accounts, duties, ledger
from billing.store import subscriptions as snapshots
from billing.store.inbox import EventState
from billing.store.writer import Tx

TRIAL_END = "trial_end"
STRANGER = "The customer is not known here."
LATE = "A newer state of the subscription is known already."
OLD = "A newer state of the customer is known already."
USED = "This card was verified by another account before, so it earns nothing here."


def rewards_of(settings: Settings) -> Rewards:
    """What this portal gives away, as it travels with facts."""
    credits = settings.credits
    return Rewards(credits.first_purchase_match_up_to.micro, credits.verification.micro)


def record(tx: Tx, facts: Sequence[Fact], now: int, rewards: Rewards) -> list[Settlement]:
    """Applies facts, payments first; the answers come in the order of the facts. `now`: microseconds UTC."""
    payments = [fact for fact in facts if isinstance(fact, PaymentFact)]
    settled = iter(settle(tx, payments, now, rewards) if payments else ())
    return [next(settled) if isinstance(fact, PaymentFact) else _keep(tx, fact, now, rewards) for fact in facts]


def record_now(portal: Portal, fact: Fact) -> None:
    """Records what was just read from the provider, through the till. Raises GatewayUnavailable."""
    if isinstance(fact, InvoiceFact):
        fact = plan_credits.weighed(portal, fact)
    portal.till.call(_record, (fact, portal.clock(), rewards_of(portal.settings)))


def _record(tx: Tx, asked: Sequence[tuple[Fact, int, Rewards]]) -> list[None]:
    record(tx, [fact for fact, _, _ in asked], max(now for _, now, _ in asked), asked[0][2])
    return [None for _ in asked]


def _keep(
    tx: Tx, fact: SubscriptionFact | CardFact | InvoiceFact | CustomerFact, now: int, rewards: Rewards
) -> Settlement:
    """Whose it is says the customer alone: metadata is written by whoever made the thing, and proves nothing."""
    account_id = accounts.by_customer(tx.connection, fact.customer_ref)
    if account_id is None:
        return Settlement(EventState.FOREIGN, STRANGER)
    if isinstance(fact, SubscriptionFact):
        return _subscribed(tx, fact, account_id, now)
    if isinstance(fact, CustomerFact):
        return Settlement(EventState.HANDLED, "" if customers.keep(tx, fact, account_id, now) else OLD, account_id)
    if isinstance(fact, InvoiceFact):
        seen = _subscribed(tx, fact.subscription, account_id, now) if fact.subscription else None
        settled = invoices.keep(tx, fact, account_id, now)
        is_odd = seen is not None and seen.state is EventState.PARKED
        return seen if seen is not None and is_odd and settled.state is EventState.HANDLED else settled
    accounts.verified(tx, account_id, fact.happened_at)
    tx.changed.add(account_id)
    return _reward(tx, fact, account_id, now, rewards)


def _subscribed(tx: Tx, fact: SubscriptionFact, account_id: str, now: int) -> Settlement:
    if not snapshots.keep(tx, fact, account_id):
        return Settlement(EventState.HANDLED, LATE, account_id)
    tx.changed.add(account_id)
    _end_with_trial(tx, fact, account_id, now)
    if fact.status not in OPENS:
        return Settlement(EventState.PARKED, f"{UNKNOWN} The provider calls it {fact.status}.", account_id)
    return Settlement(EventState.HANDLED, account_id=account_id)


def _end_with_trial(tx: Tx, fact: SubscriptionFact, account_id: str, now: int) -> None:
    """A checkout cannot say that a trial ends for good; it is said once, so that its owner may think better of it."""
    if fact.status == "trialing" and fact.ends_with_trial and not fact.cancel_at_period_end:
        body = {"subscription_ref": fact.subscription_ref, "reason": "A trial that ends with itself"}
        cause = f"{TRIAL_END}:{fact.subscription_ref}"
        duties.owe(tx, kind=TRIAL_END, cause=cause, account_id=account_id, body=body, now=now)


def _reward(tx: Tx, fact: CardFact, account_id: str, now: int, rewards: Rewards) -> Settlement:
    """What a verification earns, once per account and once per card."""
    if rewards.verification_micro < 1:
        return Settlement(EventState.HANDLED, account_id=account_id)
    # The card first: it outlives accounts, so nobody earns again by opening another one.
    if not duties.claim(tx, CARD, fact.fingerprint, account_id, now):
        return Settlement(EventState.HANDLED, USED, account_id)
    outcome = ledger.post(tx, [verification(account_id, fact, rewards)], now)[0]
    if isinstance(outcome, Posted):
        return Settlement(EventState.HANDLED, account_id=account_id)
    return Settlement(EventState.PARKED, f"The ledger refused the gift: {outcome.refusal.value}.", account_id)
