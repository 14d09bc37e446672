"""Payments in two steps: held at confirmation, captured within seven days or released."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

DAY = 24 * 3600


def _held(sandbox: Sandbox, **more: Any) -> stripe.PaymentIntent:
    return sandbox.intent(
        capture_method="manual", payment_method="pm_card_visa", confirm=True, expand=["latest_charge"], **more
    )


def _capture(sandbox: Sandbox, intent: str, **params: Any) -> stripe.PaymentIntent:
    asked: Any = {**params, "expand": ["latest_charge"]}
    return sandbox.client.v1.payment_intents.capture(intent, asked)


def _charge(intent: stripe.PaymentIntent) -> stripe.Charge:
    assert isinstance(intent.latest_charge, stripe.Charge)
    return intent.latest_charge


def _types(sandbox: Sandbox) -> list[str]:
    return [str(event.type) for event in sandbox.client.v1.events.list({"limit": 100}).data][::-1]


def test_a_held_payment_moves_nothing_yet(sandbox: Sandbox) -> None:
    held = _held(sandbox)
    charge = _charge(held)
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 2000, 0)
    assert (charge.status, charge.paid, charge.captured, charge.balance_transaction) == ("succeeded", True, False, None)
    assert charge.payment_method_details
    assert charge.payment_method_details.card
    assert charge.payment_method_details.card.capture_before == charge.created + 7 * DAY
    assert sandbox.client.v1.balance_transactions.list().data == []
    assert _types(sandbox)[-2:] == ["charge.succeeded", "payment_intent.amount_capturable_updated"]


def test_a_capture_takes_everything(sandbox: Sandbox) -> None:
    done = _capture(sandbox, _held(sandbox).id)
    charge = _charge(done)
    assert (done.status, done.amount_capturable, done.amount_received) == ("succeeded", 0, 2000)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 2000, 0)
    (movement,) = sandbox.client.v1.balance_transactions.list().data
    assert (movement.amount, movement.fee, movement.net) == (2000, 88, 1912)
    assert _types(sandbox)[-3:] == ["charge.captured", "payment_intent.succeeded", "charge.updated"]


def test_a_partial_capture_releases_the_rest(sandbox: Sandbox) -> None:
    done = _capture(sandbox, _held(sandbox).id, amount_to_capture=500)
    charge = _charge(done)
    assert (done.status, done.amount_received, done.amount_capturable) == ("succeeded", 500, 0)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (500, 1500, False)
    assert [row.amount for row in sandbox.client.v1.balance_transactions.list().data] == [500]


def test_more_than_is_held_cannot_be_captured(sandbox: Sandbox) -> None:
    held = _held(sandbox)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        _capture(sandbox, held.id, amount_to_capture=2001)
    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount_to_capture")
    assert sandbox.client.v1.payment_intents.retrieve(held.id).status == "requires_capture"


def test_only_a_held_payment_can_be_captured(sandbox: Sandbox) -> None:
    open_one = sandbox.intent(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="status of requires_payment_method") as early:
        _capture(sandbox, open_one.id)
    paid = _capture(sandbox, _held(sandbox).id)
    with pytest.raises(stripe.InvalidRequestError, match="already been captured") as twice:
        _capture(sandbox, paid.id)
    assert {early.value.code, twice.value.code} == {"payment_intent_unexpected_state"}


def test_several_captures_need_an_agreement(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="multicapture"):
        _capture(sandbox, _held(sandbox).id, amount_to_capture=500, final_capture=False)
    agreed = _held(sandbox, payment_method_options={"card": {"request_multicapture": "if_available"}})
    first = _capture(sandbox, agreed.id, amount_to_capture=500, final_capture=False)
    assert (first.status, first.amount_received, first.amount_capturable) == ("requires_capture", 500, 1500)
    last = _capture(sandbox, agreed.id, amount_to_capture=700)
    assert (last.status, last.amount_received) == ("succeeded", 1200)
    assert (_charge(last).amount_captured, _charge(last).amount_refunded) == (1200, 800)


def test_canceling_gives_back_what_was_held(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    held = _held(sandbox)
    canceled = v1.payment_intents.cancel(held.id)
    charge = v1.charges.retrieve(_charge(held).id)
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, True, 2000)
    assert v1.balance_transactions.list().data == []
    assert _types(sandbox)[-3:] == ["charge.refunded", "refund.created", "payment_intent.canceled"]


def test_what_is_held_expires_after_seven_days(sandbox: Sandbox) -> None:
    held = _held(sandbox)
    sandbox.control("time", seconds=7 * DAY - 60)
    assert sandbox.client.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    sandbox.control("time", seconds=60)
    now = sandbox.client.v1.payment_intents.retrieve(held.id)
    assert (now.status, now.cancellation_reason) == ("canceled", "automatic")
    assert sandbox.client.v1.charges.retrieve(_charge(held).id).refunded is True
    assert _types(sandbox)[-3:] == ["charge.expired", "refund.created", "payment_intent.canceled"]
