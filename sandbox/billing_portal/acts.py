"""What a customer does on the portal's page. Each act is allowed by a feature and carried out through the API itself.
Used by `portal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from sandbox.billing_portal import plans
from sandbox.billing_portal.visits import Visit
from sandbox.errors import Json, invalid, missing

LIVING = ("active", "trialing", "past_due", "unpaid", "paused")
SECONDS = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400, "year": 365 * 86_400}


class Wish(BaseModel):
    """What the page sends along; each act reads its own names."""

    model_config = ConfigDict(extra="forbid")

    subscription: str | None = None
    payment_method: str | None = None
    tax_id: str | None = None
    price: str | None = None
    quantity: int | None = None
    promotion_code: str | None = None
    proration_date: int | None = None
    feedback: str | None = None
    comment: str | None = None
    option: int | None = None
    details: dict[str, Any] | None = None


def change_details(visit: Visit, wish: Wish) -> Json:
    """Only the kinds of details the configuration lists."""
    allowed = visit.require("customer_update")["allowed_updates"]
    for name in wish.details or {}:
        if name not in allowed or name == "tax_id":
            raise invalid(f"The portal configuration does not allow changing `{name}`.", name)
    return visit.ask("POST", f"/v1/customers/{visit.customer['id']}", wish.details)


def add_tax_id(visit: Visit, wish: Wish) -> Json:
    _require_tax_ids(visit)
    return visit.ask("POST", f"/v1/customers/{visit.customer['id']}/tax_ids", wish.details)


def remove_tax_id(visit: Visit, wish: Wish) -> Json:
    _require_tax_ids(visit)
    return visit.ask("DELETE", f"/v1/customers/{visit.customer['id']}/tax_ids/{wish.tax_id}")


def begin_card(visit: Visit, _: Wish) -> Json:
    """A SetupIntent, which the page's payment element confirms."""
    visit.require("payment_method_update")
    params = {"customer": visit.customer["id"], "usage": "off_session", "allowed_payment_method_types": ["card"]}
    intent = visit.ask("POST", "/v1/setup_intents", params)
    return {"client_secret": intent["client_secret"]}


def prefer_card(visit: Visit, wish: Wish) -> Json:
    visit.require("payment_method_update")
    settings = {"invoice_settings": {"default_payment_method": _card(visit, wish)["id"]}}
    return visit.ask("POST", f"/v1/customers/{visit.customer['id']}", settings)


def remove_card(visit: Visit, wish: Wish) -> Json:
    """The last card stays while a subscription lives on it."""
    visit.require("payment_method_update")
    card = _card(visit, wish)
    charged = [row for row in visit.subscriptions() if row["status"] in LIVING and not row["cancel_at_period_end"]]
    if charged and len(visit.cards()) == 1:
        raise invalid("Add another payment method first: a subscription is paid with this one.", "payment_method")
    return visit.ask("POST", f"/v1/payment_methods/{card['id']}/detach")


def cancel(visit: Visit, wish: Wish) -> Json:
    """At the end of the period or at once, as the configuration says, with the reason that was given."""
    feature = visit.require("subscription_cancel")
    subscription = visit.subscription(wish.subscription)
    path = f"/v1/subscriptions/{subscription['id']}"
    details = _reason(feature["cancellation_reason"], wish)
    if feature["mode"] == "immediately":
        prorate = feature["proration_behavior"] == "create_prorations"
        return visit.ask("DELETE", path, {"prorate": prorate, **details})
    return visit.ask("POST", path, {"cancel_at_period_end": True, **details})


def keep(visit: Visit, wish: Wish) -> Json:
    """Takes back a cancellation that has not happened yet."""
    visit.require("subscription_cancel")
    subscription = visit.subscription(wish.subscription)
    undo = {"cancel_at_period_end": False} if subscription["cancel_at_period_end"] else {"cancel_at": None}
    return visit.ask("POST", f"/v1/subscriptions/{subscription['id']}", undo)


def accept_offer(visit: Visit, wish: Wish) -> Json:
    """The coupon a cancellation flow holds out, so that the customer stays."""
    flow = visit.session["flow"] or {}
    step = flow.get("subscription_cancel") or {}
    if step.get("subscription") != wish.subscription or not step.get("retention"):
        raise invalid("There is no offer for this subscription.", "subscription")
    coupon = step["retention"]["coupon_offer"]["coupon"]
    return visit.ask("POST", f"/v1/subscriptions/{wish.subscription}", {"discounts": [{"coupon": coupon}]})


def pause(visit: Visit, wish: Wish) -> Json:
    """Without an end it is a real pause; with one, invoices are voided until that day."""
    duration = visit.require("subscription_pause")["duration"]
    subscription = visit.subscription(wish.subscription)
    path = f"/v1/subscriptions/{subscription['id']}"
    if duration["type"] == "indefinite":
        return visit.ask("POST", f"{path}/pause", {"type": "subscription"})
    options = duration["interval_options"]
    if wish.option is None or not 0 <= wish.option < len(options):
        raise invalid("Choose how long the subscription is to be paused.", "option")
    length = SECONDS[options[wish.option]["interval"]] * options[wish.option]["interval_count"]
    until = visit.machine.world.now(visit.customer.get("test_clock")) + length
    return visit.ask("POST", path, {"pause_collection": {"behavior": "void", "resumes_at": until}})


def resume(visit: Visit, wish: Wish) -> Json:
    visit.require("subscription_pause")
    subscription = visit.subscription(wish.subscription)
    path = f"/v1/subscriptions/{subscription['id']}"
    if subscription["status"] == "paused":
        return visit.ask("POST", f"{path}/resume")
    return visit.ask("POST", path, {"pause_collection": None})


def preview(visit: Visit, wish: Wish) -> Json:
    return plans.preview(visit, _change(visit, wish))


def change(visit: Visit, wish: Wish) -> Json:
    return plans.change(visit, _change(visit, wish))


def _change(visit: Visit, wish: Wish) -> plans.Change:
    subscription = visit.subscription(wish.subscription)
    return plans.Change(subscription, wish.price, wish.quantity, wish.promotion_code, wish.proration_date)


def _card(visit: Visit, wish: Wish) -> Json:
    found = next((card for card in visit.cards() if card["id"] == wish.payment_method), None)
    if found is None:
        raise missing("PaymentMethod", str(wish.payment_method), "payment_method")
    return found


def _reason(asked: Json, wish: Wish) -> Json:
    """Feedback only where the configuration collects it, and only one of its own options."""
    if not asked["enabled"] or not (wish.feedback or wish.comment):
        return {}
    if wish.feedback and wish.feedback not in asked["options"]:
        raise invalid("This reason is not one of those offered.", "feedback")
    given = {"feedback": wish.feedback, "comment": wish.comment}
    return {"cancellation_details": {name: value for name, value in given.items() if value}}


def _require_tax_ids(visit: Visit) -> None:
    if "tax_id" not in visit.require("customer_update")["allowed_updates"]:
        raise invalid("The portal configuration does not allow changing `tax_id`.", "tax_id")


ACTS: Mapping[str, Callable[[Visit, Wish], Json]] = {
    "details": change_details,
    "tax-id": add_tax_id,
    "remove-tax-id": remove_tax_id,
    "new-card": begin_card,
    "prefer-card": prefer_card,
    "remove-card": remove_card,
    "cancel": cancel,
    "keep": keep,
    "accept-offer": accept_offer,
    "pause": pause,
    "resume": resume,
    "preview": preview,
    "change": change,
}
