"""What a change of plan would mean, in money, credits and rights. plan_changes and doors call it; nothing is changed.

Every number of money is the provider's own preview of exactly the change that `plan_changes` then asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from billing import subscriptions
from billing.gateways.changing import Change, Reckoned
from billing.plan_beginnings import reduction
from billing.plan_credits import foreseen
from billing.portal import Portal
from billing.recording import record_now
from billing.rules import plan_offers
from billing.rules.errors import Conflict, NotFound, Refused
from billing.rules.facts import InvoiceFact, SubscriptionFact
from billing.rules.moments import SECOND
from billing.rules.money import Money
from billing.rules.plan_changes import (
    OFFER_CHANGED,
    VALID_FOR,
    ChangePreview,
    Collection,
    Gain,
    When,
    Wish,
    feature_changes,
    limit_changes,
    token_of,
)
from billing.rules.plans import PlanTerms
from billing.rules.sentences import sentence
from billing.rules.subscriptions import Plan, Subscription
from billing.seats import assert_fit
from billing.store import places

RENEWING = sentence("This plan is just being renewed. Please try again in a few minutes.")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a preview stands on: the subscription and its invoices as they were just read, and the plans there are."""

    subscription: Subscription
    fact: SubscriptionFact
    plans: tuple[Plan, ...]
    terms: PlanTerms | None
    invoices: tuple[InvoiceFact, ...]


def preview(portal: Portal, account_id: str, wish: Wish) -> ChangePreview:
    """Everything to see before the change, from the provider as it is now.

    Raises NotFound (no subscription, no such plan), BadInput, Conflict (it cannot be changed now, or is that already),
    GatewayUnavailable, PaymentRefused.
    """
    ground = look(portal, account_id)
    now = portal.clock() // SECOND * SECOND
    return preview_at(portal, account_id, wish, ground, max(now, ground.fact.period_start))[0]


def preview_at(
    portal: Portal, account_id: str, wish: Wish, ground: Ground, moment: int
) -> tuple[ChangePreview, Change]:
    """The same from a stated moment, with the change that the provider would be asked for."""
    if moment >= ground.fact.period_end:
        raise Conflict(RENEWING)
    if moment < ground.fact.period_start:
        raise Conflict(OFFER_CHANGED)
    _refuse_default(portal, wish)
    plan = plan_offers.wanted(ground.plans, ground.subscription, wish)
    change = _change(portal, ground, plan, wish, moment)
    plan_offers.refuse_nothing_new(ground.subscription, change.items, wish.when)
    return _shown(portal, account_id, wish, ground, plan, change), change


def wanted_items(ground: Ground, wish: Wish) -> tuple[tuple[str, int], ...] | None:
    """What the subscription would consist of; None when the wish names nothing that can be had."""
    try:
        plan = plan_offers.wanted(ground.plans, ground.subscription, wish)
        return plan_offers.items_of(plan, plan_offers.seats_wanted(plan, ground.subscription, wish))
    except Refused:
        return None


def look(portal: Portal, account_id: str) -> Ground:
    """All that a preview stands on, as it is now. Raises NotFound, GatewayUnavailable."""
    subscription, fact, terms = read_anew(portal, account_id)
    invoices = portal.gateway.invoices_of(subscription.id)
    return Ground(subscription, fact, subscriptions.known_plans(portal), terms, invoices)


def read_anew(portal: Portal, account_id: str) -> tuple[Subscription, SubscriptionFact, PlanTerms | None]:
    """The account's subscription as the provider has it now, and its plan. Raises NotFound, GatewayUnavailable."""
    found = subscriptions.current(portal, account_id)
    if found is None:
        subscriptions.refresh(portal, account_id)
        found = subscriptions.current(portal, account_id)
    if found is None:
        raise NotFound("There is no plan to change. Subscribe to one first.")
    fact = portal.gateway.subscription(found.id)
    record_now(portal, fact)
    mine = {each.id: (each, terms) for each, terms in subscriptions.holdings(portal, account_id)}
    seen, terms = mine.get(found.id, (found, None))
    return seen, fact, terms


