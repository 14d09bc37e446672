"""Wares: which prices are of this portal's plans, and which subscriptions therefore are its own.

Rows say it; what they do not know is asked of the provider, never inside a transaction. standing, subscriptions and
whatever records invoices call it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from billing.portal import Portal
from billing.rules.facts import SubscriptionFact
from billing.rules.plans import PlanTerms
from billing.rules.subscriptions import Subscription, snapshot_of
from billing.rules.wares import Ware, Wares, plan_sold, prices_of
from billing.store import wares as rows

NONE: frozenset[str] = frozenset()


def known(portal: Portal, connection: Connection, price_refs: Iterable[str]) -> dict[str, Ware]:
    """What is known of these prices without asking anybody; prices that the settings name are known by their names."""
    wanted = frozenset(price_refs)
    named = {price: Ware(key) for key, price in portal.settings.stripe.plan_prices.items() if price in wanted}
    return rows.known(connection, wanted) | named


def learn(portal: Portal, price_refs: Iterable[str]) -> frozenset[str]:
    """Asks the provider what these prices are and remembers it. The answer: those that are none of ours.

    Raises GatewayUnavailable.
    """
    asked = {price: portal.gateway.ware(price) for price in sorted(set(price_refs))}
    found = {price: ware for price, ware in asked.items() if ware is not None}
    if found:
        portal.till.write(lambda tx: rows.remember(tx, found, portal.clock()))
    return frozenset(asked) - found.keys()


def learned(portal: Portal, price_refs: Iterable[str]) -> dict[str, Ware]:
    """All there is to know of these prices; the provider is asked about those nobody has seen. Raises as `learn`."""
    wanted = frozenset(price_refs)
    found = _read(portal, wanted)
    missing = wanted - found.keys()
    return found if missing == learn(portal, missing) else _read(portal, wanted)


def is_ours(portal: Portal, each: Subscription, wares: Wares) -> bool:
    """Whether it is of what this portal sells, in its mode: the provider's account may sell other things as well.

    A portal that names nothing of what it sells takes every subscription for its own.
    """
    if each.livemode != (portal.settings.mode == "live"):
        return False
    product = portal.settings.stripe.subscription_product
    if (product and product in each.product_refs) or not prices_of(each).isdisjoint(wares):
        return True
    return not (product or _is_named_by_price(portal))


def unsure(portal: Portal, every: Iterable[Subscription], wares: Wares, foreign: frozenset[str] = NONE) -> set[str]:
    """The prices that must be asked about before `is_ours` is certain of these."""
    if not _is_named_by_price(portal):
        return set()
    live = portal.settings.mode == "live"
    doubtful = (each for each in every if each.livemode == live and not is_ours(portal, each, wares))
    return {price for each in doubtful for price in prices_of(each)} - foreign


def recognises(portal: Portal, fact: SubscriptionFact) -> bool:
    """Whether what was just read is ours; its prices are known from now on. Raises GatewayUnavailable."""
    each = snapshot_of(fact, "")
    return is_ours(portal, each, learned(portal, prices_of(each)))


def plan_of(portal: Portal, each: Subscription, wares: Wares) -> PlanTerms | None:
    """The plan it is of, retired ones too; the one answer for pages, doors, limits and credits."""
    return plan_sold(portal.catalogue, prices_of(each), wares)


def _read(portal: Portal, price_refs: frozenset[str]) -> dict[str, Ware]:
    with portal.database.read() as connection:
        return known(portal, connection, price_refs)


def _is_named_by_price(portal: Portal) -> bool:
    """Whether a product's id alone does not say what is sold here."""
    stripe = portal.settings.stripe
    return bool(stripe.plan_lookup_keys or stripe.plan_prices or portal.settings.catalog.plan_files)
