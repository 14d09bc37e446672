"""The counter and the receipt in the states that a browser is not needed for: Stripe away, slow banks, long waits."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from billing.recording import record_now
from billing.rules.catalog import Package
from billing.rules.errors import GatewayUnavailable
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.moments import DAY, SECOND
from billing.rules.money import Credits, Money
from billing.rules.orders import Order
from billing.store import accounts as account_rows
from pages.parts import settling
from tests.pages.visits import NUMBERS, Site, Visitor, until

NONCE = re.compile(r'nonce="[^"]+"')
STARTER = Package("starter", "price_starter", "Starter", "To try it.", Money(500, "USD"), Credits.whole(500))
EURO = replace(STARTER, key="euro", price_ref="price_euro", name="Europe", amount=Money(450, "EUR"))


@pytest.fixture
def on_sale(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Package]:
    """What Stripe would say is on sale; a test may change it."""
    packages = [STARTER]
    monkeypatch.setattr(site.world.portal.gateway, "packages", lambda: tuple(packages))
    return packages


class Till:
    """Stripe's answer about one payment, and how often it was asked for."""

    def __init__(self, order: Order, state: PaymentState, **changes: object) -> None:
        self.asked = 0
        fact = PaymentFact(state, order.payment_ref or "", order.amount, order.amount, order.created_at, False)
        self.fact = fact._replace(customer_ref=order.customer_ref, **changes)  # type: ignore[arg-type]

    def payment(self, _: str) -> PaymentFact:
        self.asked += 1
        return self.fact


def ordered(site: Site, buyer: Visitor) -> Order:
    """An open order of the buyer, whose payment Stripe knows."""
    number = next(NUMBERS)
    site.world.portal.till.write(lambda tx: account_rows.set_customer(tx, buyer.account_id, f"cus_{number}"))
    return site.world.order(buyer.account_id, f"pi_{number}", f"cus_{number}")


async def test_without_prices_there_is_an_error_and_no_default_price(site: Site) -> None:
    """The gateway of these tests points at a closed port, as Stripe on a bad day."""
    ada = site.visitor()
    await ada.open("/buy")
    await ada.should_see("The prices cannot be shown now.")
    await ada.should_see("Try again")
    await ada.should_not_see("Continue to payment")
    await ada.should_not_see("USD")


async def test_an_empty_catalogue_is_said(site: Site, on_sale: list[Package]) -> None:
    on_sale.clear()
    ada = site.visitor()
    await ada.open("/buy")
    await ada.should_see("Nothing is on sale at the moment.")


async def test_prices_of_one_currency_only_are_offered(site: Site, on_sale: list[Package]) -> None:
    on_sale[:] = [EURO, replace(STARTER, default=True)]
    ada = site.visitor()
    await ada.open("/buy")
    await ada.should_see("5.00 USD")
    await ada.should_not_see("4.50 EUR")


async def test_an_unfinished_purchase_is_brought_up_for_a_day(site: Site, on_sale: list[Package]) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    ordered(site, ada)
    site.world.clock.pass_by(-DAY - SECOND)
    ordered(site, bo)
    site.world.clock.pass_by(DAY + SECOND)
    await ada.open("/buy")
    await ada.should_see("You have a purchase under way.")
    await bo.open("/buy")
    await bo.should_see("Continue to payment")
    await bo.should_not_see("You have a purchase under way.")


async def test_when_stripe_goes_away_at_continue_the_person_is_told_and_may_press_again(
    site: Site, on_sale: list[Package]
) -> None:
    ada = site.visitor()
    await ada.open("/buy")
    for _ in range(2):
        ada.find("Continue to payment").click()
        await until(lambda: len(ada.notify.messages) > 0, seconds=5)
        ada.notify.messages.clear()
    await ada.should_see("Continue to payment")


async def test_a_long_wait_ends_with_a_reference_for_support(
    site: Site, on_sale: list[Package], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe says paid, but the amount is not the order's: nothing is credited, and the page must not keep silent."""
    ada = site.visitor()
    order = ordered(site, ada)
    on_sale[:] = [replace(STARTER, price_ref=order.price_ref)]
    stripe = Till(order, PaymentState.SUCCEEDED, received=Money(499, "USD"))
    monkeypatch.setattr(site.world.portal.gateway, "payment", stripe.payment)
    monkeypatch.setattr(settling, "SLOW_SECONDS", 0.2)
    monkeypatch.setattr(settling, "LOST_SECONDS", 0.6)
    await ada.open("/buy")
    ada.find("Continue to payment").click()
    await ada.should_see("takes longer than usual", retries=20)
    await ada.should_see(f"support can look it up under {order.id}.", retries=20)
    await ada.should_not_see("were added")
    assert str(site.world.balance(ada.account_id)) == "0"


async def test_a_receipt_asks_stripe_once_and_again_only_after_some_seconds(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = site.visitor()
    order = ordered(site, ada)
    stripe = Till(order, PaymentState.OPEN)
    monkeypatch.setattr(site.world.portal.gateway, "payment", stripe.payment)
    await ada.open(f"/receipt/{order.id}")
    await until(lambda: stripe.asked == 1, seconds=3)
    ada.find("Check my payment").click()
    await ada.should_see("Checked a moment ago.")
    assert stripe.asked == 1
    site.world.clock.pass_by(6 * SECOND)
    stripe.fact = stripe.fact._replace(state=PaymentState.SUCCEEDED)
    ada.find("Check my payment").click()
    await ada.should_see("500 credits were added to your balance.")
    assert stripe.asked == 2


async def test_a_receipt_fills_itself_when_the_bell_rings(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = site.visitor()
    order = ordered(site, ada)
    stripe = Till(order, PaymentState.OPEN)
    monkeypatch.setattr(site.world.portal.gateway, "payment", stripe.payment)
    await ada.open(f"/receipt/{order.id}")
    await ada.should_see("No payment has arrived yet.")
    settle(site, stripe.fact._replace(state=PaymentState.PROCESSING))
    await ada.should_see("The bank is still working on the payment.")
    settle(site, stripe.fact._replace(state=PaymentState.FAILED, failure_text="Your card was declined."))
    await ada.should_see("Your card was declined. No money was taken.")
    await ada.should_see("Try again")
    settle(site, stripe.fact._replace(state=PaymentState.SUCCEEDED))
    await ada.should_see("500 credits were added to your balance.")
    await ada.should_not_see("Check my payment")


async def test_an_unreachable_stripe_is_said_on_the_receipt_and_not_called_a_failure(site: Site) -> None:
    ada = site.visitor()
    order = ordered(site, ada)
    await ada.open(f"/receipt/{order.id}")
    with pytest.raises(GatewayUnavailable) as away:
        site.world.portal.gateway.payment(order.payment_ref or "")
    await ada.should_see(away.value.sentence, retries=20)
    await ada.should_see("No payment has arrived yet.")


async def test_rcp_2_a_foreign_receipt_is_the_same_404_as_an_unknown_one(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    order = ordered(site, ada)
    foreign, unknown = [await bo.http_client.get(f"/receipt/{each}") for each in (order.id, "ord_" + "0" * 20)]
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert NONCE.sub("", foreign.text) == NONCE.sub("", unknown.text)
    assert order.package_name not in foreign.text


def settle(site: Site, fact: PaymentFact) -> None:
    """What a webhook brings, by the same way."""
    record_now(site.world.portal, fact)
