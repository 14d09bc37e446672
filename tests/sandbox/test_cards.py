"""The table of test cards: what each number and name does when it is charged."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from sandbox.payments.cards import CARDS
from sandbox.payments.new_cards import passes_luhn
from tests.sandbox.conftest import Sandbox

GOOD: Any = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}


def _paid(sandbox: Sandbox, method: str) -> stripe.Charge:
    intent = sandbox.intent(payment_method=method, confirm=True, expand=["latest_charge.balance_transaction"])
    assert intent.status == "succeeded"
    assert isinstance(intent.latest_charge, stripe.Charge)
    return intent.latest_charge


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
        ("pm_card_riskLevelHighest", "card_declined", "fraudulent"),
        ("pm_card_threeDSecureRequiredProcessingError", "card_declined", "generic_decline"),
    ],
)
def test_a_card_declines_with_its_codes(sandbox: Sandbox, method: str, code: str, decline_code: str | None) -> None:
    with pytest.raises(stripe.CardError) as caught:
        sandbox.intent(payment_method=method, confirm=True)
    error: Any = caught.value.error
    assert (caught.value.http_status, caught.value.code) == (402, code)
    assert getattr(error, "decline_code", None) == decline_code
    charge = sandbox.client.v1.charges.retrieve(error.charge)
    assert (charge.status, charge.failure_code) == ("failed", code)
    assert charge.outcome
    assert charge.outcome.type == ("blocked" if decline_code == "fraudulent" else "issuer_declined")


@pytest.mark.parametrize(
    ("method", "brand", "funding", "country"),
    [
        ("pm_card_visa", "visa", "credit", "US"),
        ("pm_card_visa_debit", "visa", "debit", "US"),
        ("pm_card_mastercard_prepaid", "mastercard", "prepaid", "US"),
        ("pm_card_amex", "amex", "credit", "US"),
        ("pm_card_discover", "discover", "credit", "US"),
        ("pm_card_jcb", "jcb", "credit", "JP"),
        ("pm_card_de", "visa", "credit", "DE"),
        ("pm_card_gb_debit", "visa", "debit", "GB"),
    ],
)
def test_brands_and_countries_pay(sandbox: Sandbox, method: str, brand: str, funding: str, country: str) -> None:
    details = _paid(sandbox, method).payment_method_details
    assert details
    assert details.card
    assert (details.card.brand, details.card.funding, details.card.country) == (brand, funding, country)


def test_risk_and_checks_show_on_the_charge(sandbox: Sandbox) -> None:
    risky, unfit = _paid(sandbox, "pm_card_riskLevelElevated"), _paid(sandbox, "pm_card_cvcCheckFail")
    assert risky.outcome
    assert (risky.outcome.risk_level, risky.outcome.reason) == ("elevated", "elevated_risk_level")
    assert unfit.payment_method_details
    assert unfit.payment_method_details.card
    assert unfit.payment_method_details.card.checks
    assert unfit.payment_method_details.card.checks.cvc_check == "fail"


def test_money_of_the_bypass_card_is_there_at_once(sandbox: Sandbox) -> None:
    usual, at_once = _paid(sandbox, "pm_card_visa"), _paid(sandbox, "pm_card_bypassPending")
    movements = sandbox.client.v1.balance_transactions.list().data
    states = {str(row.source): row.status for row in movements}
    assert states == {usual.id: "pending", at_once.id: "available"}
    balance = sandbox.client.v1.balance.retrieve()
    assert [(row.currency, row.amount) for row in balance.available] == [("usd", 1912)]
    assert [(row.currency, row.amount) for row in balance.pending] == [("usd", 1912)]


def test_the_same_number_has_the_same_fingerprint(sandbox: Sandbox) -> None:
    numbers = [GOOD["number"], GOOD["number"], "5555555555554444"]
    asked: list[Any] = [{"type": "card", "card": {**GOOD, "number": number}} for number in numbers]
    made = [sandbox.client.v1.payment_methods.create(params) for params in asked]
    first, second, other = [method.card.fingerprint for method in made if method.card]
    assert first == second
    assert first != other


def test_a_name_nobody_has_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod") as caught:
        sandbox.intent(payment_method="pm_card_ofNobody", confirm=True)
    assert caught.value.code == "resource_missing"


def test_every_number_of_the_table_could_be_a_card() -> None:
    numbers = [card.number for card in CARDS]
    assert [number for number in numbers if not passes_luhn(number)] == []
    assert len(set(numbers)) == len(numbers) == 112
