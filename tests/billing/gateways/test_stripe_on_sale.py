"""What is on sale at Stripe by product, price and lookup keys, in every currency; and how it is published, tax too."""

from __future__ import annotations

from dataclasses import replace

import pytest
import structlog

from billing.rules.money import Credits, Money
from tests.billing.gateways.counters import HOSTED, PRODUCT, USUAL, Counter

TEN = {"unit_amount": 1050, "currency": "usd"}


def new_price(counter: Counter, **more: object) -> str:
    wanted = {**TEN, "product_data": {"name": "Credits"}, **more}
    if "product" in more:
        del wanted["product_data"]
    return str(counter.v1.prices.create(wanted).id)


def sold(counter: Counter, **changes: object) -> list[tuple[str, Money, Credits]]:
    packages = counter.other(product="", **changes).packages()
    return [(each.price_ref, each.amount, each.credits) for each in packages]


def test_a_single_price_is_all_there_is_to_buy(counter: Counter) -> None:
    price = new_price(counter)
    new_price(counter, metadata={"credits": "5"})
    assert sold(counter, price=price, credits_from="amount") == [(price, Money(1050, "USD"), Credits.of("10.5"))]


def test_credits_by_amount_are_exact_in_every_currency_scale(counter: Counter) -> None:
    currencies = {"jpy": {"unit_amount": 1200}, "kwd": {"unit_amount": 3250}}
    price = new_price(counter, currency_options=currencies)
    assert sold(counter, price=price, credits_from="amount") == [
        (price, Money(1200, "JPY"), Credits.whole(1200)),
        (price, Money(3250, "KWD"), Credits.of("3.25")),
        (price, Money(1050, "USD"), Credits.of("10.5")),
    ]


def test_without_credits_by_amount_a_bare_price_says_too_little_to_be_sold(counter: Counter) -> None:
    assert sold(counter, price=new_price(counter)) == []


def test_prices_are_found_by_their_lookup_keys_however_many(counter: Counter) -> None:
    prices = {new_price(counter, unit_amount=100 + number, lookup_key=f"p{number}") for number in range(12)}
    new_price(counter, lookup_key="other")
    found = sold(counter, lookup_keys=tuple(f"p{number}" for number in range(12)), credits_from="amount")
    assert {reference for reference, _amount, _credits in found} == prices


def test_every_currency_of_a_price_is_a_package_under_one_key_and_can_be_bought(counter: Counter) -> None:
    counter.v1.products.create({"id": PRODUCT, "name": "Credits"})
    price = new_price(
        counter,
        product=PRODUCT,
        metadata={"key": "ten", "credits": "10"},
        currency_options={"eur": {"unit_amount": 990}},
    )
    euro, dollar = counter.gateway.packages()
    assert (euro.key, dollar.key, euro.price_ref, dollar.price_ref) == ("ten", "ten", price, price)
    assert (euro.amount, dollar.amount, euro.credits) == (Money(990, "EUR"), Money(1050, "USD"), dollar.credits)
    payable = replace(counter.payable(package=replace(USUAL, key="ten")), amount=euro.amount)
    opened = counter.gateway.open_checkout(payable, HOSTED)
    assert counter.pay(opened) is None
    fact = counter.gateway.checkout(opened.session_ref)
    assert (fact.amount, fact.received, fact.items) == (Money(990, "EUR"), Money(990, "EUR"), ((price, 1),))


@pytest.mark.parametrize("what", ["archived price", "archived product", "recurring", "unknown"])
def test_what_must_not_be_sold_is_not_though_it_is_named(counter: Counter, what: str) -> None:
    recurring = {"recurring": {"interval": "month"}} if what == "recurring" else {}
    price = new_price(counter, **recurring)
    if what == "archived price":
        counter.v1.prices.update(price, {"active": False})
    if what == "archived product":
        counter.sandbox.told(f"products/{counter.v1.prices.retrieve(price).product}/archive")
    named = "price_unknown" if what == "unknown" else price
    assert sold(counter, price=named, credits_from="amount") == []


def test_a_price_of_another_product_is_left_out_and_said_so(counter: Counter) -> None:
    price = new_price(counter, lookup_key="foreign")
    for changes in ({"price": price}, {"lookup_keys": ("foreign",)}):
        gateway = counter.other(credits_from="amount", **changes)
        with structlog.testing.capture_logs() as logs:
            assert gateway.packages() == ()
        assert [(line["event"], line["why"]) for line in logs] == [("price_left_out", "it belongs to another product")]


@pytest.mark.parametrize(("behavior", "shown"), [("", "unspecified"), ("inclusive",) * 2, ("exclusive",) * 2])
def test_published_prices_say_whether_they_include_the_tax(counter: Counter, behavior: str, shown: str) -> None:
    gateway = counter.other(tax_behavior=behavior, tax_code="txcd_10000000")
    gateway.publish_packages([USUAL])
    price = counter.v1.prices.retrieve(gateway.packages()[0].price_ref)
    assert price.tax_behavior == shown
    assert counter.v1.products.retrieve(PRODUCT).tax_code == "txcd_10000000"


def test_other_tax_settings_are_published_once(counter: Counter) -> None:
    counter.gateway.publish_packages([USUAL])
    before = counter.gateway.packages()[0].price_ref
    gateway = counter.other(tax_behavior="inclusive", tax_code="txcd_10000000")
    gateway.publish_packages([USUAL])
    after = gateway.packages()
    assert [replace(each, price_ref="") for each in after] == [USUAL]
    assert after[0].price_ref != before
    told = len(counter.kinds())
    gateway.publish_packages([USUAL])
    assert (gateway.packages(), len(counter.kinds())) == (after, told)
