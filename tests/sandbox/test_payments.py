"""PaymentIntents walk through Stripe's states, and no others."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox


def _confirm(sandbox: Sandbox, intent: str, method: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    params: Any = {"payment_method": method, **more}
    return sandbox.client.v1.payment_intents.confirm(intent, params)


def _types(sandbox: Sandbox) -> list[str]:
    return [str(event.type) for event in sandbox.client.v1.events.list({"limit": 100}).data][::-1]


def test_a_good_card_succeeds_and_tells_so(sandbox: Sandbox) -> None:
    intent = sandbox.intent(metadata={"order": "7"})
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    paid = _confirm(sandbox, intent.id, expand=["latest_charge"])
    assert (paid.status, paid.amount_received) == ("succeeded", 2000)
    assert isinstance(paid.latest_charge, stripe.Charge)
    assert (paid.latest_charge.paid, paid.latest_charge.captured) == (True, True)
    succeeded = sandbox.client.v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    assert succeeded.data.object.metadata.order == "7"
    assert _types(sandbox) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]


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
    ],
)
def test_a_declined_intent_can_be_tried_again(
    sandbox: Sandbox, method: str, code: str, decline_code: str | None
) -> None:
    intent = sandbox.intent()
    with pytest.raises(stripe.CardError) as caught:
        _confirm(sandbox, intent.id, method)
    error: Any = caught.value.error
    assert (caught.value.http_status, caught.value.code, getattr(error, "decline_code", None)) == (
        402,
        code,
        decline_code,
    )
    assert error.payment_intent.status == "requires_payment_method"
    now = sandbox.client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]}).to_dict()
    assert (now["status"], now["payment_method"]) == ("requires_payment_method", None)
    assert now["last_payment_error"]["code"] == code
    assert now["latest_charge"]["status"] == "failed"
    assert _types(sandbox)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    paid = _confirm(sandbox, intent.id)
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


def test_a_succeeded_intent_cannot_be_confirmed_or_canceled(sandbox: Sandbox) -> None:
    intent = sandbox.intent(confirm=True, payment_method="pm_card_visa")
    with pytest.raises(stripe.InvalidRequestError) as confirmed:
        _confirm(sandbox, intent.id)
    with pytest.raises(stripe.InvalidRequestError) as canceled:
        sandbox.client.v1.payment_intents.cancel(intent.id)
    assert {confirmed.value.code, canceled.value.code} == {"payment_intent_unexpected_state"}
    assert len(sandbox.client.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_a_canceled_intent_stays_canceled(sandbox: Sandbox) -> None:
    intent = sandbox.intent()
    done = sandbox.client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (done.status, done.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        _confirm(sandbox, intent.id)
    assert _types(sandbox)[-1] == "payment_intent.canceled"


def test_the_amount_can_change_until_it_is_paid(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    intent = sandbox.intent()
    assert v1.payment_intents.update(intent.id, {"amount": 3000}).amount == 3000
    _confirm(sandbox, intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        v1.payment_intents.update(intent.id, {"amount": 100})
    assert v1.payment_intents.update(intent.id, {"description": "noted"}).description == "noted"


def test_a_confirm_without_a_card_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        sandbox.client.v1.payment_intents.confirm(sandbox.intent().id)


def test_a_server_must_say_where_redirects_come_back(sandbox: Sandbox) -> None:
    intent = sandbox.intent(automatic_payment_methods={"enabled": True})
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        _confirm(sandbox, intent.id)
    assert _confirm(sandbox, intent.id, return_url="http://127.0.0.1/back").status == "succeeded"


@pytest.mark.parametrize("method", ["pm_card_authenticationRequired", "pm_card_threeDSecure2Required"])
@pytest.mark.parametrize(("outcome", "status"), [("complete", "succeeded"), ("fail", "requires_payment_method")])
def test_3ds_waits_for_the_card_holder(sandbox: Sandbox, method: str, outcome: str, status: str) -> None:
    waiting = _confirm(sandbox, sandbox.intent().id, method)
    assert waiting.status == "requires_action"
    assert waiting.next_action
    assert waiting.next_action.type == "use_stripe_sdk"
    sandbox.control(f"payments/{waiting.id}/authentication?outcome={outcome}")
    done = sandbox.client.v1.payment_intents.retrieve(waiting.id)
    assert (done.status, done.next_action) == (status, None)
    if outcome == "fail":
        assert done.last_payment_error
        assert done.last_payment_error.code == "payment_intent_authentication_failure"


def test_3ds_can_end_in_a_decline(sandbox: Sandbox) -> None:
    waiting = _confirm(sandbox, sandbox.intent().id, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    told = sandbox.control(f"payments/{waiting.id}/authentication?outcome=complete")
    assert told["error"]["decline_code"] == "insufficient_funds"
    assert told["payment_intent"]["status"] == "requires_payment_method"


def test_a_server_gets_a_redirect_for_3ds(sandbox: Sandbox) -> None:
    back = "http://127.0.0.1:9/back?order=7"
    waiting = _confirm(sandbox, sandbox.intent().id, "pm_card_authenticationRequired", return_url=back)
    assert waiting.next_action
    assert waiting.next_action.redirect_to_url
    assert str(waiting.next_action.redirect_to_url.url).startswith(f"{sandbox.url}/_sandbox/3ds?")
    body = {"payment_intent": waiting.id, "client_secret": waiting.client_secret, "outcome": "complete"}
    told = sandbox.raw("POST", "/_sandbox/3ds", json=body).json()
    assert told["return_url"].startswith(back)
    assert told["return_url"].endswith("redirect_status=succeeded")


def test_a_card_set_up_with_3ds_pays_off_session_later(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"})
    fresh = v1.payment_methods.attach("pm_card_authenticationRequiredOnSetup", {"customer": customer.id})
    later: Any = {"customer": customer.id, "payment_method": fresh.id, "confirm": True, "off_session": True}
    with pytest.raises(stripe.CardError) as caught:
        sandbox.intent(**later)
    assert caught.value.code == "authentication_required"
    now = {**later, "setup_future_usage": "off_session"}
    del now["off_session"]
    waiting = sandbox.intent(**now)
    sandbox.control(f"payments/{waiting.id}/authentication?outcome=complete")
    assert sandbox.intent(**later).status == "succeeded"


def test_a_card_paid_with_once_is_spent_unless_it_was_saved(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    loose = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    _confirm(sandbox, sandbox.intent().id, loose.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        _confirm(sandbox, sandbox.intent().id, loose.id)
    customer = v1.customers.create({"name": "Ada"})
    paid = sandbox.intent(
        customer=customer.id, setup_future_usage="off_session", payment_method="pm_card_visa", confirm=True
    )
    assert [card.id for card in v1.customers.payment_methods.list(customer.id).data] == [paid.payment_method]


def test_intents_list_by_customer_and_charges_by_intent(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada"})
    hers = sandbox.intent(customer=customer.id, confirm=True, payment_method="pm_card_visa")
    sandbox.intent(confirm=True, payment_method="pm_card_visa")
    assert [row.id for row in v1.payment_intents.list({"customer": customer.id}).data] == [hers.id]
    assert [row.id for row in v1.charges.list({"payment_intent": hers.id}).data] == [hers.latest_charge]


def test_a_browser_confirms_with_its_secret_and_a_card_number(sandbox: Sandbox) -> None:
    intent = sandbox.intent(automatic_payment_methods={"enabled": True})
    data = {
        "client_secret": intent.client_secret,
        "key": PUBLISHABLE_KEY,
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": "4242 4242 4242 4242",
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "34",
        "payment_method_data[card][cvc]": "123",
    }
    answer = sandbox.raw("POST", f"/v1/payment_intents/{intent.id}/confirm", data=data, headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert "customer" not in answer.json()
