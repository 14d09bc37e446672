"""Subscriptions: what an account is subscribed to, and what that opens. purchases, subscribing and doors call it.

The provider has the truth, rows are how it was last seen.
"""

from __future__ import annotations

from dataclasses import replace

from billing import accounts, wares
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import Forbidden
from billing.rules.plans import PlanTerms
from billing.rules.sentences import sentence, together
from billing.rules.subscriptions import Plan, Subscription, counting, opens, serves, why_closed
from billing.rules.wares import prices_of
from billing.store import subscriptions as snapshots

_NEEDED = {
    "any": sentence("Buying credits needs an active subscription."),
    "month": sentence("Buying credits needs an active monthly subscription."),
    "year": sentence("Buying credits needs an active yearly one."),
}
_OTHERWISE = sentence("Yours is charged at another interval.")


def current(portal: Portal, account_id: str) -> Subscription | None:
    """The subscription that counts for what this portal sells: the newest one that opens, else the newest alive."""
    return counting(owned(portal, account_id))


def current_with_plan(portal: Portal, account_id: str) -> tuple[Subscription | None, PlanTerms | None]:
    """The same with the plan it is of, as far as the catalogue names it. Raises as `owned` does."""
    mine = {each.id: (each, plan) for each, plan in holdings(portal, account_id)}
    found = counting(each for each, _ in mine.values())
    return (None, None) if found is None else mine[found.id]


def history(portal: Portal, account_id: str) -> list[Subscription]:
    """Every subscription the account ever had as it was last seen, newest first."""
    with portal.database.read() as connection:
        return snapshots.of_account(connection, account_id)


def owned(portal: Portal, account_id: str) -> list[Subscription]:
    """Those of what this portal sells, newest first. Raises GatewayUnavailable when nobody knows yet what one is of."""
    return [each for each, _ in holdings(portal, account_id)]


def holdings(portal: Portal, account_id: str) -> list[tuple[Subscription, PlanTerms | None]]:
    """The same with the plan that each is of, which may be sold no more. Raises as `owned` does."""
    with portal.database.read() as connection:
        every = snapshots.of_account(connection, account_id)
        known = wares.known(portal, connection, {price for each in every for price in prices_of(each)})
    if unsure := wares.unsure(portal, every, known):
        known |= wares.learned(portal, unsure)
    mine = (each for each in every if wares.is_ours(portal, each, known))
    return [(each, wares.plan_of(portal, each, known)) for each in mine]


def are_offered(portal: Portal) -> bool:
    """Whether there is anything to subscribe to, or to need: it decides whether people see a page about plans."""
    settings, stripe = portal.settings, portal.settings.stripe
    named = stripe.subscription_product or stripe.plan_lookup_keys or stripe.plan_prices
    return (
        bool(named or settings.catalog.plans or settings.catalog.plan_files)
        or settings.purchase.needs_subscription != "none"
    )


def plans(portal: Portal) -> tuple[Plan, ...]:
    """What can be subscribed to, cheapest first; not what is had without subscribing. Raises GatewayUnavailable."""
    default = portal.catalogue.default_plan
    return tuple(each for each in known_plans(portal) if each.on_sale and (each.terms is None or each.terms != default))


def known_plans(portal: Portal) -> tuple[Plan, ...]:
    """The same with the retired ones, which somebody may still have. Raises GatewayUnavailable."""
    return tuple(_with_terms(portal, each) for each in portal.gateway.plans()) if are_offered(portal) else ()


def assert_open(portal: Portal, account_id: str) -> None:
    """The gate before a purchase of credits for this account; no row of ours, no state we do not know, opens it.

    Raises Forbidden, with the reason and in `details["subscribe"]` the address where to subscribe; NotFound and
    GatewayUnavailable. Before it refuses it asks the provider once: a late webhook must not refuse who has paid.
    """
    needed = portal.settings.purchase.needs_subscription
    if needed == "none" or _is_open(portal, account_id, needed, portal.clock()):
        return
    asked_at = portal.clock()
    refresh(portal, account_id)
    if _is_open(portal, account_id, needed, asked_at):
        return
    found = owned(portal, account_id)
    why = _OTHERWISE if any(opens(each) for each in found) else why_closed(found)
    raise Forbidden(together(_NEEDED[needed], why), subscribe=f"{portal.settings.public_url}/plan")


def refresh(portal: Portal, account_id: str) -> None:
    """Reads the account's subscriptions from the provider and records them. Raises NotFound, GatewayUnavailable."""
    customer_ref = accounts.view(portal, account_id).customer_ref
    if customer_ref is None:
        return
    ended = {each.id for each in history(portal, account_id) if not each.is_open}
    for fact in portal.gateway.subscriptions_of(customer_ref):
        # What has ended never changes again.
        if fact.subscription_ref not in ended:
            record_now(portal, fact)


def _is_open(portal: Portal, account_id: str, needed: str, since: int) -> bool:
    """Whether a snapshot opens it: one for a time that is still running, or one that was read after `since`.

    When the paid time is over the provider has renewed it or has not; the old snapshot cannot know.
    """
    return any(
        opens(each) and serves(each, None, needed) and (each.period_end > since or each.read_at >= since)
        for each in owned(portal, account_id)
    )


def _with_terms(portal: Portal, plan: Plan) -> Plan:
    """What a plan gives and allows, the portal's catalogue says; the provider's copy where that does not name it."""
    if plan.terms is None and plan.key not in {each.key for each in portal.settings.catalog.plans}:
        return plan
    named = portal.catalogue.plan(plan.terms.name if plan.terms else plan.key)
    return plan if named is None else replace(plan, terms=named)
