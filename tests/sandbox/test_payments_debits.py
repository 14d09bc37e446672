"""Bank debits: asked for at once, answered after days, and only with the payer's leave."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

AGREED: Any = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "a browser"}}
}
OWNER: Any = {"name": "Jenny Rosen", "email": "jenny@example.com"}
IBAN, AMERICAN = {"iban": "AT611904300234573201"}, {"account_number": "000123456789", "routing_number": "110000000"}
DAYS = 3 * 24 * 3600


def _pay(sandbox: Sandbox, method: str, currency: str = "eur", **more: Any) -> stripe.PaymentIntent:
    kind = "us_bank_account" if currency == "usd" else "sepa_debit"
    asked = {"amount": 5000, "currency": currency, "payment_method_types": [kind], "payment_method": method}
    params: Any = {**asked, "confirm": True, "mandate_data": AGREED, **more}
    return sandbox.client.v1.payment_intents.create(params)


def _now(sandbox: Sandbox, intent: stripe.PaymentIntent) -> stripe.PaymentIntent:
    return sandbox.client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})


def _types(sandbox: Sandbox) -> list[str]:
    return [str(event.type) for event in sandbox.client.v1.events.list({"limit": 100}).data][::-1]


def test_a_debit_is_paid_after_days(sandbox: Sandbox) -> None:
    asked = _pay(sandbox, "pm_sepaDebit_success_at")
    assert (asked.status, asked.amount_received) == ("processing", 0)
    assert _types(sandbox)[-2:] == ["charge.pending", "payment_intent.processing"]
    sandbox.control("time", seconds=DAYS)
    paid = _now(sandbox, asked)
    assert (paid.status, paid.amount_received) == ("succeeded", 5000)
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert (paid.latest_charge.id[:3], paid.latest_charge.paid) == ("py_", True)
    assert _types(sandbox)[-3:] == ["charge.succeeded", "payment_intent.succeeded", "charge.updated"]
    assert [row.type for row in sandbox.client.v1.balance_transactions.list().data] == ["payment"]


def test_a_slow_account_settles_later_than_others(sandbox: Sandbox) -> None:
    asked = _pay(sandbox, "pm_sepaDebit_successDelayed_at")
    sandbox.control("time", seconds=DAYS + 60)
    assert _now(sandbox, asked).status == "processing"
    sandbox.control("time", seconds=120)
    assert _now(sandbox, asked).status == "succeeded"


def test_a_refused_debit_leaves_the_intent_payable(sandbox: Sandbox) -> None:
    asked = _pay(sandbox, "pm_sepaDebit_failed_at")
    sandbox.control("time", seconds=DAYS)
    now = _now(sandbox, asked)
    assert (now.status, now.payment_method) == ("requires_payment_method", None)
    assert now.last_payment_error
    assert now.last_payment_error.code == "payment_intent_payment_attempt_failed"
    assert isinstance(now.latest_charge, stripe.Charge)
    assert (now.latest_charge.status, now.latest_charge.failure_code) == ("failed", "generic_could_not_process")
    assert _types(sandbox)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    again = sandbox.client.v1.payment_intents.confirm(
        asked.id, {"payment_method": "pm_sepaDebit_success_at", "mandate_data": AGREED}
    )
    assert again.status == "processing"


def test_a_debit_needs_a_mandate(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        _pay(sandbox, "pm_sepaDebit_success_at", mandate_data=None)
    assert caught.value.param == "mandate_data"
    paid = _now(sandbox, _pay(sandbox, "pm_sepaDebit_success_at"))
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert paid.latest_charge.payment_method_details
    assert paid.latest_charge.payment_method_details.sepa_debit
    mandate = sandbox.client.v1.mandates.retrieve(str(paid.latest_charge.payment_method_details.sepa_debit.mandate))
    assert (mandate.status, mandate.type, mandate.payment_method) == ("active", "single_use", paid.payment_method)
    assert mandate.customer_acceptance.online
    assert mandate.customer_acceptance.online.ip_address == "127.0.0.1"


def test_a_debit_in_the_wrong_currency_is_refused(sandbox: Sandbox) -> None:
    for kind, currency in (("sepa_debit", "usd"), ("us_bank_account", "eur")):
        params: Any = {"amount": 5000, "currency": currency, "payment_method_types": [kind]}
        with pytest.raises(stripe.InvalidRequestError, match="is invalid for the payment method type"):
            sandbox.client.v1.payment_intents.create(params)


def test_an_account_set_up_once_is_debited_off_session(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"}).id
    account = {"payment_method_types": ["sepa_debit"], "payment_method": "pm_sepaDebit_success_de"}
    params: Any = {**account, "customer": customer, "confirm": True, "mandate_data": AGREED}
    ready = v1.setup_intents.create(params)
    assert ready.status == "succeeded"
    later = _pay(sandbox, str(ready.payment_method), customer=customer, off_session=True, mandate_data=None)
    assert later.status == "processing"
    assert v1.mandates.retrieve(str(ready.mandate)).type == "multi_use"


def test_a_debit_that_hangs_can_be_canceled(sandbox: Sandbox) -> None:
    asked = _pay(sandbox, "pm_usBankAccount_processing", "usd")
    sandbox.control("time", days=30)
    assert _now(sandbox, asked).status == "processing"
    assert sandbox.client.v1.payment_intents.cancel(asked.id).status == "canceled"
    charge = _now(sandbox, asked).latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.status, charge.failure_code) == ("failed", "payment_canceled")


def test_an_american_account_pays_by_its_numbers(sandbox: Sandbox) -> None:
    account = {**AMERICAN, "account_holder_type": "individual"}
    params: Any = {"type": "us_bank_account", "us_bank_account": account, "billing_details": OWNER}
    made = sandbox.client.v1.payment_methods.create(params)
    assert made.us_bank_account
    assert (made.us_bank_account.last4, made.us_bank_account.routing_number) == ("6789", "110000000")
    assert "000123456789" not in sandbox.raw("GET", f"/v1/payment_methods/{made.id}").text
    asked = _pay(sandbox, made.id, "usd")
    sandbox.control("time", seconds=DAYS)
    assert _now(sandbox, asked).status == "succeeded"


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_usBankAccount_accountClosed", "account_closed"),
        ("pm_usBankAccount_noAccount", "no_account"),
        ("pm_usBankAccount_insufficientFunds", "insufficient_funds"),
        ("pm_usBankAccount_debitNotAuthorized", "debit_not_authorized"),
        ("pm_usBankAccount_weeklyLimitExceeded", "charge_exceeds_source_limit"),
    ],
)
def test_an_american_account_refuses_with_its_code(sandbox: Sandbox, method: str, code: str) -> None:
    asked = _pay(sandbox, method, "usd")
    assert asked.status == "processing"
    sandbox.control("time", seconds=DAYS)
    now = _now(sandbox, asked)
    assert now.status == "requires_payment_method"
    assert now.last_payment_error
    assert (now.last_payment_error.code, now.last_payment_error.type) == (code, "invalid_request_error")
    assert isinstance(now.latest_charge, stripe.Charge)
    assert now.latest_charge.failure_code == code


@pytest.mark.parametrize(
    ("data", "param"),
    [
        ({"type": "sepa_debit", "sepa_debit": {"iban": "AT001904300234573201"}}, "sepa_debit[iban]"),
        ({"type": "sepa_debit", "sepa_debit": IBAN, "billing_details": {"name": "Ada"}}, "billing_details[email]"),
        (
            {
                "type": "us_bank_account",
                "us_bank_account": {**AMERICAN, "account_number": "000999999999", "account_holder_type": "company"},
            },
            "us_bank_account[account_number]",
        ),
    ],
)
def test_an_account_that_cannot_be_is_refused(sandbox: Sandbox, data: Any, param: str) -> None:
    params: Any = {"billing_details": OWNER, **data}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.payment_methods.create(params)
    assert caught.value.param == param
