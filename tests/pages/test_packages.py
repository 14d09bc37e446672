"""The counter's figures, and what becomes of texts that only a browser vouches for."""

import pytest

from billing.rules.catalog import Package
from billing.rules.money import Credits, Money
from pages.parts.format import money
from pages.parts.packages import currencies, in_currency, like, named, per_thousand
from pages.parts.payment_element import LONGEST, failure


def package(key: str, minor: int, currency: str = "USD", credits: int = 1000, default: bool = False) -> Package:
    return Package(key, f"price_{key}", key.title(), "", Money(minor, currency), Credits.whole(credits), default)


EURO, STARTER, STANDARD = package("euro", 500, "EUR"), package("starter", 500), package("standard", 1800, default=True)


def test_no_list_of_packages_mixes_currencies() -> None:
    everything = (EURO, STARTER, STANDARD)
    assert in_currency(everything, "USD") == (STARTER, STANDARD)
    assert in_currency(everything, "EUR") == (EURO,)
    assert in_currency(everything, "GBP") == ()


def test_the_currency_of_the_preselected_package_comes_first() -> None:
    assert currencies((EURO, STARTER, STANDARD)) == ("USD", "EUR")
    assert currencies((EURO, STARTER)) == ("EUR", "USD")
    assert currencies(()) == ()


def test_another_currency_keeps_the_choice_when_it_sells_as_many_credits() -> None:
    big = package("big", 9000, "EUR", credits=10_000)
    assert like((EURO, big), package("scale", 8000, credits=10_000)) == big
    assert like((STARTER, STANDARD), big) == STANDARD


def test_a_link_preselects_its_package_and_an_unknown_one_falls_back_to_the_default() -> None:
    packages = (STARTER, STANDARD)
    assert named(packages, "starter") == STARTER
    assert named(packages, "nothing") == named(packages, None) == STANDARD
    assert named((), "starter") is None


@pytest.mark.parametrize(
    ("minor", "currency", "credits", "expected"),
    [
        (1800, "USD", 2000, "9.00 USD"),
        (500, "USD", 3000, "1.67 USD"),
        (500, "JPY", 2000, "250 JPY"),
        (5, "USD", 2000, "0.03 USD"),
    ],
)
def test_the_price_per_thousand_is_exact_and_rounds_halves_up(
    minor: int, currency: str, credits: int, expected: str
) -> None:
    assert money(per_thousand(package("any", minor, currency, credits))) == expected


def test_a_price_is_grouped_and_names_its_currency() -> None:
    assert money(Money(1234567, "USD")) == "12,345.67 USD"
    assert money(Money(1234567, "JPY")) == "1,234,567 JPY"


@pytest.mark.parametrize(
    ("told", "definite"),
    [
        ({"type": "card_error", "status": "requires_payment_method"}, True),
        ({"type": "card_error"}, True),
        ({"type": "validation_error"}, True),
        ({"type": "invalid_request_error", "status": "requires_payment_method"}, True),
        ({"type": "invalid_request_error", "status": "succeeded"}, False),
        ({"type": "card_error", "status": "succeeded"}, False),
        ({"type": "api_connection_error"}, False),
        ({"type": "api_error"}, False),
        ({"status": "requires_action"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_only_a_failure_that_surely_took_nothing_lets_a_person_try_again_at_once(told: object, definite: bool) -> None:
    assert failure(told).is_definite is definite


@pytest.mark.parametrize("told", [None, 7, "card_error", ["card_error"], {"type": {"a": 1}, "message": 5}])
def test_a_forged_failure_becomes_empty_texts(told: object) -> None:
    found = failure(told)
    assert (found.kind, found.message, found.code, found.status) == ("", "", "", "")


def test_a_long_message_is_cut() -> None:
    assert len(failure({"message": "x" * 10_000}).message) == LONGEST