def _assert_changeable(portal: Portal, ground: Ground) -> None:
    """Refuses while something stands open that a change would pile on. Raises Conflict."""
    owed = plan_offers.owed(ground.invoices, portal.clock())
    if owed is not None:
        due = Money(owed.due_minor - owed.paid_minor, owed.goods.currency)
        first = sentence("An invoice of {due} is not paid yet. Pay it first, then change the plan.", due=due)
        raise Conflict(first, invoice_url=owed.url, due=str(due.major), currency=due.currency)
    plan_offers.refuse_state(ground.subscription)


def _refuse_default(portal: Portal, wish: Wish) -> None:
    default = portal.catalogue.default_plan
    if default is not None and wish.plan == default.name:
        plain = sentence(
            "{plan} is what everybody has without a subscription: cancel your plan instead.", plan=default.title
        )
        raise Conflict(plain, field="plan")


def _change(portal: Portal, ground: Ground, plan: Plan, wish: Wish, moment: int) -> Change:
    _assert_changeable(portal, ground)
    settings, now = portal.settings.plan_change, wish.when is When.NOW
    trialing = ground.subscription.status == "trialing"
    paid = plan_offers.seats_wanted(plan, ground.subscription, wish)
    plan_offers.refuse_seats(portal.catalogue, plan, wish.seats)
    seats = assert_fit(portal, ground.subscription.account_id, plan.terms, wish.seats, paid or 0)
    return Change(
        subscription=ground.fact,
        plan_key=plan.key,
        items=plan_offers.items_of(plan, seats),
        interval=plan.interval,
        interval_count=plan.interval_count,
        when=wish.when,
        moment=moment,
        proration=settings.immediate_proration_behavior if now else settings.proration_behavior,
        collection=settings.collection_method,
        days_until_due=settings.days,
        reduction=reduction(portal, ground.fact.customer_ref, wish.promotion_code, wish.coupon),
        ends_trial=now and trialing,
        takes_end_back=now and trialing and ground.subscription.is_ending,
    )


def _shown(portal: Portal, account_id: str, wish: Wish, ground: Ground, plan: Plan, change: Change) -> ChangePreview:
    reckoned = portal.gateway.reckon(change)
    before = plan_offers.side_held(ground.plans, ground.subscription, ground.terms)
    after = plan_offers.side_of(plan, change.items)
    gains_now, gains_next = _gains(portal, account_id, ground, reckoned)
    gained, lost = feature_changes(portal.catalogue, before.terms, after.terms)
    with portal.database.read() as connection:
        used = places.used(connection, account_id)
    made = ChangePreview(
        token="",
        moment=change.moment,
        valid_until=change.moment + VALID_FOR,
        when=wish.when,
        effective_at=change.moment if wish.when is When.NOW else ground.fact.period_end,
        subscription_id=ground.subscription.id,
        before=before,
        after=after,
        now=reckoned.now,
        next=reckoned.next,
        gains_now=gains_now,
        gains_next=gains_next,
        features_gained=gained,
        features_lost=lost,
        limits=limit_changes(before.terms, after.terms, used),
        collection=Collection.SENT if change.is_sent else Collection.CHARGED,
        days_until_due=change.days_until_due if change.is_sent else None,
        reduction=change.reduction.name if change.reduction else None,
        ends_trial=change.ends_trial,
        drops_planned=ground.fact.planned is not None,
    )
    return replace(made, token=_token(account_id, wish, made, ground.fact))


def _gains(
    portal: Portal, account_id: str, ground: Ground, reckoned: Reckoned
) -> tuple[tuple[Gain, ...], tuple[Gain, ...]]:
    """What comes with the payment of the bill made at once, and of the one after it, by the rule that gives it then."""
    bills = (reckoned.now.lines if reckoned.now else (), reckoned.next.lines)
    coming = [tuple(each.line for each in lines) for lines in bills]
    found = foreseen(portal, account_id, ground.fact, ground.invoices, coming)
    at_once, next_time = (tuple(Gain(each.plan, each.credits, each.expires_at) for each in some) for some in found)
    return at_once, next_time


def _token(account_id: str, wish: Wish, made: ChangePreview, fact: SubscriptionFact) -> str:
    credits = [(each.plan, each.credits) for each in (*made.gains_now, *made.gains_next)]
    return token_of(
        made.moment, account_id, wish, made.subscription_id, fact.status, fact.items, fact.planned, made.before,
        made.after, made.now, made.next, credits, made.collection, made.reduction, made.ends_trial,
    )  # fmt: skip
