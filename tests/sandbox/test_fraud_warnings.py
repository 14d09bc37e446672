"""Early fraud warnings, reviews, and the balance at the end of every story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.stories import BEGIN, DAY, Story, tell

WARNED = "pm_card_createIssuerFraudRecord"


def test_the_warned_card_warns_by_itself(sandbox: Sandbox) -> None:
    story = tell(sandbox, WARNED)
    warning = story.v1.radar.early_fraud_warnings.list({"charge": story.charge.id}).data[0]
    assert (warning.actionable, warning.fraud_type, warning.payment_intent) == (True, "misc", story.intent)
    assert story.told()[1:4] == [
        "charge.succeeded",
        "radar.early_fraud_warning.created",
        "payment_intent.succeeded",
    ]
    story.refund(500)
    assert story.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable is True
    story.refund()
    assert story.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable is False
    updated = story.v1.events.list({"type": "radar.early_fraud_warning.updated"}).data
    assert [event.data.previous_attributes.to_dict() for event in updated] == [{"actionable": True}]
    assert story.balance() == -88


def test_a_dispute_makes_a_warning_useless_and_closes_the_review(sandbox: Sandbox) -> None:
    story = tell(sandbox, WARNED)
    review = sandbox.control(f"payments/{story.intent}/review")["review"]
    sandbox.control(f"payments/{story.intent}/dispute", reason="fraudulent")
    assert story.v1.radar.early_fraud_warnings.list().data[0].actionable is False
    closed = story.v1.reviews.retrieve(review["id"])
    assert (closed.open, closed.closed_reason, closed.reason) == (False, "disputed", "disputed")
    assert story.balance() == -1588


def test_the_controls_bring_what_the_cards_bring(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    warning = sandbox.control(f"payments/{story.intent}/fraud-warning", fraud_type="made_with_stolen_card")
    assert warning["fraud_warning"]["fraud_type"] == "made_with_stolen_card"
    dispute = sandbox.control(f"payments/{story.intent}/dispute", inquiry=True)["dispute"]
    assert (dispute["status"], story.balance()) == ("warning_needs_response", 1912)
    assert sandbox.control(f"disputes/{dispute['id']}/escalate")["dispute"]["status"] == "needs_response"
    assert story.balance() == -1588
    assert sandbox.control(f"disputes/{dispute['id']}/close?outcome=won")["dispute"]["status"] == "won"
    refund = sandbox.control(f"payments/{story.intent}/refund", amount=500)["refund"]
    assert (refund["amount"], story.balance()) == (500, -88)
    assert sandbox.control(f"refunds/{refund['id']}/fail")["refund"]["status"] == "failed"
    assert story.balance() == 412


def test_a_review_is_approved_once(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    review = sandbox.control(f"payments/{story.intent}/review")["review"]
    assert [row.id for row in story.v1.reviews.list().data] == [review["id"]]
    intent = story.v1.payment_intents.retrieve(story.intent, {"expand": ["review"]})
    assert (intent.review.open, intent.review.opened_reason, story.charge.review) == (True, "rule", review["id"])
    approved = story.v1.reviews.approve(review["id"])
    assert (approved.open, approved.closed_reason) == (False, "approved")
    with pytest.raises(stripe.InvalidRequestError, match="already been closed"):
        story.v1.reviews.approve(review["id"])
    assert story.v1.reviews.list().data == []
    assert [kind for kind in story.told() if kind.startswith("review.")] == ["review.opened", "review.closed"]


@pytest.mark.parametrize(
    ("reason", "closed"),
    [(None, "refunded"), ("duplicate", "refunded"), ("fraudulent", "refunded_as_fraud")],
)
def test_a_whole_refund_closes_a_review(sandbox: Sandbox, reason: str | None, closed: str) -> None:
    story = tell(sandbox)
    review = sandbox.control(f"payments/{story.intent}/review")["review"]["id"]
    story.refund(500)
    assert story.v1.reviews.retrieve(review).open is True
    story.refund(1500, **({"reason": reason} if reason else {}))
    assert story.v1.reviews.retrieve(review).closed_reason == closed


def test_money_waits_before_it_is_available(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    there = story.v1.balance.retrieve()
    assert (there.available[0].amount, there.pending[0].amount) == (0, 1912)
    earned = story.v1.balance_transactions.list().data[0]
    assert (earned.status, earned.available_on) == ("pending", (BEGIN // DAY + 2) * DAY)
    story.refund(500)
    assert story.v1.balance.retrieve().pending[0].amount == 1412
    story.wait(2 * DAY)
    there = story.v1.balance.retrieve()
    assert (there.available[0].amount, there.pending[0].amount) == (1412, 0)
    story.refund(100)
    assert story.v1.balance.retrieve().available[0].amount == 1312


def test_transactions_are_found_by_what_they_are(sandbox: Sandbox) -> None:
    story = tell(sandbox, description="Credits")
    refund = story.refund(500)
    find: Any = story.v1.balance_transactions.list
    assert [row.source for row in find({"type": "charge"}).data] == [story.charge.id]
    found = find({"source": refund.id, "expand": ["data.source"]}).data
    assert [(row.source.object, row.reporting_category) for row in found] == [("refund", "refund")]
    assert found[0].description == "REFUND FOR CHARGE (Credits)"
    assert len(find({"currency": "usd"}).data) == 2
    assert find({"currency": "eur"}).data == []


def _refund(story: Story) -> None:
    story.refund()


def _refund_half(story: Story) -> None:
    story.refund(1000)


def _refund_some(story: Story) -> None:
    story.refund(400)


def _win(story: Story) -> None:
    story.answer("winning_evidence")


def _lose(story: Story) -> None:
    story.answer("losing_evidence")


def _escalate(story: Story) -> None:
    story.answer("escalate_inquiry_evidence")


@pytest.mark.parametrize(
    ("card", "acts", "expected"),
    [
        ("pm_card_visa", [_refund], -88),
        ("pm_card_pendingRefund", [_refund_half], 912),
        ("pm_card_refundFail", [_refund_half], 1912),
        ("pm_card_createDispute", [_lose], -1588),
        ("pm_card_createDispute", [_win, _refund], -1588),
        ("pm_card_createDisputeInquiry", [_refund_some, _escalate], -1988),
        ("pm_card_bypassPending", [_refund], -88),
    ],
)
def test_the_balance_is_the_sum_of_its_transactions(
    sandbox: Sandbox, card: str, acts: list[Callable[[Story], None]], expected: int
) -> None:
    story = tell(sandbox, card)
    for act in acts:
        act(story)
        story.wait(5)
        story.balance()
    assert story.balance() == expected
