"""Reviews: a payment a person should look at. Registered in `registry`; the controls open them with `open_review`."""

from __future__ import annotations

from typing import Literal

from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.lists import page
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, new_id


def open_review(call: Call, intent: Json, reason: Literal["manual", "rule"] = "rule") -> Json:
    """Puts a payment before a person, as a rule of Radar or somebody in the dashboard does. 400 when it has been under
    review before, or was never charged.
    """
    charge = call.world.table("charge").get(str(intent["latest_charge"]))
    if charge is None or intent["review"] is not None:
        raise invalid(f"The PaymentIntent {intent['id']} cannot be put under review.", "payment_intent")
    call.live_by(intent)
    review = call.world.add(
        {
            "id": new_id("prv_1", 23),
            "object": "review",
            "billing_zip": charge["billing_details"]["address"]["postal_code"],
            "charge": charge["id"],
            "closed_reason": None,
            "created": call.now,
            "ip_address": None,
            "ip_address_location": None,
            "livemode": False,
            "open": True,
            "opened_reason": reason,
            "payment_intent": intent["id"],
            "reason": reason,
            "session": None,
        }
    )
    intent["review"] = charge["review"] = review["id"]
    record(call, "review.opened", review)
    return review


def approve(call: Call) -> Json:
    review = call.find("review", "review")
    if not review["open"]:
        raise invalid(f"This review has already been closed with the reason {review['closed_reason']}.")
    return _close(call, review, "approved")


def retrieve(call: Call) -> Json:
    return call.find("review", "review")


def listing(call: Call) -> Json:
    """The open ones only, as Stripe lists them."""
    return page(call, "review", "/v1/reviews", lambda row: bool(row["open"]))


def _close(call: Call, review: Json, reason: str) -> Json:
    call.live_by(call.world.table("charge")[review["charge"]])
    review |= {"open": False, "closed_reason": reason, "reason": reason}
    record(call, "review.closed", review)
    return review


def _after_refund(call: Call, charge: Json) -> None:
    fraud = charge["fraud_details"].get("user_report") == "fraudulent"
    if charge["refunded"]:
        _close_of(call, charge["review"], "refunded_as_fraud" if fraud else "refunded")


def _after_dispute(call: Call, dispute: Json) -> None:
    _close_of(call, call.world.table("charge")[dispute["charge"]]["review"], "disputed")


def _after_cancel(call: Call, intent: Json) -> None:
    _close_of(call, intent["review"], "canceled")


def _close_of(call: Call, review_id: str | None, reason: str) -> None:
    review = call.world.table("review").get(str(review_id))
    if review is not None and review["open"]:
        _close(call, review, reason)


RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/reviews", listing, LISTING),
        Route("GET", "/v1/reviews/{id}", retrieve),
        Route("POST", "/v1/reviews/{id}/approve", approve),
    ),
    links={
        "review": {"charge": "charge", "payment_intent": "payment_intent"},
        "charge": {"review": "review"},
        "payment_intent": {"review": "review"},
    },
    reactions={
        "charge.refunded": _after_refund,
        "charge.dispute.created": _after_dispute,
        "payment_intent.canceled": _after_cancel,
    },
)
