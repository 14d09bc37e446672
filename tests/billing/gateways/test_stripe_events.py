"""Which facts are read from events, and that no odd value in a genuine event becomes money or a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest

from billing.gateways.stripe_events import READERS, read_event
from billing.rules.errors import NotAnEvent
from billing.rules.facts import Envelope, PaymentFact, PaymentState
from billing.rules.money import Money

INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 1800,
    "amount_received": 1800,
    "currency": "usd",
    "customer": "cus_1",
    "status": "succeeded",
    "metadata": {"scrip_order": "ord_1", "account": "somebody_else"},
    "last_payment_error": None,
}
FAILURE = {
    "code": "card_declined",
    "decline_code": "insufficient_funds",
    "message": "Your card has\ninsufficient funds.",
}


def event(kind: str = "payment_intent.succeeded", around: dict[str, Any] | None = None, **intent: Any) -> Envelope:
    thing = {name: value for name, value in {**INTENT, **intent}.items() if value is not ...}
    shell = {"id": "evt_1", "object": "event", "type": kind, "livemode": True, "created": 1_700_000_000}
    return read_event(json.dumps({**shell, "data": {"object": thing}, **(around or {})}).encode())


def paid(envelope: Envelope) -> PaymentFact:
    assert isinstance(envelope.fact, PaymentFact)
    return envelope.fact


def test_a_paid_intent_becomes_a_fact() -> None:
    envelope = event(around={"api_version": "2026-10-28.endive", "account": "acct_1"})
    assert (envelope.api_version, envelope.account, envelope.object_id) == ("2026-10-28.endive", "acct_1", "pi_1")
    assert envelope.created_at == 1_700_000_000_000_000
    assert envelope.malformed is None
    fact = paid(envelope)
    assert (fact.state, fact.payment_ref, fact.customer_ref) == (PaymentState.SUCCEEDED, "pi_1", "cus_1")
    assert (fact.amount, fact.received) == (Money(1800, "USD"), Money(1800, "USD"))
    assert (fact.order_hint, fact.livemode, fact.happened_at) == ("ord_1", True, envelope.created_at)


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("payment_failed", "requires_payment_method", PaymentState.FAILED),
        ("processing", "processing", PaymentState.PROCESSING),
        ("requires_action", "requires_action", PaymentState.ACTION_NEEDED),
        ("canceled", "canceled", PaymentState.CANCELED),
    ],
)
def test_every_other_type_says_where_the_payment_stands(kind: str, status: str, state: PaymentState) -> None:
    fact = paid(event(f"payment_intent.{kind}", status=status, amount_received=0, last_payment_error=FAILURE))
    assert (fact.state, fact.received) == (state, Money(0, "USD"))
    assert (fact.failure_code, fact.failure_text) == ("insufficient_funds", "Your card has insufficient funds.")


@pytest.mark.parametrize("kind", sorted(kind for kind in READERS if kind.startswith("payment_intent.")))
def test_no_type_is_believed_against_the_status_of_its_object(kind: str) -> None:
    odd: list[Any] = ["requires_confirmation", "dreamt", "", None, 1, [], {}, ...]
    for status in odd:
        envelope = event(kind, status=status)
        assert (envelope.fact, envelope.malformed) == (None, "status does not fit the type of the event")


@pytest.mark.parametrize("kind", ["payment_intent.created", "charge.refunded", "something.new.in_2030"])
def test_other_types_are_news_that_changes_nothing(kind: str) -> None:
    envelope = event(kind, amount="odd")
    assert (envelope.type, envelope.fact, envelope.malformed) == (kind, None, None)


@pytest.mark.parametrize("name", ["amount", "amount_received"])
@pytest.mark.parametrize(
    "value", ["1800", True, 1800.0, 1e30, -1, 2**63, 10**12, None, ..., [], {"value": 1800}, "NaN"]
)
def test_an_amount_that_is_no_whole_number_in_range_is_parked(name: str, value: Any) -> None:
    changes: dict[str, Any] = {name: value}
    envelope = event(**changes)
    assert envelope.fact is None
    assert str(envelope.malformed).startswith(name)


def test_a_payment_of_nothing_is_parked() -> None:
    assert event(amount=0).malformed == "amount is out of range"


def test_not_a_number_is_no_amount() -> None:
    raw = event().body.replace('"amount": 1800', '"amount": NaN').encode()
    assert read_event(raw).malformed == "amount is not a whole number"


@pytest.mark.parametrize("currency", ["USD", "us", "usdt", "", "u d", None, ..., 840, True, "usd\n", "ｕｓｄ"])
def test_a_currency_not_as_stripe_writes_it_is_parked(currency: object) -> None:
    assert event(currency=currency).malformed == "currency is not three small letters"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "ch_1"}, {"id": None}, {"id": ...}, {"id": 5}, {"id": "pi_\0"}, {"id": "pi_1\n"},
        {"id": "pi_" + "x" * 300},
        {"object": "charge"}, {"object": ...}, {"customer": "acct_1"}, {"customer": 7}, {"customer": "cus_\ud800"},
        {"customer": {"id": 1}},
    ],
)  # fmt: skip
def test_an_id_of_the_wrong_kind_is_parked(changes: dict[str, Any]) -> None:
    envelope = event(**changes)
    assert envelope.fact is None
    assert envelope.malformed


def test_an_expanded_customer_is_the_same_customer() -> None:
    fact = paid(event(customer={"id": "cus_9", "object": "customer"}))
    assert fact.customer_ref == "cus_9"


@pytest.mark.parametrize(
    "metadata",
    [
        None, ..., [], "ord_1", {}, {"scrip_order": None}, {"scrip_order": 5}, {"scrip_order": True},
        {"scrip_order": ["ord_1"]}, {"scrip_order": "x" * 65}, {"scrip_order": "a\0b"}, {"scrip_order": "\ud800"},
        {"scrip_order": "ord_1; drop table orders"},
    ],
)  # fmt: skip
def test_odd_metadata_is_no_hint_and_no_harm(metadata: object) -> None:
    fact = paid(event(metadata=metadata))
    assert fact.order_hint is None


@pytest.mark.parametrize("error", ["declined", [], 5, {"message": 5, "code": {}}, {"message": "\0\ud800\n"}])
def test_an_odd_error_is_kept_as_nothing(error: object) -> None:
    fact = paid(event(last_payment_error=error))
    assert (fact.failure_code, fact.failure_text) == (None, None)


@pytest.mark.parametrize("word", ["a b", "\0", "\ud800", "x" * 300, 5, True, [], None])
def test_odd_words_around_an_event_are_left_out(word: object) -> None:
    envelope = event("charge.refunded", around={"account": word, "api_version": word}, id=word)
    assert (envelope.account, envelope.api_version, envelope.object_id) == (None, None, None)
    assert envelope.body.isascii()


THIN = {
    "id": "evt_test_1", "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered",
    "livemode": False, "created": "2026-11-21T16:00:00.000Z", "related_object": {"id": "mtr_1"},
}  # fmt: skip


def test_use_that_a_meter_did_not_count_is_news_for_a_person() -> None:
    found = read_event(json.dumps(THIN).encode())
    assert (found.event_id, found.object_id, found.livemode) == ("evt_test_1", "mtr_1", False)
    assert found.created_at == 1_795_276_800_000_000
    assert found.malformed == "Use that was reported to a meter was not counted."


ODD: list[dict[str, object]] = [
    {"type": "v2.core.account.created"}, {"type": []}, {"id": 1}, {"livemode": 0}, {"created": 1},
    {"created": "2026-11-21T16:00:00"}, {"created": "soon"},
]  # fmt: skip


@pytest.mark.parametrize("change", ODD)
def test_every_other_thin_event_is_none_here(change: dict[str, object]) -> None:
    with pytest.raises(NotAnEvent):
        read_event(json.dumps(THIN | change).encode())
