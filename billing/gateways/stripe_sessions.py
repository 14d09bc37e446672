"""Reads Stripe's Checkout Session into a PaymentFact or a CardFact. For `billing/gateways/stripe*.py` only.

What was sold is read from the session's own lines, never from metadata.
"""

from __future__ import annotations

from billing.gateways.stripe_payments import failure, happened_at
from billing.gateways.stripe_values import (
    Json,
    Malformed,
    branch,
    currency,
    expect,
    flag,
    hint,
    minor,
    moment,
    ref,
    ref_or_none,
    word_or_none,
)
from billing.rules.facts import CardFact, PaymentFact, PaymentState
from billing.rules.money import Money

EXPANDED = ["line_items", "payment_intent.latest_charge", "setup_intent.payment_method"]

PAID = ("paid", "no_payment_required")
UNDER_WAY = ("processing", "requires_capture", "succeeded")
FAILED = ("requires_payment_method", "canceled")


def purchase(session: Json) -> PaymentFact:
    """How a session of mode payment stands. It came expanded as EXPANDED says."""
    _expect_mode(session, "payment")
    intent, money, total = branch(session, "payment_intent"), currency(session), minor(session, "amount_total", 0)
    state = _state(session, intent)
    code, why = failure(intent)
    came_in = total if state is PaymentState.SUCCEEDED else minor(intent, "amount_received", 0) if intent else 0
    return PaymentFact(
        state=state,
        payment_ref=ref_or_none(session.get("payment_intent"), "pi") or "",
        amount=Money(total, money),
        received=Money(came_in, money),
        happened_at=happened_at(intent) or moment(session, "created"),
        livemode=flag(session, "livemode"),
        customer_ref=ref_or_none(session.get("customer"), "cus"),
        order_hint=hint(session.get("client_reference_id")),
        failure_code=code,
        failure_text=why,
        session_ref=ref(session, "cs"),
        tax_minor=_added_tax(session, total),
        items=_items(session),
    )


def proven_card(session: Json) -> CardFact | None:
    """The card a session of mode setup proved, or None while it has not."""
    expect(session, "checkout.session")
    setup = branch(session, "setup_intent")
    fingerprint = word_or_none(branch(branch(setup, "payment_method"), "card").get("fingerprint"))
    customer_ref = ref_or_none(session.get("customer"), "cus")
    done = session.get("status") == "complete" and setup.get("status") == "succeeded"
    if not done or fingerprint is None or customer_ref is None:
        return None
    return CardFact(ref(session, "cs"), customer_ref, fingerprint, moment(setup, "created"), flag(session, "livemode"))


def _expect_mode(session: Json, mode: str) -> None:
    expect(session, "checkout.session")
    if session.get("mode") != mode:
        raise Malformed(f"mode is not {mode}")


def _state(session: Json, intent: Json) -> PaymentState:
    """A session that is complete is not always paid: a bank debit takes days, and may fail then."""
    status, moved = session.get("status"), intent.get("status")
    if status == "open":
        return PaymentState.OPEN
    if status == "expired":
        return PaymentState.CANCELED
    if status == "complete" and session.get("payment_status") in PAID:
        return PaymentState.SUCCEEDED
    if status == "complete" and moved in UNDER_WAY:
        return PaymentState.PROCESSING
    return PaymentState.FAILED if status == "complete" and moved in FAILED else PaymentState.UNKNOWN


def _added_tax(session: Json, total: int) -> int:
    """The tax on top of the goods; tax inside the price adds nothing.

    Without it the total is what was really asked for the goods, so a discount can never pass as the full price.
    """
    details = branch(session, "total_details")
    shipping = 0 if details.get("amount_shipping") is None else minor(details, "amount_shipping", 0)
    goods = minor(session, "amount_subtotal", 0) - minor(details, "amount_discount", 0)
    added = total - goods - shipping
    if not 0 <= added <= minor(details, "amount_tax", 0):
        raise Malformed("amount_total is not the sum of its parts")
    return added


def _items(session: Json) -> tuple[tuple[str, int], ...]:
    """(price, quantity) of each line; a line without a readable price is one that no order of ours sells."""
    lines = branch(session, "line_items").get("data")
    if not isinstance(lines, list):
        raise Malformed("line_items is no list")
    return tuple(_item(line) for line in lines)


def _item(line: object) -> tuple[str, int]:
    thing = line if isinstance(line, dict) else {}
    quantity = thing.get("quantity")
    return word_or_none(branch(thing, "price").get("id")) or "", quantity if type(quantity) is int else 0
