"""Wares: which product of the catalogue a price at the provider is, and so of which plan a subscription is.

Anyone may import it; pure decisions. The provider knows prices, the catalogue knows plans; this is the way between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from billing.rules.plans import Catalogue, PlanTerms, subscribed_products
from billing.rules.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Ware:
    """What a price was sold as: a product by its name in the catalogue. An empty `interval`: nobody has looked yet.

    A plan that is only listed in the settings is one product of its own name.
    """

    product: str
    interval: str = ""
    interval_count: int = 1
    metered: bool = False


Wares = Mapping[str, Ware]
"""What is known of prices, by the provider's ids of them."""


def prices_of(subscription: Subscription) -> frozenset[str]:
    """Every price it is charged by."""
    return frozenset(item.price_ref for item in subscription.items) or frozenset({subscription.price_ref})


def plan_sold(of: Catalogue, price_refs: Iterable[str], wares: Wares) -> PlanTerms | None:
    """The plan that just these prices make up; whatever is no ware of ours beside them does not count.

    A price may have been made by hand in another rhythm than the catalogue says: then its products alone decide, as
    long as they are those of one plan.
    """
    sold = [wares[each] for each in price_refs if each in wares]
    names = frozenset(ware.product for ware in sold)
    exact = (of.plan_of(names, ware.interval) for ware in sold if ware.interval_count == 1)
    found = next((plan for plan in exact if plan is not None), None)
    if found is not None:
        return found
    alike = [plan for plan in of.plans if names and subscribed_products(of, plan) == names]
    return alike[0] if len(alike) == 1 else None
