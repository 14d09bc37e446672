"""Wares: which product of the catalogue a price at the provider is, and so of which plan a subscription is.

Anyone may import it; pure decisions. The provider knows prices, the catalogue knows plans; this is the way between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from billing.rules.facts import InvoiceLine
from billing.rules.plan_credits import Billed, PlanOf, Sold
from billing.rules.plans import Catalogue, PlanTerms, Usage, subscribed_products
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


def lines_sold(of: Catalogue, wares: Wares, lines: Sequence[InvoiceLine]) -> PlanOf:
    """Which plan each of these lines of one invoice pays for.

    The product decides when one plan alone has it; a shared one counts for the plan whose products stand beside it, and
    a share of it for none. What is metered, and what somebody wrote on an invoice by hand, pays for no plan.
    """
    sold = {line: ware for line in lines if (ware := _sold(line, wares)) is not None}

    def plan_of(line: InvoiceLine) -> Sold | None:
        ware = sold.get(line)
        if ware is None:
            return None
        period = (line.period_start, line.period_end)
        beside = (other.product for each, other in sold.items() if (each.period_start, each.period_end) == period)
        plan = _plan(of, ware, frozenset() if line.proration else frozenset(beside))
        interval = ware.interval or next(iter(plan.intervals if plan else ()), "")
        if plan is None or not interval:
            return None
        free = not any(price.minor for every, price in of.prices_of(plan) if every == interval)
        return Sold(plan, interval, ware.interval_count, free=free)

    return plan_of


def billed(lines: Iterable[InvoiceLine], wares: Wares) -> Billed:
    """The whole periods that these lines, of whichever invoices, are for. A trial is none."""
    sold = ((line, _sold(line, wares)) for line in lines if not line.proration and line.amount_minor > 0)
    return Billed(
        {(ware.interval, ware.interval_count, line.period_end): line.period_start for line, ware in sold if ware}
    )


def paid_ahead(of: Catalogue, plan: PlanTerms, interval: str) -> frozenset[str]:
    """The names of those that are paid ahead in this rhythm: what stands on an invoice for the coming period."""
    products = (each for each in of.products_of(plan) if each.is_subscribed)
    return frozenset(
        each.name
        for each in products
        if any(price.usage is Usage.LICENSED for price in each.prices_every(interval) or each.prices)
    )


def _sold(line: InvoiceLine, wares: Wares) -> Ware | None:
    ware = wares.get(line.price_ref or "")
    return None if ware is None or ware.metered or line.subscription_ref is None else ware


def _plan(of: Catalogue, ware: Ware, beside: frozenset[str]) -> PlanTerms | None:
    made = [(plan, paid_ahead(of, plan, ware.interval)) for plan in of.plans]
    having = [(plan, names) for plan, names in made if ware.product in names]
    exact = [(plan, names) for plan, names in having if ware.interval in plan.intervals] or having
    alone = exact if len(exact) == 1 else [(plan, names) for plan, names in exact if names == beside]
    return alone[0][0] if len(alone) == 1 else None
