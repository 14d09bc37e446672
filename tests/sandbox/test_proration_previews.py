"""`create_preview` says what a change, an end or a beginning will cost, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, Shop, only_item, open_shop, refusal

HOUR = 3600


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return open_shop(sandbox)


def _amounts(invoice: Any) -> list[int]:
    return [line.amount for line in invoice.lines.data]


@pytest.mark.parametrize("mode", ["flexible", "classic"])
@pytest.mark.parametrize(
    ("before", "after", "day", "second"),
    [
        ((999, 1), (1999, 1), 1, 1),
        ((999, 7), (999, 3), 13, 77_777),
        ((1, 1), (3, 5), 28, 86_399),
        ((123_457, 3), (33, 11), 7, 43_201),
    ],
)
def test_the_preview_is_what_the_update_costs(
    shop: Shop, mode: str, before: tuple[int, int], after: tuple[int, int], day: int, second: int
) -> None:
    price = shop.price(after[0])
    made = shop.subscribe(shop.price(before[0]), quantity=before[1], billing_mode={"type": mode})
    at = FEBRUARY + (day - 1) * DAY + second
    shop.until(at)
    change = {
        "items": [{"id": only_item(made).id, "price": price, "quantity": after[1]}],
        "proration_behavior": "always_invoice",
        "proration_date": at - 1,
    }
    preview = shop.v1.invoices.create_preview({"subscription": made.id, "subscription_details": change})
    assert shop.now(made.id).latest_invoice == made.latest_invoice
    real = shop.v1.subscriptions.update(made.id, {**change, "expand": ["latest_invoice"]}).latest_invoice
    assert (preview.total, preview.amount_due, sorted(_amounts(preview))) == (
        real.total,
        real.amount_due,
        sorted(_amounts(real)),
    )
    assert real.id != made.latest_invoice


def test_a_preview_without_a_change_is_the_next_renewal(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    ahead = shop.v1.invoices.create_preview({"subscription": made.id})
    assert (ahead.total, ahead.next_payment_attempt, ahead.billing_reason) == (2900, MARCH + HOUR, "upcoming")
    assert ahead.id.startswith("upcoming_in_")
    assert ahead.lines.data[0].period.start == MARCH
    change: Any = {"items": [{"id": only_item(made).id, "price": shop.price(5800)}], "proration_date": FEBRUARY}
    both = shop.v1.invoices.create_preview({"subscription": made.id, "subscription_details": change})
    assert sorted(_amounts(both)) == [-2900, 5800, 5800]
    lasting = {"subscription": made.id, "subscription_details": change, "preview_mode": "recurring"}
    assert shop.v1.invoices.create_preview(lasting).total == 5800
    assert shop.v1.invoices.list().data[0].id == made.latest_invoice


def test_a_preview_of_an_end(shop: Shop) -> None:
    made = shop.subscribe(shop.price(2900))
    shop.until(FEBRUARY + 9 * DAY)
    now = shop.v1.invoices.create_preview({"subscription": made.id, "subscription_details": {"cancel_now": True}})
    assert now.total == -2000
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.invoices.create_preview(
            {"subscription": made.id, "subscription_details": {"cancel_at_period_end": True}}
        )
    assert refusal(caught.value) == (404, "invoice_upcoming_none", None)


def test_a_preview_of_a_subscription_that_does_not_exist_yet(shop: Shop) -> None:
    details: Any = {"items": [{"price": shop.price(2900), "quantity": 2}]}
    coupon = shop.v1.coupons.create({"percent_off": 10, "duration": "once"}).id
    wish = {"customer": shop.customer, "subscription_details": details, "discounts": [{"coupon": coupon}]}
    preview = shop.v1.invoices.create_preview(wish)
    assert (preview.subtotal, preview.total) == (5800, 5220)
    nobody = shop.v1.invoices.create_preview({"subscription_details": details, "currency": "usd"})
    assert nobody.total == 5800
    extra: Any = [{"amount": -800, "currency": "usd", "description": "Welcome"}]
    assert shop.v1.invoices.create_preview({**wish, "discounts": [], "invoice_items": extra}).total == 5000
    assert shop.v1.subscriptions.list({"customer": shop.customer}).data == []
    assert shop.v1.coupons.retrieve(coupon).times_redeemed == 0
