"""What is made of a browser's language and of an address somebody typed."""

from __future__ import annotations

import pytest

from billing.rules.errors import BadInput
from billing.rules.money import Money
from billing.rules.tax import TaxQuote
from pages.counter.address import address_of, place_words
from pages.counter.places import STATES, TAX_IDS, countries, country_of, currencies_there
from pages.counter.summary import tax_line, total_of

EUROS = Money(1800, "EUR")


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("de-DE,de;q=0.9,en;q=0.5", "DE"),
        ("de", "DE"),
        ("en-GB", "GB"),
        ("zh-Hant-TW,zh", "TW"),
        ("en", "US"),
        ("fr-ch;q=0.5", "CH"),
        ("", ""),
        ("*", ""),
        ("es-419,es", ""),
        ("x-klingon", ""),
        ("de-" + "E" * 5000, ""),
    ],
)
def test_a_browsers_first_language_tells_the_country(said: str, country: str) -> None:
    assert country_of(said) == country


def test_a_country_tells_its_money() -> None:
    assert (currencies_there("DE"), currencies_there("JP"), currencies_there("")) == (("EUR",), ("JPY",), ())


def test_every_country_of_the_tables_can_be_chosen() -> None:
    assert set(STATES) | set(TAX_IDS) <= set(dict(countries()))
    assert "EU" not in dict(countries())
    names = [name for _, name in countries()]
    assert names.index("Afghanistan") < names.index("Åland Islands") < names.index("Algeria"), "a mark changes no place"


@pytest.mark.parametrize("given", [None, 7, "DE", {}, {"country": ""}, {"country": ["DE"]}, {"country": "XX"}])
def test_an_address_without_a_country_leads_to_the_country(given: object) -> None:
    with pytest.raises(BadInput) as refused:
        address_of(given, with_tax_id=True)
    assert refused.value.details["field"] == "country"


def test_what_the_country_does_not_have_is_dropped_though_a_hidden_field_sends_it() -> None:
    typed = {"country": "FR", "state": "CA", "tax_id": " FRAB123456789 ", "postal_code": "75001", "city": "Paris"}
    found = address_of(typed, with_tax_id=True)
    assert (found.state, found.tax_id_kind, found.tax_id) == ("", "eu_vat", "FRAB123456789")
    assert place_words(found) == "75001 Paris, France"
    assert address_of(typed, with_tax_id=False).tax_id == ""
    american = address_of({**typed, "country": "us"}, with_tax_id=False)
    assert (american.country, american.state) == ("US", "CA")


def test_tax_comes_on_top_or_lies_in_the_price_and_is_never_counted_twice() -> None:
    added = TaxQuote("taxcalc_1", Money(342, "EUR"), Money(0, "EUR"), "VAT 19 %")
    included = TaxQuote("taxcalc_2", Money(0, "EUR"), Money(287, "EUR"), "VAT 19 %")
    none = TaxQuote("taxcalc_3", Money(0, "EUR"), Money(0, "EUR"))
    assert (tax_line(added), total_of(EUROS, added)) == (("VAT 19 %", "3.42 EUR"), Money(2142, "EUR"))
    assert (tax_line(included), total_of(EUROS, included)) == (("VAT 19 %, in the price", "2.87 EUR"), EUROS)
    assert (tax_line(none), total_of(EUROS, none), total_of(EUROS, None)) == (("Tax", "0.00 EUR"), EUROS, EUROS)
