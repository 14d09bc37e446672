"""Customer sessions: what lets the Payment Element in a browser see a customer's saved cards.
Registered in `registry`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.routes import Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id

LIVES_SECONDS = 1800
MOST_REDISPLAYED = 10
# What an opened component may do unless it is told otherwise; None is a component without features.
COMPONENTS: dict[str, Json | None] = {
    "active_entitlements": None,
    "buy_button": None,
    "customer_portal": None,
    "customer_sheet": {"payment_method_allow_redisplay_filters": ["always"], "payment_method_remove": "disabled"},
    "mobile_payment_element": {
        "payment_method_allow_redisplay_filters": ["always"],
        "payment_method_redisplay": "disabled",
        "payment_method_remove": "disabled",
        "payment_method_save": "disabled",
        "payment_method_save_allow_redisplay_override": None,
    },
    "payment_element": {
        "payment_method_allow_redisplay_filters": ["always"],
        "payment_method_redisplay": "disabled",
        "payment_method_redisplay_limit": 3,
        "payment_method_remove": "disabled",
        "payment_method_save": "disabled",
        "payment_method_save_usage": None,
    },
    "pricing_table": None,
}


def create(call: Call) -> Json:
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    asked: Json = call.params["components"]
    limit = ((asked.get("payment_element") or {}).get("features") or {}).get("payment_method_redisplay_limit", 1)
    if not 1 <= limit <= MOST_REDISPLAYED:
        param = "components[payment_element][features][payment_method_redisplay_limit]"
        raise invalid(f"This value must be between 1 and {MOST_REDISPLAYED}.", param, "parameter_invalid_integer")
    session_id = new_id("cuss_1", 23)
    call.world.table("customer_session")[session_id] = session = {
        "object": "customer_session",
        "client_secret": f"{session_id}_secret_{new_id('', 25)}",
        "components": {name: _component(asked.get(name), features) for name, features in COMPONENTS.items()},
        "created": call.now,
        "customer": customer["id"],
        "customer_account": None,
        "expires_at": call.now + LIVES_SECONDS,
        "livemode": False,
    }
    return session


def _component(asked: Json | None, features: Json | None) -> Json:
    enabled = bool(asked and asked["enabled"])
    if features is None:
        return {"enabled": enabled}
    given = (asked or {}).get("features") or {}
    return {"enabled": enabled, "features": {**features, **given} if enabled else None}


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


RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/customer_sessions", create, take("CustomerSessionCreateParams", "customer components")),
    ),
    links={"customer_session": {"customer": "customer"}},
)
