"""Mandates: a payer's leave to debit a bank account. Written where a bank account pays or is set up; read here."""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.payments.method_parts import CARD_TYPE, SEPA_TYPE
from sandbox.routes import Resource, Route
from sandbox.state import Call, new_id


def refuse_without_mandate(call: Call, method: Json) -> None:
    """400 when nobody has agreed to a debit. A browser's SDK shows the mandate's text itself, so there the payer has;
    so has the owner of an account that is saved with a customer.
    """
    agreed = call.params.get("mandate_data") or method["_mandate"] or method["customer"] or call.publishable
    if method["type"] != CARD_TYPE and not agreed:
        message = (
            f"This {method['type']} PaymentMethod has no mandate. Collect the customer's acceptance and pass it in "
            "`mandate_data` to confirm."
        )
        raise invalid(message, "mandate_data")


def lay_down(call: Call, method: Json, *, intent: Json, several: bool) -> str:
    """The id of the mandate this method is used under: the one it has, or a new one from `mandate_data`."""
    data = call.params.get("mandate_data")
    if data is None and method["_mandate"] is not None:
        return str(method["_mandate"])
    mandate = call.world.add(_blank(call, method, data or {}, intent, several=several))
    method["_mandate"] = mandate["id"]
    return str(mandate["id"])


def _blank(call: Call, method: Json, data: Json, intent: Json, *, several: bool) -> Json:
    given = data.get("customer_acceptance") or {}
    kind = given.get("type") or "online"
    online = given.get("online") or {}
    mandate_id = new_id("mandate_1", 23)
    seen = {"ip_address": online.get("ip_address"), "user_agent": online.get("user_agent")}
    mandate = {
        "id": mandate_id,
        "object": "mandate",
        "customer_acceptance": {
            "accepted_at": given.get("accepted_at") or call.now,
            kind: seen if kind == "online" else {},
            "type": kind,
        },
        "livemode": False,
        "payment_method": method["id"],
        "payment_method_details": {"type": method["type"], method["type"]: _details(method)},
        "status": "active",
        "type": "multi_use" if several else "single_use",
    }
    if several:
        return {**mandate, "multi_use": {}}
    return {**mandate, "single_use": {"amount": intent["amount"], "currency": intent["currency"]}}


def _details(method: Json) -> Json:
    if method["type"] != SEPA_TYPE:
        return {}
    reference = new_id("", 16).upper()
    return {"reference": reference, "url": f"https://hooks.stripe.com/adapter/sepa_debit/file/{reference}"}


def retrieve(call: Call) -> Json:
    return call.find("mandate", "mandate")


RESOURCE = Resource(
    routes=(Route("GET", "/v1/mandates/{id}", retrieve),),
    links={"mandate": {"payment_method": "payment_method"}},
)
