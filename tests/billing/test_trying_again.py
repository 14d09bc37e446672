"""Trying again at the same order: after a bank debit that failed days later, and from another address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from billing import accounts, duties, purchases
from billing.purchases import Buyer
from billing.recording import record_now
from billing.rules.errors import NotFound
from billing.rules.moments import DAY
from billing.rules.money import Credits, Money
from billing.rules.orders import OrderState, Surface
from billing.rules.tax import Address
from billing.rules.texts import new_id
from billing.store import orders as rows
from tests.billing.test_purchases import KEY, STARTER, Shop, stripe_url
from tests.world.databases import Databases, migrated
from tests.world.portals import open_world

__all__ = ["stripe_url"]

FAILS_LATER = "DE62370400440532013001"


@pytest.fixture
def shop(databases: Databases, stripe_url: str) -> Iterator[Shop]:
    """A shop that sells in euros, so that a bank account can pay, and computes taxes."""
    httpx.post(f"{stripe_url}/_sandbox/reset", json={}, timeout=20).raise_for_status()
    url = databases.prepared("schema", migrated)
    with open_world(url, SCRIP_STRIPE__API_BASE=stripe_url, SCRIP_TAX__AUTOMATIC="true") as world:
        world.portal.gateway.publish_packages([replace(STARTER, amount=Money(500, "EUR"))])
        yield Shop(world, stripe_url, Buyer("usr_ada", world.account("Ada")))


def hosted(shop: Shop) -> purchases.Checkout:
    return purchases.begin(shop.world.portal, shop.buyer, "starter", surface=Surface.HOSTED)


def control(shop: Shop, path: str, **body: Any) -> None:
    httpx.post(f"{shop.url}/_sandbox/{path}", json=body, timeout=20).raise_for_status()


def test_after_a_debit_failed_at_checkout_the_order_is_paid_in_a_new_checkout(shop: Shop) -> None:
    first = hosted(shop)
    control(shop, f"sessions/{first.order.session_ref}/complete", card=FAILS_LATER, address={"country": "DE"})
    control(shop, f"sessions/{first.order.session_ref}/bank?outcome=fail")
    shop.world.clock.pass_by(4 * DAY)
    second = hosted(shop)
    assert second.order.id == first.order.id
    assert second.url
    assert second.order.session_ref != first.order.session_ref
    control(shop, f"sessions/{second.order.session_ref}/complete", address={"country": "DE"})
    after = purchases.confirm(shop.world.portal, shop.buyer.account_id, first.order.id)
    assert (after.state, after.tax_minor, shop.balance) == (OrderState.CREDITED, 95, Credits.whole(500))


def test_an_address_elsewhere_with_the_same_sum_is_linked_to_the_payment(shop: Shop) -> None:
    """Germany and Cyprus both take 19 %, but each wants it told."""
    linked = []
    for country in ("DE", "CY"):
        quote = purchases.quote(shop.world.portal, shop.buyer, "starter", Address.of(country=country))
        assert quote.added == Money(95, "EUR")
        order = purchases.begin(shop.world.portal, shop.buyer, "starter", surface=Surface.ELEMENTS, tax=quote).order
        payment = httpx.get(
            f"{shop.url}/v1/payment_intents/{order.payment_ref}", headers={"Authorization": f"Bearer {KEY}"}, timeout=20
        ).json()
        linked.append(payment["hooks"]["inputs"]["tax"]["calculation"] == quote.tax_ref)
        assert payment["amount"] == 595
    assert linked == [True, True]


def test_an_order_never_opened_for_what_is_sold_no_more_is_given_up(shop: Shop) -> None:
    """Its first try was never answered, and meanwhile the same price gives other credits."""
    begun = hosted(shop).order
    moved = replace(begun, id=new_id("ord"), credits=Credits.whole(400), state=OrderState.NEW, session_ref=None)
    stale = replace(moved, payer_id=shop.world.account("Bo"), idempotency_key="scrip:stale")
    shop.world.portal.till.write(lambda tx: rows.add(tx, stale))
    buyer = replace(shop.buyer, payer_id=stale.payer_id)
    fresh = purchases.begin(shop.world.portal, buyer, "starter", surface=Surface.HOSTED).order
    assert (fresh.id != stale.id, fresh.credits, fresh.state) == (True, STARTER.credits, OrderState.OPEN)
    assert purchases.order(shop.world.portal, stale.account_id, stale.id).state is OrderState.CANCELED


def test_a_package_in_two_currencies_is_bought_in_the_one_that_was_chosen(shop: Shop) -> None:
    price = shop.world.portal.gateway.packages()[0].price_ref
    given = {"currency_options[usd][unit_amount]": "550"}
    headers = {"Authorization": f"Bearer {KEY}"}
    httpx.post(f"{shop.url}/v1/prices/{price}", data=given, headers=headers, timeout=20).raise_for_status()
    shop.world.portal.gateway.packages(fresh=True)
    for currency, amount in (("USD", Money(550, "USD")), ("EUR", Money(500, "EUR")), (None, Money(500, "EUR"))):
        where = {"surface": Surface.HOSTED, "currency": currency}
        begun = purchases.begin(shop.world.portal, shop.buyer, "starter", **where).order  # type: ignore[arg-type]
        assert (begun.amount, begun.price_ref) == (amount, price)
    with pytest.raises(NotFound):
        purchases.begin(shop.world.portal, shop.buyer, "starter", currency="CHF")


def test_a_second_payment_of_one_order_is_refunded_once_and_told(shop: Shop) -> None:
    """Stripe took the order's checkout and another payment that names the order: the first credits, the second goes."""
    order = hosted(shop).order
    control(shop, f"sessions/{order.session_ref}/complete", address={"country": "DE"})
    credited = purchases.confirm(shop.world.portal, shop.buyer.account_id, order.id)
    asked = {"amount": str(credited.total.minor), "currency": "eur", "customer": str(credited.customer_ref)}
    form = {**asked, "metadata[scrip_order]": order.id, "payment_method": "pm_card_visa", "confirm": "true"}
    given = form | {"return_url": "https://example.org/back"}
    headers = {"Authorization": f"Bearer {KEY}"}
    second = httpx.post(f"{shop.url}/v1/payment_intents", data=given, headers=headers, timeout=20).json()
    record_now(shop.world.portal, shop.world.portal.gateway.payment(second["id"]))
    assert [duties.work(shop.world.portal) for _ in range(2)] == [1, 0]
    refunds = httpx.get(f"{shop.url}/v1/refunds", headers=headers, timeout=20).json()["data"]
    assert [(each["payment_intent"], each["amount"]) for each in refunds] == [(second["id"], credited.total.minor)]
    assert shop.balance == Credits.whole(500)
    told = accounts.history(shop.world.portal, shop.buyer.account_id)[0]
    assert (told.action, told.after) == ("duty.refund", "done")
