"""Disputes and inquiries: the money goes at once, evidence brings it back, the fee stays away."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox, eventually
from tests.sandbox.stories import AGREED, BEGIN, DAY, Story, tell

FRAUD, INQUIRY = "pm_card_createDispute", "pm_card_createDisputeInquiry"


def test_the_dispute_card_takes_the_money_and_a_fee_at_once(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD)
    dispute = story.dispute
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 2000)
    assert (dispute.charge, dispute.is_charge_refundable) == (story.charge.id, False)
    assert dispute.payment_method_details.card.network_reason_code == "10.4"
    taken = dispute.balance_transactions[0]
    assert (taken.type, taken.amount, taken.fee, taken.net) == ("adjustment", -2000, 1500, -3500)
    assert dispute.evidence_details.due_by == (BEGIN // DAY + 9) * DAY - 1
    assert story.charge.disputed is True
    assert story.told()[:5] == [
        "payment_intent.created",
        "charge.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
    ]
    assert story.balance() == -1588


def test_winning_evidence_brings_the_amount_back_but_not_the_fee(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD)
    before = len(story.told())
    sent = story.answer("winning_evidence")
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    story.wait()
    won = story.dispute
    assert (won.status, won.is_charge_refundable) == ("won", True)
    assert [row.net for row in won.balance_transactions] == [-3500, 2000]
    assert story.told(before) == [
        "charge.dispute.updated",
        "charge.updated",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]
    closed = story.events()[-1]
    assert closed.data.previous_attributes.status == "under_review"
    assert story.balance() == 412


def test_losing_evidence_gives_nothing_back(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD)
    story.answer("losing_evidence")
    story.wait()
    assert (story.dispute.status, story.dispute.is_charge_refundable) == ("lost", False)
    assert story.told()[-1] == "charge.dispute.closed"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        story.answer("winning_evidence")
    assert story.balance() == -1588


def test_other_evidence_stays_under_review(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD)
    story.answer("she really bought it")
    story.wait(200 * DAY)
    assert story.dispute.status == "under_review"
    assert story.dispute.evidence.uncategorized_text == "she really bought it"
    with pytest.raises(stripe.InvalidRequestError, match="submitted already"):
        story.answer("winning_evidence")
    assert story.balance() == -1588


def test_staged_evidence_waits_to_be_submitted(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD)
    staged = story.answer("winning_evidence", submit=False)
    details = staged.evidence_details
    assert (staged.status, details.has_evidence, details.submission_count) == ("needs_response", True, 0)
    story.v1.disputes.update(staged.id, {"metadata": {"case": "7"}})
    story.wait()
    assert (story.dispute.status, story.dispute.metadata.case) == ("needs_response", "7")
    assert story.v1.disputes.update(staged.id, {"submit": True}).status == "under_review"
    story.wait()
    assert (story.dispute.status, story.balance()) == ("won", 412)
    empty = tell(sandbox, FRAUD)
    with pytest.raises(stripe.InvalidRequestError, match="no evidence to submit"):
        story.v1.disputes.update(empty.dispute.id, {"submit": True})


def test_who_accepts_or_forgets_to_answer_has_lost(sandbox: Sandbox) -> None:
    accepted, forgotten = tell(sandbox, FRAUD), tell(sandbox, FRAUD)
    assert accepted.v1.disputes.close(accepted.dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        accepted.v1.disputes.close(accepted.dispute.id)
    due_by = forgotten.dispute.evidence_details.due_by
    forgotten.wait(due_by - 1 - forgotten.now())
    assert forgotten.dispute.status == "needs_response"
    forgotten.wait(1)
    assert (forgotten.dispute.status, forgotten.dispute.evidence_details.past_due) == ("lost", True)
    assert accepted.balance() == 2 * -1588


def test_a_disputed_charge_is_not_refunded_until_the_dispute_is_won(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD)
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as caught:
        story.refund()
    assert (caught.value.http_status, caught.value.code) == (400, "charge_disputed")
    story.answer("winning_evidence")
    story.wait()
    assert story.refund().status == "succeeded"
    assert story.balance() == -1588


def test_an_inquiry_moves_no_money_and_ends_with_a_refund(sandbox: Sandbox) -> None:
    story = tell(sandbox, INQUIRY)
    inquiry = story.dispute
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert (inquiry.balance_transactions, inquiry.payment_method_details.card.case_type) == ([], "inquiry")
    assert story.balance() == 1912
    story.refund(500)
    assert story.dispute.status == "warning_needs_response"
    story.refund()
    assert story.dispute.status == "warning_closed"
    assert "charge.dispute.funds_withdrawn" not in story.told()
    assert story.told()[-1] == "charge.dispute.closed"
    assert story.balance() == -88


def test_an_inquiry_nobody_follows_up_is_closed(sandbox: Sandbox) -> None:
    story = tell(sandbox, INQUIRY)
    story.wait(9 * DAY)
    assert (story.dispute.status, story.dispute.evidence_details.past_due) == ("warning_needs_response", True)
    story.wait(111 * DAY)
    assert story.dispute.status == "warning_closed"
    answered = tell(sandbox, INQUIRY)
    assert answered.answer("winning_evidence").status == "warning_under_review"
    answered.wait()
    assert answered.dispute.status == "warning_closed"
    assert story.balance() == 2 * 1912


def test_an_escalated_inquiry_takes_the_money_and_breaks_late_refunds(sandbox: Sandbox) -> None:
    story = tell(sandbox, INQUIRY)
    early = story.refund(300)
    story.answer("escalate_inquiry_evidence")
    late = story.refund(200)
    before = len(story.told())
    story.wait()
    dispute = story.dispute
    assert (dispute.status, dispute.is_charge_refundable, dispute.amount) == ("needs_response", False, 2000)
    assert dispute.evidence_details.due_by > story.now()
    assert story.told(before)[-2:] == ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]
    refunds = {row.id: row for row in story.v1.refunds.list().data}
    assert (refunds[early.id].status, refunds[late.id].status) == ("succeeded", "failed")
    assert refunds[late.id].failure_reason == "charge_for_pending_refund_disputed"
    assert story.balance() == 1912 - 300 - 3500


def test_several_disputes_share_one_charge(sandbox: Sandbox) -> None:
    story = tell(sandbox, "pm_card_createMultipleDisputes", amount=2001)
    found = story.v1.disputes.list({"charge": story.charge.id}).data
    assert sorted(row.amount for row in found) == [1000, 1001]
    assert story.balance() == 2001 - 88 - 2001 - 3000


def test_a_compliance_dispute_needs_its_fee_acknowledged(sandbox: Sandbox) -> None:
    story = tell(sandbox, "pm_card_createComplianceDispute")
    dispute = story.dispute
    assert (dispute.reason, dispute.enhanced_eligibility_types) == ("noncompliant", ["visa_compliance"])
    with pytest.raises(stripe.InvalidRequestError) as caught:
        story.answer("winning_evidence")
    assert caught.value.param == "evidence[enhanced_evidence][visa_compliance][fee_acknowledged]"
    assert story.dispute.evidence_details.has_evidence is False
    evidence = {
        "uncategorized_text": "winning_evidence",
        "enhanced_evidence": {"visa_compliance": {"fee_acknowledged": True}},
    }
    sent = story.v1.disputes.update(dispute.id, {"evidence": evidence})
    eligible = sent.evidence_details.enhanced_eligibility.visa_compliance
    assert (sent.status, eligible.status) == ("under_review", "fee_acknowledged")
    story.wait()
    assert (story.dispute.status, story.balance()) == ("won", 412)


@pytest.mark.parametrize(
    ("card", "disputes"),
    [
        pytest.param(FRAUD, 0, id="fraud"),
        pytest.param("pm_card_createDisputeProductNotReceived", 1, id="not received"),
    ],
)
def test_3ds_protects_from_fraud_claims_only(sandbox: Sandbox, card: str, disputes: int) -> None:
    story = tell(sandbox, card, payment_method_options={"card": {"request_three_d_secure": "any"}})
    sandbox.control(f"payments/{story.intent}/authentication?outcome=complete")
    assert story.charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert (len(story.v1.disputes.list().data), story.charge.disputed) == (disputes, bool(disputes))
    assert story.balance() == 1912 - 3500 * disputes


def test_an_authorization_is_disputed_only_once_captured(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD, capture_method="manual")
    assert (story.v1.disputes.list().data, story.balance()) == ([], 0)
    story.v1.payment_intents.capture(story.intent, {"amount_to_capture": 1500})
    assert (story.dispute.amount, story.dispute.status) == (1500, "needs_response")
    assert story.balance() == 1500 - 74 - 1500 - 1500


def _debit(sandbox: Sandbox) -> Story:
    account = "pm_usBankAccount_dispute"
    return tell(sandbox, account, payment_method_types=["us_bank_account"], mandate_data=AGREED)


def test_a_debit_that_is_called_back_is_lost_at_once(sandbox: Sandbox) -> None:
    story = _debit(sandbox)
    assert (story.charge.status, story.v1.disputes.list().data) == ("pending", [])
    story.wait(4 * DAY)
    dispute = story.dispute
    assert (dispute.status, dispute.reason) == ("lost", "debit_not_authorized")
    assert hasattr(dispute, "payment_method_details") is False or dispute.payment_method_details is None
    assert [kind for kind in story.told() if "dispute" in kind] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        story.refund()
    assert story.balance() == -1588


def test_files_as_evidence_are_not_built(sandbox: Sandbox) -> None:
    story = tell(sandbox, FRAUD)
    answer = sandbox.raw("POST", f"/v1/disputes/{story.dispute.id}", data={"evidence[receipt]": "file_1"})
    assert answer.status_code == 501
    unknown = sandbox.raw("POST", f"/v1/disputes/{story.dispute.id}", data={"evidence[colour]": "red"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "parameter_unknown")
    assert story.dispute.evidence_details.has_evidence is False


def test_without_a_test_clock_evidence_decides_by_itself(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    paid = sandbox.intent(payment_method=FRAUD, confirm=True)
    dispute = v1.disputes.list({"payment_intent": paid.id}).data[0]
    v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert eventually(lambda: v1.disputes.retrieve(dispute.id).status == "won")
