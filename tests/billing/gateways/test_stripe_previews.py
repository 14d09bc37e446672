"""Previews of invoices: which of them a change makes at once, and which only when the plan is renewed."""

from __future__ import annotations

import pytest

from billing.gateways.changing import Change
from billing.gateways.stripe_previews import is_at_once
from billing.rules.bills import BillLine
from billing.rules.facts import InvoiceLine, SubscriptionFact, SubscriptionItem
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.plan_changes import Proration, When

NINE = Money(900, "USD")
BEGAN, RENEWS, LATER = 100 * DAY, 130 * DAY, 160 * DAY


def changed(*items: tuple[str, int]) -> Change:
    """From a plan of one price to these, halfway through its month."""
    had = (SubscriptionItem("si_1", "prod_1", "price_had", 1, NINE),)
    fact = SubscriptionFact(
        "sub_1", "cus_1", "active", "prod_1", "price_had", 1, NINE, "month", 1, BEGAN, RENEWS, BEGAN, BEGAN, items=had
    )  # fmt: skip
    return Change(fact, "new", items, "month", 1, When.NOW, 115 * DAY, Proration.ON_NEXT_INVOICE)


def line(price: str, start: int, end: int, minor: int = 900) -> BillLine:
    return BillLine(price, InvoiceLine(price, "prod_1", 1, minor, start, end, subscription_ref="sub_1"))


@pytest.mark.parametrize("minor", [0, 300])
def test_use_asked_for_afterwards_does_not_make_the_renewal_an_invoice_of_today(minor: int) -> None:
    change = changed(("price_new", 1), ("price_use", 0))
    lines = [line("price_new", RENEWS, LATER), line("price_use", BEGAN, RENEWS, minor)]
    assert not is_at_once(lines, change)


def test_a_period_that_begins_anew_is_invoiced_at_once() -> None:
    assert is_at_once([line("price_new", 115 * DAY, 145 * DAY)], changed(("price_new", 1)))
    assert not is_at_once([line("price_new", RENEWS, LATER)], changed(("price_new", 1)))
