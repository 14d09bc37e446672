"""Subscriptions: what an account is subscribed to, and what that opens. purchases, subscribing and doors call it.

The provider has the truth, rows are how it was last seen.
"""

from __future__ import annotations

from billing import accounts
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import Forbidden
from billing.rules.plans import PlanTerms
from billing.rules.subscriptions import Plan, Subscription, counting, opens, plan_of, serves, why_closed
from billing.store import subscriptions as snapshots

_NEEDED = {"any": "an active subscription", "month": "an active monthly subscription", "year": "an active yearly one"}


def current(portal: Portal, account_id: str) -> Subscription | None:
    """The subscription that counts for this portal's product: the newest one that opens, else the newest alive."""
    return counting(owned(portal, account_id))


def history(portal: Portal, account_id: str) -> list[Subscription]:
    """Every subscription the account ever had as it was last seen, newest first."""
    with portal.database.read() as connection:
        return snapshots.of_account(connection, account_id)


def owned(portal: Portal, account_id: str) -> list[Subscription]:
    """Those of what this portal sells, in its mode: the provider's account may sell other things as well."""
    live, products = portal.settings.mode == "live", _products(portal)
    every = history(portal, account_id)
    return [each for each in every if each.livemode == live and (not products or each.product_refs & products)]


def are_offered(portal: Portal) -> bool:
    """Whether there is anything to subscribe to, or to need: it decides whether people see a page about plans."""
    settings, stripe = portal.settings, portal.settings.stripe
    named = stripe.subscription_product or stripe.plan_lookup_keys or stripe.plan_prices
    return (
        bool(named or settings.catalog.plans or settings.catalog.plan_files)
        or settings.purchase.needs_subscription != "none"
    )


def plans(portal: Portal) -> tuple[Plan, ...]:
    """What can be subscribed to, cheapest first. Raises GatewayUnavailable."""
    return tuple(each for each in known_plans(portal) if each.on_sale)


def known_plans(portal: Portal) -> tuple[Plan, ...]:
    """The same with the retired ones, which somebody may still have. Raises GatewayUnavailable."""
    return portal.gateway.plans() if are_offered(portal) else ()


def plan_of_account(portal: Portal, account_id: str) -> Plan | None:
    """The plan of the subscription that counts, found by its products and its rhythm. Raises GatewayUnavailable."""
    found = current(portal, account_id)
    return None if found is None else plan_of(known_plans(portal), found)


def terms_of_account(portal: Portal, account_id: str) -> PlanTerms | None:
    """What the account may do now: the terms of the plan that is paid for, else of the default plan.

    Raises GatewayUnavailable.
    """
    found = current(portal, account_id)
    plan = plan_of_account(portal, account_id) if found is not None and opens(found) else None
    if plan is None:
        return portal.catalogue.default_plan
    return plan.terms or portal.catalogue.plan(plan.key)


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
    paid_otherwise = "Yours is charged at another interval." if any(opens(each) for each in found) else ""
    sentence = f"Buying credits needs {_NEEDED[needed]}. {paid_otherwise or why_closed(found)}"
    raise Forbidden(sentence.strip(), subscribe=f"{portal.settings.public_url}/plan")


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


def _products(portal: Portal) -> frozenset[str]:
    """The products whose subscriptions count; empty: any."""
    stripe, named = portal.settings.stripe, portal.settings.stripe.subscription_product
    own = frozenset({named} if named else ())
    by_price = (stripe.plan_lookup_keys or stripe.plan_prices) and not named
    if by_price or portal.settings.catalog.plan_files:
        return own.union(*(each.product_refs for each in portal.gateway.plans()))
    return own
