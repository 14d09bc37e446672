"""What Stripe tells about changes: which lines are charged at once, what else a preview says, what is planned."""

from __future__ import annotations

from typing import Any

import pytest

from billing.gateways.changing import Change
from billing.gateways.stripe_previews import OTHERS, bill_of, is_at_once
from billing.gateways.stripe_schedules import planned_of, running_phase
from billing.gateways.stripe_values import Malformed
from billing.rules.bills import BillLine
from billing.rules.facts import InvoiceLine, PlannedChange, SubscriptionFact, SubscriptionItem
from billing.rules.moments import DAY, SECOND
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


def shown(total: int, *lines: dict[str, Any], more: bool = False, **fields: Any) -> dict[str, Any]:
    """A preview of an invoice as Stripe tells it."""
    rows = {"object": "list", "data": list(lines), "has_more": more}
    told = {"object": "invoice", "currency": "usd", "starting_balance": 0, "amount_due": total, "total": total}
    return {**told, "lines": rows, "discounts": [], **fields}


def row(amount: int, start: int, end: int, **fields: Any) -> dict[str, Any]:
    return {
        "object": "line_item", "description": "1 × New", "amount": amount, "quantity": 1,
        "period": {"start": start // SECOND, "end": end // SECOND},
        "parent": {"subscription_item_details": {"proration": False, "subscription": "sub_1"}},
        "pricing": {"price_details": {"price": "price_new", "product": "prod_1"}},
        **fields,
    }  # fmt: skip


def test_lines_beyond_those_that_are_shown_stand_together_and_none_is_lost() -> None:
    preview = shown(1500, row(900, RENEWS, LATER), more=True)
    found = bill_of(preview, changed(("price_new", 1)))
    assert [(each.text, each.total_minor) for each in found.lines] == [("1 × New", 900), (OTHERS, 600)]
    with pytest.raises(Malformed, match="sum of its lines"):
        bill_of(shown(1500, row(900, RENEWS, LATER)), changed(("price_new", 1)))


def test_what_takes_off_only_once_is_known_from_its_coupon() -> None:
    off = {"discount_amounts": [{"discount": "di_1", "amount": 300}]}
    coupon = {"id": "di_1", "end": None, "source": {"coupon": {"duration": "once"}}}
    found = bill_of(shown(600, row(900, RENEWS, LATER, **off), discounts=[coupon]), changed(("price_new", 1)))
    assert (found.lines[0].discount_minor, found.lines[0].passing_minor) == (300, 300)


def test_the_phase_after_the_one_that_runs_is_what_is_planned() -> None:
    phases = [
        {"start_date": 10, "end_date": 20, "items": [{"price": "price_had", "quantity": 1}]},
        {"start_date": 20, "end_date": 30, "items": [{"price": "price_new", "quantity": 3}, {"price": "price_use"}]},
    ]
    schedule = {"status": "active", "current_phase": {"start_date": 10, "end_date": 20}, "phases": phases}
    assert planned_of(schedule) == PlannedChange(20 * SECOND, (("price_new", 3), ("price_use", 0)))
    assert planned_of({**schedule, "phases": phases[:1]}) is None
    assert planned_of({**schedule, "status": "released"}) is None
    with pytest.raises(Malformed):
        planned_of({**schedule, "phases": "two"})


def test_the_phase_that_runs_keeps_its_trial_and_names_its_discounts() -> None:
    phase = {
        "start_date": 10, "end_date": 20, "trial_end": 15, "metadata": {"a": "b"},
        "discounts": [{"discount": {"id": "di_1"}, "coupon": "c_1", "promotion_code": None}, {"coupon": "c_2"}],
        "items": [],
    }  # fmt: skip
    schedule = {"status": "active", "current_phase": {"start_date": 10, "end_date": 20}, "phases": [phase]}
    kept = running_phase(schedule, [("price_had", 2), ("price_use", 0)])
    assert kept["items"] == [{"price": "price_had", "quantity": 2}, {"price": "price_use"}]
    assert kept["discounts"] == [{"discount": "di_1"}, {"coupon": "c_2"}]
    assert (kept["trial_end"], kept["metadata"]) == (15, {"a": "b"})
