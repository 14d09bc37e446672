"""What a customer has saved, where they manage it, and the tax where they are, through the sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.gateways.contract import Payable
from billing.gateways.customers import Card
from billing.rules.errors import BadInput, NotFound, PaymentRefused
from billing.rules.money import Money
from billing.rules.tax import Address
from tests.billing.gateways.counters import Counter

BERLIN = Address("DE", "10117")


def asked(counter: Counter, key: str = "quote:1") -> Payable:
    return replace(counter.payable(), idempotency_key=key)


def with_options(counter: Counter, **changes: object) -> Counter:
    return replace(counter, gateway=counter.other(**changes))


def test_saved_methods_of_every_kind_are_shown_the_default_first(counter: Counter) -> None:
    first, chosen = counter.card("pm_card_visa"), counter.card("pm_card_amex")
    owner = {"name": "Ann", "email": "ann@example.org"}
    debit = {"type": "sepa_debit", "sepa_debit": {"iban": "AT611904300234573201"}, "billing_details": owner}
    bank = counter.v1.payment_methods.create(debit).id
    counter.v1.payment_methods.attach(bank, {"customer": counter.customer})
    counter.v1.customers.update(counter.customer, {"invoice_settings": {"default_payment_method": chosen}})
    cards = {card.card_ref: card for card in counter.gateway.cards(counter.customer)}
    assert set(cards) == {first, chosen, bank}
    card = counter.v1.payment_methods.retrieve(chosen).card
    shown = Card(chosen, "card", "amex", "0005", f"{card.exp_month:02d}/{card.exp_year}", is_default=True)
    assert next(iter(cards.values())) == shown
    assert [card.is_default for card in cards.values()] == [True, False, False]
    assert (cards[bank].kind, cards[bank].last4, cards[bank].expires) == ("sepa_debit", "3201", "")


def test_somebody_without_cards_and_somebody_who_was_deleted_have_none(counter: Counter) -> None:
    assert counter.gateway.cards(counter.customer) == ()
    counter.sandbox.told(f"customers/{counter.customer}/delete")
    assert counter.gateway.cards(counter.customer) == ()


def test_a_removed_card_is_gone(counter: Counter) -> None:
    kept, removed = counter.card(), counter.card("pm_card_mastercard")
    counter.gateway.remove_card(counter.customer, removed)
    assert [card.card_ref for card in counter.gateway.cards(counter.customer)] == [kept]


@pytest.mark.parametrize("reference", ["pm_unknown", "", "..", "pm_1/../../customers", "cus_1", "pm_\n"])
def test_what_is_no_card_of_theirs_is_not_found(counter: Counter, reference: str) -> None:
    with pytest.raises(NotFound):
        counter.gateway.remove_card(counter.customer, reference)


def test_nobody_removes_the_card_of_somebody_else(counter: Counter) -> None:
    card, other = counter.card(), counter.gateway.ensure_customer("acc_2", "Eve", None, "customer:acc_2")
    with pytest.raises(NotFound):
        counter.gateway.remove_card(other, card)
    assert len(counter.gateway.cards(counter.customer)) == 1


def test_the_customer_portal_opens_with_the_configuration_of_this_installation(counter: Counter) -> None:
    made = counter.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    own = with_options(counter, portal_configuration=made.id)
    assert own.gateway.portal(counter.customer, "https://portal.example/").startswith(counter.sandbox.url)
    wrong = with_options(counter, portal_configuration="bpc_unknown")
    with pytest.raises((NotFound, PaymentRefused)):
        wrong.gateway.portal(counter.customer, "https://portal.example/")


def test_tax_comes_on_top_of_a_price_that_leaves_it_out(counter: Counter) -> None:
    quote = counter.gateway.tax(asked(counter), BERLIN)
    assert (quote.added, quote.included, quote.name) == (Money(342, "USD"), Money(0, "USD"), "VAT 19 %")
    assert quote.tax_ref.startswith("taxcalc_")


@pytest.mark.parametrize(("behavior", "added", "included"), [("inclusive", 0, 287), ("exclusive", 342, 0)])
def test_a_price_published_with_or_without_its_tax_is_taxed_so(
    counter: Counter, behavior: str, added: int, included: int
) -> None:
    own = with_options(counter, tax_behavior=behavior)
    quote = own.gateway.tax(asked(own), BERLIN)
    assert (quote.added.minor, quote.included.minor) == (added, included)


def test_the_settings_decide_for_a_price_that_says_nothing(counter: Counter) -> None:
    payable = asked(counter)
    own = with_options(counter, tax_behavior="inclusive")
    assert own.gateway.tax(payable, BERLIN).included == Money(287, "USD")


def test_each_currency_of_a_price_may_mean_its_tax_otherwise(counter: Counter) -> None:
    euro = {"eur": {"unit_amount": 1800, "tax_behavior": "inclusive"}}
    price = counter.v1.prices.create({
        "currency": "usd", "unit_amount": 1800, "tax_behavior": "exclusive", "product_data": {"name": "Credits"},
        "currency_options": euro,
    })  # fmt: skip
    payable = replace(asked(counter), price_ref=price.id)
    assert counter.gateway.tax(payable, BERLIN).added == Money(342, "USD")
    in_euro = replace(payable, amount=Money(1800, "EUR"), idempotency_key="quote:2")
    assert counter.gateway.tax(in_euro, BERLIN).included == Money(287, "EUR")


def test_what_is_sold_is_taxed_by_its_tax_code(counter: Counter) -> None:
    untaxed = with_options(counter, tax_code="txcd_10502000")
    quote = untaxed.gateway.tax(asked(untaxed), BERLIN)
    assert (quote.added, quote.name) == (Money(0, "USD"), "")
    product = counter.v1.products.retrieve("prod_scrip")
    assert product.tax_code == "txcd_10502000"
    by_product = counter.gateway.tax(asked(counter, "quote:2"), BERLIN)
    assert by_product.added == Money(0, "USD")


def test_a_business_abroad_accounts_for_the_tax_itself(counter: Counter) -> None:
    business = Address("FR", tax_id_kind="eu_vat", tax_id="FR12345678901")
    quote = counter.gateway.tax(asked(counter), business)
    assert (quote.added, quote.name) == (Money(0, "USD"), "Reverse charge")


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (Address("US"), "postal_code"),
        (Address("CA"), "postal_code"),
        (Address("US", "nowhere"), "postal_code"),
        (Address("DE", tax_id_kind="eu_vat", tax_id="nonsense"), "tax_id"),
        (Address("DE", tax_id_kind="xx_yy", tax_id="1"), "tax_id"),
    ],
)
def test_an_address_that_is_not_enough_names_what_is_missing(counter: Counter, address: Address, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        counter.gateway.tax(asked(counter), address)
    assert refused.value.details["field"] == field
    assert refused.value.sentence.endswith(".")
