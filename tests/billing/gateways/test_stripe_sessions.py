"""What is read of a Checkout Session, without asking anybody: no odd session may look like a purchase that was paid."""

from __future__ import annotations

from typing import Any

import pytest

from billing.gateways.stripe_sessions import proven_card, purchase
from billing.gateways.stripe_values import Malformed
from billing.rules.facts import CardFact, PaymentState
from billing.rules.money import Money

INTENT: dict[str, Any] = {
    "id": "pi_1", "object": "payment_intent", "status": "succeeded", "created": 50, "amount_received": 1800,
    "last_payment_error": None, "latest_charge": {"id": "ch_1", "created": 60},
}  # fmt: skip
SESSION: dict[str, Any] = {
    "id": "cs_live_1", "object": "checkout.session", "mode": "payment", "status": "complete", "payment_status": "paid",
    "currency": "usd", "amount_subtotal": 1800, "amount_total": 1800, "customer": "cus_1", "livemode": True,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, "created": 40,
    "client_reference_id": "ord_1", "payment_intent": INTENT,
    "line_items": {"data": [{"price": {"id": "price_1"}, "quantity": 1}]},
}  # fmt: skip
FAILED = {"decline_code": "generic_decline", "code": "card_declined", "message": "No.\nNever."}


def summed(total: int, *, off: int = 0, shipping: int | None = 0, tax: int = 0) -> dict[str, Any]:
    details = {"amount_discount": off, "amount_shipping": shipping, "amount_tax": tax}
    return {**SESSION, "amount_total": total, "total_details": details}


def moved(status: str, payment_status: str = "unpaid", **intent: Any) -> dict[str, Any]:
    return {**SESSION, "payment_status": payment_status, "payment_intent": {**INTENT, "status": status, **intent}}


def test_a_purchase_happened_when_its_charge_was_made() -> None:
    assert purchase(SESSION).happened_at == 60_000_000
    assert purchase(moved("processing", latest_charge=None)).happened_at == 50_000_000
    assert purchase({**SESSION, "status": "open", "payment_intent": None}).happened_at == 40_000_000


@pytest.mark.parametrize(
    ("session", "added", "goods"),
    [
        (summed(1800), 0, 1800),
        (summed(2142, tax=342), 342, 1800),
        (summed(1800, tax=287), 0, 1800),
        (summed(1800, off=300, tax=300), 300, 1500),
        (summed(1620, off=180, shipping=None), 0, 1620),
        (summed(2000, shipping=200), 0, 2000),
        (summed(0, off=1800), 0, 0),
    ],
)
def test_without_its_tax_the_total_is_what_was_asked_for_the_goods(
    session: dict[str, Any], added: int, goods: int
) -> None:
    fact = purchase(session)
    assert (fact.tax_minor, fact.amount.minor - added) == (added, goods)


@pytest.mark.parametrize("session", [summed(1900), summed(1700), summed(2142, tax=300), summed(1500, off=200)])
def test_a_total_that_is_not_the_sum_of_its_parts_is_not_believed(session: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="amount_total"):
        purchase(session)


@pytest.mark.parametrize(
    ("session", "state", "received"),
    [
        (SESSION, PaymentState.SUCCEEDED, 1800),
        ({**SESSION, "status": "open", "payment_intent": None, "payment_status": "unpaid"}, PaymentState.OPEN, 0),
        ({**SESSION, "status": "expired", "payment_intent": None}, PaymentState.CANCELED, 0),
        (moved("processing", amount_received=0), PaymentState.PROCESSING, 0),
        (moved("requires_capture", amount_received=0), PaymentState.PROCESSING, 0),
        (moved("succeeded"), PaymentState.PROCESSING, 1800),
        (moved("requires_payment_method", amount_received=0), PaymentState.FAILED, 0),
        (moved("canceled", amount_received=0), PaymentState.FAILED, 0),
        (moved("dreamt", amount_received=0), PaymentState.UNKNOWN, 0),
        ({**SESSION, "status": "dreamt"}, PaymentState.UNKNOWN, 1800),
        ({**SESSION, "payment_status": "dreamt", "payment_intent": None}, PaymentState.UNKNOWN, 0),
    ],
)
def test_only_a_complete_and_paid_session_is_a_success(
    session: dict[str, Any], state: PaymentState, received: int
) -> None:
    fact = purchase(session)
    assert (fact.state, fact.received) == (state, Money(received, "USD"))


def test_a_purchase_of_nothing_has_no_payment() -> None:
    free = {**summed(0, off=1800), "payment_status": "no_payment_required", "payment_intent": None}
    assert (purchase(free).state, purchase(free).payment_ref) == (PaymentState.SUCCEEDED, "")


def test_a_failure_says_why() -> None:
    fact = purchase(moved("requires_payment_method", last_payment_error=FAILED, amount_received=0))
    assert (fact.failure_code, fact.failure_text) == ("generic_decline", "No. Never.")


@pytest.mark.parametrize(
    ("lines", "items"),
    [
        ([], ()),
        ([{"price": {"id": "price_1"}, "quantity": 2}], (("price_1", 2),)),
        ([{"price": None, "quantity": 1}], (("", 1),)),
        ([{"price": {"id": "a b"}, "quantity": True}, None], (("", 0), ("", 0))),
    ],
)
def test_what_was_sold_is_told_line_by_line(lines: list[Any], items: object) -> None:
    assert purchase({**SESSION, "line_items": {"data": lines}}).items == items


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "pi_1"}, {"id": None}, {"object": "payment_intent"}, {"mode": "setup"}, {"currency": None},
        {"currency": "USD"}, {"amount_total": True}, {"amount_total": "1800"}, {"amount_total": -1},
        {"amount_total": 1800.0}, {"amount_subtotal": None}, {"total_details": None}, {"livemode": None},
        {"customer": "acct_1"}, {"payment_intent": "ch_1"}, {"payment_intent": {**INTENT, "amount_received": "1800"},
        "payment_status": "unpaid"}, {"line_items": None}, {"line_items": {"data": None}},
    ],
)  # fmt: skip
def test_a_session_not_as_documented_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        purchase({**SESSION, **changes})


SETUP: dict[str, Any] = {
    "id": "cs_live_2", "object": "checkout.session", "mode": "setup", "status": "complete", "customer": "cus_1",
    "livemode": True, "setup_intent": {
        "id": "seti_1", "status": "succeeded", "created": 70,
        "payment_method": {"id": "pm_1", "type": "card", "card": {"fingerprint": "Xt5EWLLDS7FJjR1c"}},
    },
}  # fmt: skip


def test_a_proven_card_is_told_by_its_fingerprint() -> None:
    assert proven_card(SETUP) == CardFact("cs_live_2", "cus_1", "Xt5EWLLDS7FJjR1c", 70_000_000, livemode=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "open"}, {"status": "expired"}, {"customer": None}, {"setup_intent": None},
        {"setup_intent": "seti_1"}, {"setup_intent": {**SETUP["setup_intent"], "status": "requires_action"}},
        {"setup_intent": {**SETUP["setup_intent"], "payment_method": "pm_1"}},
        {"setup_intent": {**SETUP["setup_intent"], "payment_method": {"type": "link", "link": {}}}},
        {"setup_intent": {**SETUP["setup_intent"], "payment_method": {"card": {"fingerprint": None}}}},
        {"setup_intent": {**SETUP["setup_intent"], "payment_method": {"card": {"fingerprint": ""}}}},
    ],
)  # fmt: skip
def test_a_card_that_is_not_proven_is_none(changes: dict[str, Any]) -> None:
    assert proven_card({**SETUP, **changes}) is None
