"""The control API's part in money: payments, what is taken back of them, cards, events, time, snapshots."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.conftest import SECRET_KEY, Sandbox
from tests.sandbox.control_props import DAY, VISA, paid, refusal, subscriber


def test_every_control_is_documented_and_has_a_heading(sandbox: Sandbox) -> None:
    rows = [row for methods in sandbox.look("openapi.json")["paths"].values() for row in methods.values()]
    assert len(rows) > 40
    assert [row for row in rows if not row.get("summary") or len(row.get("tags", [])) != 1] == []
    assert len({row["tags"][0] for row in rows}) == 10


def test_a_part_and_the_rest_are_refunded_and_no_more(sandbox: Sandbox) -> None:
    intent = paid(sandbox)
    part = sandbox.control(f"payments/{intent.id}/refund", amount=500)["refund"]
    rest = sandbox.control(f"payments/{intent.id}/refund", reason="duplicate")["refund"]
    assert (part["amount"], rest["amount"], rest["reason"]) == (500, 1500, "duplicate")
    status, words = refusal(sandbox, f"payments/{intent.id}/refund")
    assert (status, "already been refunded" in words) == (400, True)
    charge = sandbox.client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (2000, True)


def test_a_refund_comes_back(sandbox: Sandbox) -> None:
    intent = paid(sandbox)
    refund = sandbox.control(f"payments/{intent.id}/refund")["refund"]
    assert sandbox.control(f"refunds/{refund['id']}/fail")["refund"]["status"] == "failed"
    assert sandbox.client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
    assert "refund.failed" in {event.type for event in sandbox.client.v1.events.list({"limit": 20}).data}
    assert refusal(sandbox, f"refunds/{refund['id']}/fail")[0] == 400


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_is_opened_and_decided(sandbox: Sandbox, outcome: str) -> None:
    intent = paid(sandbox)
    dispute = sandbox.control(f"payments/{intent.id}/dispute", reason="product_not_received")["dispute"]
    assert (dispute["status"], dispute["amount"], dispute["reason"]) == ("needs_response", 2000, "product_not_received")
    sandbox.control(f"disputes/{dispute['id']}/close?outcome={outcome}")
    assert sandbox.client.v1.disputes.retrieve(dispute["id"]).status == outcome
    kinds = [event.type for event in sandbox.client.v1.events.list({"limit": 30}).data]
    assert ("charge.dispute.funds_reinstated" in kinds) is (outcome == "won")
    assert refusal(sandbox, f"disputes/{dispute['id']}/close?outcome=won")[0] == 400


def test_an_inquiry_moves_no_money_until_it_becomes_a_dispute(sandbox: Sandbox) -> None:
    intent = paid(sandbox)
    inquiry = sandbox.control(f"payments/{intent.id}/dispute", inquiry=True)["dispute"]
    assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
    risen = sandbox.control(f"disputes/{inquiry['id']}/escalate")["dispute"]
    assert (risen["status"], len(risen["balance_transactions"])) == ("needs_response", 1)
    kinds = [event.type for event in sandbox.client.v1.events.list({"limit": 30}).data]
    assert "charge.dispute.funds_withdrawn" in kinds


def test_a_warning_and_a_review_are_told(sandbox: Sandbox) -> None:
    intent = paid(sandbox)
    warning = sandbox.control(f"payments/{intent.id}/fraud-warning", fraud_type="made_with_stolen_card")[
        "fraud_warning"
    ]
    review = sandbox.control(f"payments/{intent.id}/review")["review"]
    assert (warning["payment_intent"], warning["fraud_type"]) == (intent.id, "made_with_stolen_card")
    assert (review["open"], sandbox.client.v1.payment_intents.retrieve(intent.id).review) == (True, review["id"])
    closed = sandbox.control(f"reviews/{review['id']}/approve")["review"]
    assert (closed["open"], closed["closed_reason"]) == (False, "approved")
    kinds = {event.type for event in sandbox.client.v1.events.list({"limit": 30}).data}
    assert kinds >= {"radar.early_fraud_warning.created", "review.opened", "review.closed"}


def test_nothing_is_taken_back_of_what_was_not_paid(sandbox: Sandbox) -> None:
    intent = sandbox.intent()
    for word in ("dispute", "fraud-warning", "refund", "review"):
        assert (word, refusal(sandbox, f"payments/{intent.id}/{word}")[0]) == (word, 400)
    for word in ("dispute", "refund"):
        assert refusal(sandbox, f"payments/pi_none/{word}")[0] in (400, 404)
    assert sandbox.look("disputes")["total"] == 0


def test_the_bank_answers_a_debit_at_once(sandbox: Sandbox) -> None:
    def debited() -> str:
        asked: Any = {"payment_method_types": ["us_bank_account"], "payment_method": "pm_usBankAccount_success"}
        asked |= {"amount": 900, "currency": "usd"}
        asked |= {"mandate_data": {"customer_acceptance": {"type": "offline"}}, "confirm": True}
        intent = sandbox.client.v1.payment_intents.create(asked)
        assert intent.status == "processing"
        return intent.id

    good, bad = debited(), debited()
    assert sandbox.control(f"payments/{good}/debit?outcome=succeed")["payment_intent"]["status"] == "succeeded"
    answer = sandbox.control(f"payments/{bad}/debit?outcome=fail")
    assert (answer["payment_intent"]["status"], answer["error"] is not None) == ("requires_payment_method", True)
    assert refusal(sandbox, f"payments/{good}/debit?outcome=fail")[0] == 400


def test_what_the_payer_saw_follows_the_payment_to_its_refund(sandbox: Sandbox) -> None:
    intent = sandbox.intent(2000)
    sandbox.control(f"payments/{intent.id}/pay", presentment={"amount": 1800, "currency": "eur"})
    shown = sandbox.client.v1.charges.list({"payment_intent": intent.id}).data[0].presentment_details
    assert shown is not None
    assert (shown.presentment_amount, shown.presentment_currency) == (1800, "eur")
    refund = sandbox.control(f"payments/{intent.id}/refund", amount=1000)["refund"]
    assert refund["presentment_details"] == {"presentment_amount": 900, "presentment_currency": "eur"}


def test_a_saved_card_declines_until_it_is_switched_back(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    charge = {"amount": 700, "currency": "usd", "customer": who.customer, "payment_method": who.card, "confirm": True}
    off = {**charge, "off_session": True}
    sandbox.control(f"payment-methods/{who.card}/card")
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            who.v1.payment_intents.create(off)
    sandbox.control(f"payment-methods/{who.card}/card", card=VISA)
    assert who.v1.payment_intents.create(off).status == "succeeded"
    assert who.v1.payment_methods.retrieve(who.card).card.last4 == "4242"
    assert refusal(sandbox, f"payment-methods/{who.card}/card", card="1234")[0] == 400


def test_the_next_payment_of_a_customer_fails_and_the_one_after_does_not(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    charge = {"amount": 700, "currency": "usd", "customer": who.customer, "payment_method": who.card, "confirm": True}
    assert sandbox.control(f"customers/{who.customer}/decline-next")["cards"] == [who.card]
    with pytest.raises(stripe.CardError):
        who.v1.payment_intents.create({**charge, "off_session": True})
    assert who.v1.payment_intents.create({**charge, "off_session": True}).status == "succeeded"
    bare = who.v1.customers.create({}).id
    assert refusal(sandbox, f"customers/{bare}/decline-next") == (400, "This customer has no saved card.")


def test_time_passes_and_never_runs_backwards(sandbox: Sandbox) -> None:
    before = sandbox.look("time")["now"]
    told = sandbox.control("time", days=3)
    assert 3 * DAY <= told["now"] - before < 3 * DAY + 60
    assert refusal(sandbox, "time", until=before)[0] == 400
    assert sandbox.client.v1.customers.create({}).created >= before + 3 * DAY
    sandbox.control("time", until=before + 10 * DAY)
    assert sandbox.look("health")["now"] >= before + 10 * DAY
    assert sandbox.raw("POST", "/_sandbox/time", json={"days": -1}).status_code == 422


def test_events_are_listed_with_their_payload_and_what_they_tell_of(sandbox: Sandbox) -> None:
    intent = paid(sandbox)
    sandbox.client.v1.payment_intents.update(intent.id, {"description": "Ten credits"})
    sandbox.intent()
    told = sandbox.look(f"events?about={intent.id}")
    assert {event["type"] for event in told["events"]} >= {"payment_intent.succeeded", "charge.succeeded"}
    (one,) = sandbox.look(f"events?type=payment_intent.succeeded&about={intent.id}")["events"]
    assert (one["about"], one["deliveries"]) == (intent.id, [])
    whole = sandbox.look(f"events/{one['id']}")["event"]
    assert whole["data"]["object"]["amount_received"] == 2000
    assert sandbox.look("events?limit=1")["total"] > 1
    assert sandbox.raw("GET", "/_sandbox/events/evt_none").status_code == 404


def test_what_is_done_in_the_dashboard_carries_no_request_id(sandbox: Sandbox) -> None:
    intent = paid(sandbox)
    sandbox.control(f"payments/{intent.id}/refund")
    by_hand = sandbox.client.v1.events.list({"type": "refund.created"}).data[0].request
    by_api = sandbox.client.v1.events.list({"type": "payment_intent.created"}).data[0].request
    assert by_hand is not None
    assert by_api is not None
    assert (by_hand.id, by_hand.idempotency_key) == (None, None)
    assert str(by_api.id).startswith("req_")


def test_a_snapshot_brings_everything_back(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    intent = paid(sandbox)
    taken = sandbox.look("state")
    sandbox.control("time", days=40)
    sandbox.control(f"payments/{intent.id}/refund")
    sandbox.control(f"customers/{who.customer}/delete")
    answer = httpx.put(f"{sandbox.url}/_sandbox/state", json=taken, timeout=20).raise_for_status().json()
    assert answer["objects"]["customer"] == 1
    assert who.v1.customers.retrieve(who.customer).name == "Ada"
    assert who.v1.refunds.list().data == []
    assert sandbox.look("health")["ahead_seconds"] == 0


def test_what_is_no_snapshot_is_refused_and_changes_nothing(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    wrong: Any = (
        {"tables": {"customer": {"cus_1": {"id": "cus_1", "object": "price"}}}},
        {"tables": {}, "more": 1},
        {},
    )
    statuses = [httpx.put(f"{sandbox.url}/_sandbox/state", json=body, timeout=20).status_code for body in wrong]
    assert statuses == [400, 422, 422]
    assert who.v1.customers.retrieve(who.customer).id == who.customer
    assert sandbox.raw("GET", "/v1/customers", key=SECRET_KEY).status_code == 200
