"""The credits that come with the payment of an invoice to come. Only plan_previews calls it.

They follow the lines of the invoice by the very rule that gives them when it is paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from billing.rules.bills import Bill
from billing.rules.plan_changes import Gain
from billing.rules.plan_credits import earned
from billing.rules.plans import PlanTerms
from billing.rules.subscriptions import Plan


def gains_of(bill: Bill, plans: Iterable[Plan]) -> tuple[Gain, ...]:
    """What the account gets when this bill is paid."""
    terms = terms_by_price(plans)
    found = earned([each.line for each in bill.lines], lambda line: terms.get(line.price_ref or ""))
    return tuple(Gain(each.plan, each.credits, each.expires_at) for each in found)


def terms_by_price(plans: Iterable[Plan]) -> Mapping[str, PlanTerms]:
    """The plan each price is of."""
    found: dict[str, PlanTerms] = {}
    for plan in plans:
        for price in [item.price_ref for item in plan.items] or [plan.price_ref]:
            if plan.terms is not None:
                found[price] = plan.terms
    return found
