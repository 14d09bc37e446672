"""Standing: which plan an account is on, from the subscriptions as they were last seen. entitlements calls it.

Rows decide, so that a question is one reading and a place is given in the transaction that knows the plan. Only what
rows cannot say is asked of the provider, and never inside a transaction: `learn`, then read again.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from billing import subscriptions
from billing.portal import Portal
from billing.rules.entitlements import Offer, Tier, tier_of
from billing.rules.errors import GatewayUnavailable
from billing.rules.subscriptions import Subscription, opens, why_closed
from billing.store import places
from billing.store import subscriptions as snapshots

log = structlog.get_logger("standing")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the provider was asked during one question: prices that are no plan of ours, and whether it was reread."""

    foreign: frozenset[str] = frozenset()
    reread: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan that counts now. `closed` says why a subscription that has not ended opens nothing.

    `unknown` are prices nobody has asked about yet, `is_stale` says that a paid time is over and its renewal not told.
    """

    tier: Tier | None
    closed: str
    unknown: frozenset[str]
    is_stale: bool

    @property
    def is_certain(self) -> bool:
        """Whether rows say it all."""
        return not self.unknown and not self.is_stale


def offer(portal: Portal) -> Offer:
    """The plans of this portal as far as they allow something."""
    catalog = portal.settings.catalog
    return Offer(tuple(each.tier for each in catalog.plans), catalog.default_plan, f"{portal.settings.public_url}/plan")


def of(portal: Portal, connection: Connection, account_id: str, offered: Offer, heard: Heard) -> Standing:
    """How the account stands in this state of the database, given what was `heard` of the provider."""
    mine = [each for each in snapshots.of_account(connection, account_id) if _is_ours(portal, each)]
    prices = {each.price_ref for each in mine if each.is_open}
    plans = places.plans_of_prices(connection, prices) | _named(portal)
    tier = tier_of(offered, mine, plans)
    opened = any(opens(each) and offered.tier(plans.get(each.price_ref, "")) for each in mine)
    return Standing(
        tier=tier,
        closed="" if opened else why_closed(each for each in mine if each.is_open and not opens(each)),
        unknown=frozenset(each.price_ref for each in mine if opens(each)) - plans.keys() - heard.foreign,
        is_stale=not heard.reread and any(_is_stale(each, portal.clock()) for each in mine),
    )


def learn(portal: Portal, account_id: str, uncertain: Standing, heard: Heard) -> Heard:
    """Asks the provider what rows could not say, and adds what it answered to what was `heard`.

    Raises GatewayUnavailable when a plan cannot be known: whoever pays for one must not be treated as if on none.
    """
    if uncertain.is_stale:
        try:
            subscriptions.refresh(portal, account_id)
        except GatewayUnavailable:
            # The last word of the provider holds until it can be asked again.
            log.warning("a subscription could not be read again", account=account_id)
    keys = {price: portal.gateway.plan_key(price) for price in uncertain.unknown}
    found = {price: key for price, key in keys.items() if key is not None}
    if found:
        portal.till.write(lambda tx: places.remember_prices(tx, found, portal.clock()))
    return Heard(heard.foreign | uncertain.unknown - found.keys(), heard.reread or uncertain.is_stale)


def _is_ours(portal: Portal, each: Subscription) -> bool:
    """In this portal's mode, and of the product it sells when it names one."""
    product = portal.settings.stripe.subscription_product
    return each.livemode == (portal.settings.mode == "live") and (not product or each.product_ref == product)


def _named(portal: Portal) -> dict[str, str]:
    """Prices that the settings themselves name."""
    return {price: key for key, price in portal.settings.stripe.plan_prices.items()}


def _is_stale(each: Subscription, now: int) -> bool:
    return opens(each) and each.read_at < each.period_end <= now
