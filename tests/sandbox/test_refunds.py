"""Refunds: whole and in parts, pending, failed, called back. Never more than was paid."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox, eventually
from tests.sandbox.stories import tell


def test_a_whole_refund_gives_everything_back_and_keeps_the_fee(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    assert story.balance() == 1912
    refund = story.refund()
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 2000, story.charge.id)
    assert (story.charge.refunded, story.charge.amount_refunded) == (True, 2000)
    moved = story.v1.balance_transactions.retrieve(refund.balance_transaction)
    assert (moved.type, moved.amount, moved.fee, moved.source) == ("refund", -2000, 0, refund.id)
    assert story.balance() == -88


def test_several_refunds_never_give_back_more_than_was_paid(sandbox: Sandbox) -> None:
    story = tell(sandbox, amount=1000)
    with pytest.raises(stripe.InvalidRequestError) as whole:
        story.refund(1200)
    assert "Refund amount ($12.00) is greater than charge amount ($10.00)" in str(whole.value)
    story.refund(300)
    assert (story.charge.refunded, story.charge.amount_refunded) == (False, 300)
    with pytest.raises(stripe.InvalidRequestError) as part:
        story.refund(701)
    assert "Refund amount ($7.01) is greater than unrefunded amount on charge ($7.00)" in str(part.value)
    assert (part.value.http_status, part.value.param, part.value.code) == (400, "amount", None)
    assert story.refund().amount == 700
    with pytest.raises(stripe.InvalidRequestError) as again:
        story.refund(1)
    assert again.value.code == "charge_already_refunded"
    assert [row.amount for row in story.v1.refunds.list().data] == [700, 300]
    assert story.balance() == -59


@pytest.mark.parametrize("amount", [0, -5])
def test_an_amount_must_be_positive(sandbox: Sandbox, amount: int) -> None:
    story = tell(sandbox)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        story.refund(amount)
    assert (caught.value.http_status, caught.value.param) == (400, "amount")
    assert story.v1.refunds.list().data == []
    assert story.balance() == 1912


def test_a_pending_refund_succeeds_later(sandbox: Sandbox) -> None:
    story = tell(sandbox, "pm_card_pendingRefund")
    refund = story.refund()
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert (story.charge.refunded, story.balance()) == (True, -88)
    before = len(story.told())
    story.wait()
    later = story.v1.refunds.retrieve(refund.id)
    assert (later.status, hasattr(later, "pending_reason")) == ("succeeded", False)
    assert later.destination_details.card.reference_status == "available"
    assert story.told(before) == ["charge.refund.updated", "refund.updated"]
    assert story.balance() == -88


def test_a_refund_believed_in_fails_later_and_the_money_returns(sandbox: Sandbox) -> None:
    story = tell(sandbox, "pm_card_refundFail")
    refund = story.refund()
    assert (refund.status, story.balance()) == ("succeeded", -88)
    before = len(story.told())
    story.wait()
    failed = story.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert (failed.failure_balance_transaction.amount, failed.failure_balance_transaction.type) == (
        2000,
        "refund_failure",
    )
    assert story.told(before) == ["charge.refund.updated", "refund.updated", "refund.failed"]
    assert (story.charge.refunded, story.charge.amount_refunded) == (False, 0)
    assert story.balance() == 1912
    assert story.refund(500).amount == 500


@pytest.mark.parametrize(("how", "status"), [("cancel", "canceled"), ("expire", "failed")])
def test_a_refund_that_waits_for_the_customer_can_still_come_back(sandbox: Sandbox, how: str, status: str) -> None:
    story = tell(sandbox)
    refund = story.refund(800)
    sandbox.control(f"refunds/{refund.id}/ask")
    assert story.v1.refunds.retrieve(refund.id).status == "requires_action"
    ends: Any = {"cancel": story.v1.refunds.cancel, "expire": story.v1.test_helpers.refunds.expire}
    ended = ends[how](refund.id)
    reasons = {"cancel": "merchant_request", "expire": "unknown"}
    assert (ended.status, ended.failure_reason) == (status, reasons[how])
    assert hasattr(ended, "next_action") is False
    assert (story.charge.amount_refunded, story.balance()) == (0, 1912)


def test_only_a_waiting_refund_is_canceled_or_expired(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    refund = story.refund()
    with pytest.raises(stripe.InvalidRequestError, match="Canceling this refund is unsupported"):
        story.v1.refunds.cancel(refund.id)
    with pytest.raises(stripe.InvalidRequestError, match="only expire refunds with a status of requires_action"):
        story.v1.test_helpers.refunds.expire(refund.id)
    assert story.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_its_events_come_in_order_and_say_what_changed(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    before = len(story.told())
    story.refund(500)
    story.refund()
    created, first, _, second = story.events()[before:]
    assert story.told(before) == ["refund.created", "charge.refunded"] * 2
    assert created.data.object.amount == 500
    assert first.data.previous_attributes.to_dict() == {"amount_refunded": 0}
    assert second.data.previous_attributes.to_dict() == {"amount_refunded": 500, "refunded": False}
    story.wait()
    updated = story.events()[before + 4 :]
    assert [event.type for event in updated] == ["charge.refund.updated", "refund.updated"] * 2
    assert list(updated[1].data.previous_attributes.to_dict()) == ["destination_details"]


def test_letting_go_of_money_held_on_a_card_moves_none(sandbox: Sandbox) -> None:
    story = tell(sandbox, capture_method="manual")
    story.v1.payment_intents.cancel(story.intent)
    refund = story.v1.refunds.list({"payment_intent": story.intent}).data[0]
    assert (refund.amount, refund.balance_transaction, refund.reason) == (2000, None, None)
    charge = story.charge
    assert (charge.refunded, charge.captured, charge.amount_captured) == (True, False, 0)
    assert story.told()[-3:] == ["charge.refunded", "refund.created", "payment_intent.canceled"]
    assert story.balance() == 0


def test_of_a_partial_capture_only_what_was_captured_goes_back(sandbox: Sandbox) -> None:
    story = tell(sandbox, capture_method="manual")
    story.v1.payment_intents.capture(story.intent, {"amount_to_capture": 1500})
    assert (story.charge.amount_captured, story.charge.amount_refunded) == (1500, 500)
    with pytest.raises(stripe.InvalidRequestError, match=r"\$20.00.*greater than charge amount \(\$15.00\)"):
        story.refund(2000)
    assert story.refund().amount == 1500
    assert (story.charge.refunded, story.charge.amount_refunded) == (True, 2000)
    assert story.balance() == -74


def test_refunds_are_read_changed_and_expanded(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    one, two = story.refund(100, metadata={"order": "7"}), story.refund(200)
    v1 = story.v1
    read = v1.refunds.retrieve(one.id, {"expand": ["charge", "payment_intent", "balance_transaction", "customer"]})
    assert (read.charge.amount_refunded, read.payment_intent.id, read.customer.name) == (300, story.intent, "Ada")
    assert (read.balance_transaction.amount, read.metadata.order) == (-100, "7")
    assert v1.refunds.update(one.id, {"metadata": {"order": "8"}}).metadata.order == "8"
    assert story.told()[-2:] == ["charge.refund.updated", "refund.updated"]
    newest_first = [two.id, one.id]
    for asked in ({"charge": one.charge}, {"payment_intent": story.intent}):
        assert [row.id for row in v1.refunds.list(asked).data] == newest_first
    assert v1.refunds.list({"charge": "ch_none"}).data == []
    assert [row.id for row in v1.charges.retrieve(one.charge, {"expand": ["refunds"]}).refunds.data] == newest_first
    listed = sandbox.raw("GET", f"/v1/charges/{one.charge}/refunds?limit=1").json()
    assert ([row["id"] for row in listed["data"]], listed["has_more"]) == ([two.id], True)
    assert sandbox.raw("GET", f"/v1/charges/{one.charge}/refunds/{one.id}").json()["amount"] == 100


def test_there_must_be_a_payment_to_refund(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    story = tell(sandbox)
    held = tell(sandbox, capture_method="manual")
    unpaid = sandbox.intent()
    wrong: dict[str, Any] = {
        "One of the following params should be provided": {},
        "No such charge: 'ch_none'": {"charge": "ch_none"},
        "No such payment_intent: 'pi_none'": {"payment_intent": "pi_none"},
        "does not have a successful charge to refund": {"payment_intent": unpaid.id},
        "You must cancel the PaymentIntent": {"payment_intent": held.intent},
        "does not belong to the PaymentIntent": {"payment_intent": story.intent, "charge": "ch_none"},
    }
    for message, asked in wrong.items():
        with pytest.raises(stripe.InvalidRequestError, match=message):
            v1.refunds.create(asked)
    assert v1.refunds.list().data == []


def test_a_fraudulent_refund_marks_the_charge(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    assert story.refund(500, reason="fraudulent").reason == "fraudulent"
    assert story.charge.fraud_details.user_report == "fraudulent"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        story.refund(500, reason="boredom")
    assert caught.value.param == "reason"


def test_without_a_test_clock_it_happens_by_itself(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    paid = sandbox.intent(payment_method="pm_card_pendingRefund", confirm=True)
    refund = v1.refunds.create({"payment_intent": paid.id})
    assert refund.status == "pending"
    eventually(lambda: v1.refunds.retrieve(refund.id).status == "succeeded")
    assert v1.events.list({"type": "refund.updated"}).data
