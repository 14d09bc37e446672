"""Customer sessions: what lets the Payment Element in a browser see a customer's saved cards.
Registered in `registry`.
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Json, invalid
from sandbox.params import Flag, Group, Kind, Many, OneOf, Text, Whole
from sandbox.routes import Resource, Route
from sandbox.state import Call, World, new_id

LIVES_SECONDS = 1800
OFF = {"enabled": False}
FEATURES: Json = {
    "payment_method_allow_redisplay_filters": ["always"],
    "payment_method_redisplay": "disabled",
    "payment_method_redisplay_limit": 3,
    "payment_method_remove": "disabled",
    "payment_method_save": "disabled",
    "payment_method_save_usage": None,
}


def create(call: Call) -> Json:
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    asked: Json = call.params["components"].get("payment_element") or {"enabled": False}
    element: dict[str, Any] = {"enabled": asked["enabled"], "features": None}
    if asked["enabled"]:
        element["features"] = {**FEATURES, **(asked.get("features") or {})}
    session_id = new_id("cuss_1", 23)
    call.world.table("customer_session")[session_id] = session = {
        "object": "customer_session",
        "client_secret": f"{session_id}_secret_{new_id('', 25)}",
        "components": {
            "active_entitlements": OFF,
            "buy_button": OFF,
            "customer_portal": OFF,
            "customer_sheet": {"enabled": False, "features": None},
            "mobile_payment_element": {"enabled": False, "features": None},
            "payment_element": element,
            "pricing_table": OFF,
        },
        "created": call.now,
        "customer": customer["id"],
        "customer_account": None,
        "expires_at": call.now + LIVES_SECONDS,
        "livemode": False,
    }
    return session


def session_by_secret(world: World, client_secret: str) -> Json | None:
    """The session a browser holds, while it lives."""
    for session in world.table("customer_session").values():
        if session["client_secret"] == client_secret and session["expires_at"] > world.clock.now():
            return session
    return None


def saved_cards(world: World, session: Json) -> list[Json]:
    """The cards this session may show, newest first: those whose owner allowed it, up to the limit."""
    features = session["components"]["payment_element"]["features"]
    if not features or features["payment_method_redisplay"] != "enabled":
        return []
    allowed = features["payment_method_allow_redisplay_filters"]
    cards = [
        method
        for method in reversed(world.table("payment_method").values())
        if method["customer"] == session["customer"] and method["allow_redisplay"] in allowed
    ]
    return cards[: features["payment_method_redisplay_limit"]]


SWITCH = OneOf(choices=("disabled", "enabled"), unset=False)
ELEMENT: dict[str, Kind] = {
    "enabled": Flag(required=True),
    "features": Group(
        names={
            "payment_method_allow_redisplay_filters": Many(of=OneOf(choices=("always", "limited", "unspecified"))),
            "payment_method_redisplay": SWITCH,
            "payment_method_redisplay_limit": Whole(least=1, most=10),
            "payment_method_remove": SWITCH,
            "payment_method_save": SWITCH,
            "payment_method_save_usage": OneOf(choices=("off_session", "on_session"), unset=False),
        }
    ),
}
NEW: dict[str, Kind] = {
    "customer": Text(unset=False),
    "components": Group(required=True, names={"payment_element": Group(names=ELEMENT)}),
}
RESOURCE = Resource(
    routes=(Route("POST", "/v1/customer_sessions", create, NEW),),
    links={"customer_session": {"customer": "customer"}},
)
