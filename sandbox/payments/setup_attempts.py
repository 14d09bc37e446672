"""Setup attempts: each try to set a payment method up, kept whether it worked or not. Written by
`setup_confirmation`, read through this route.
"""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.lists import page
from sandbox.params import Kind, Text
from sandbox.payments.charge_details import secure_details
from sandbox.payments.method_parts import CARD_TYPE
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, new_id

SAME = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")


def write_attempt(call: Call, intent: Json, method: Json) -> Json:
    """A try that has just begun; `end_attempt` says how it went."""
    attempt = call.world.add(
        {
            "id": new_id("setatt_1", 23),
            "object": "setup_attempt",
            "application": None,
            "attach_to_self": intent["attach_to_self"],
            "created": call.now,
            "customer": intent["customer"],
            "customer_account": None,
            "flow_directions": intent["flow_directions"],
            "livemode": False,
            "on_behalf_of": None,
            "payment_method": method["id"],
            "payment_method_details": {"type": method["type"], method["type"]: _details(method)},
            "setup_error": None,
            "setup_intent": intent["id"],
            "status": "processing",
            "usage": intent["usage"],
        }
    )
    intent["latest_attempt"] = attempt["id"]
    return attempt


def end_attempt(call: Call, intent: Json, status: str, *, secure: str | None = None, error: Json | None = None) -> None:
    attempt = call.world.table("setup_attempt")[intent["latest_attempt"]]
    attempt |= {"status": status, "setup_error": error}
    card = attempt["payment_method_details"].get(CARD_TYPE)
    if card is not None and secure:
        card["three_d_secure"] = {
            name: value for name, value in secure_details(secure).items() if name != "exemption_indicator"
        }


def listing(call: Call) -> Json:
    intent = call.refer("setup_intent", "setup_intent") or {}
    return page(call, "setup_attempt", "/v1/setup_attempts", lambda row: row["setup_intent"] == intent["id"])


def _details(method: Json) -> Json:
    if method["type"] != CARD_TYPE:
        return {}
    card = method[CARD_TYPE]
    return {**{name: card[name] for name in SAME}, "network": card["brand"], "three_d_secure": None}


FILTERS: dict[str, Kind] = {**LISTING, "setup_intent": Text(required=True)}
RESOURCE = Resource(
    routes=(Route("GET", "/v1/setup_attempts", listing, FILTERS),),
    links={
        "setup_attempt": {
            "customer": "customer",
            "payment_method": "payment_method",
            "setup_intent": "setup_intent",
        }
    },
)
