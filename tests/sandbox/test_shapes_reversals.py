"""Refunds, disputes, warnings and reviews have the fields the installed SDK's types promise."""

from __future__ import annotations

from typing import Any

import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.contract import differences
from tests.sandbox.stories import Story, tell

CLASSES: dict[str, type] = {
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "radar.early_fraud_warning": stripe.radar.EarlyFraudWarning,
    "review": stripe.Review,
    "charge": stripe.Charge,
    "balance_transaction": stripe.BalanceTransaction,
    "balance": stripe.Balance,
}


def _plain(thing: Any) -> dict[str, Any]:
    return dict(thing.to_dict(for_json=True))


def _wrong(things: list[dict[str, Any]]) -> list[str]:
    known = [thing for thing in things if thing["object"] in CLASSES]
    assert known
    return [line for thing in known for line in differences(thing, CLASSES[thing["object"]], thing["object"])]


def _everything(sandbox: Sandbox) -> Story:
    """One of each course, one after the other in one account."""
    pending = tell(sandbox, "pm_card_pendingRefund")
    pending.refund(500)
    failing = tell(sandbox, "pm_card_refundFail")
    failing.refund(500, instructions_email="ada@example.com")
    failing.wait()
    tell(sandbox, "pm_card_createDisputeInquiry").answer("something", submit=False)
    tell(sandbox, "pm_card_createComplianceDispute")
    tell(sandbox, "pm_card_createIssuerFraudRecord").refund()
    won = tell(sandbox, "pm_card_createDispute")
    won.answer("winning_evidence")
    won.wait()
    return won


def test_every_object_keeps_the_sdks_contract(sandbox: Sandbox) -> None:
    v1 = _everything(sandbox).v1
    rows = [
        *v1.refunds.list().data,
        *v1.disputes.list().data,
        *v1.radar.early_fraud_warnings.list().data,
        *v1.balance_transactions.list({"limit": 100}).data,
        *v1.charges.list().data,
        v1.balance.retrieve(),
    ]
    assert _wrong([_plain(row) for row in rows]) == []


def test_every_event_keeps_the_contract_of_its_object(sandbox: Sandbox) -> None:
    events = _everything(sandbox).v1.events.list({"limit": 100}).data
    told = [_plain(event)["data"]["object"] for event in events]
    assert _wrong(told) == []
    assert {thing["object"] for thing in told} >= {"refund", "dispute", "charge", "radar.early_fraud_warning"}


def test_what_only_the_controls_bring_keeps_it_too(sandbox: Sandbox) -> None:
    story = tell(sandbox)
    review = sandbox.control(f"payments/{story.intent}/review")["review"]
    warning = sandbox.control(f"payments/{story.intent}/fraud-warning")["fraud_warning"]
    dispute = sandbox.control(f"payments/{story.intent}/dispute", inquiry=True)["dispute"]
    escalated = sandbox.control(f"disputes/{dispute['id']}/escalate")["dispute"]
    lost = sandbox.control(f"disputes/{dispute['id']}/close?outcome=lost")["dispute"]
    shown = _plain(story.v1.reviews.retrieve(review["id"]))
    assert _wrong([review, warning, dispute, escalated, lost, shown]) == []
