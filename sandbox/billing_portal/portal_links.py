"""Portal sessions: a short-lived link with which one customer may use the portal. Registered in `registry`; the page
behind the link is `portal`.
"""

from __future__ import annotations

from sandbox.billing_portal.configurations import NOUN as CONFIGURATION
from sandbox.billing_portal.configurations import check_url, default_configuration
from sandbox.billing_portal.flows import flow_of
from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.routes import Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id

NOUN = "billing_portal.session"
UNOPENED_SECONDS = 300
IDLE_SECONDS = 3600


def create(call: Call) -> Json:
    customer = call.refer("customer", "customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    configuration = call.refer(CONFIGURATION, "configuration", name="configuration") or default_configuration(call)
    if not configuration["active"]:
        message = f"The portal configuration `{configuration['id']}` is inactive and cannot be used."
        raise invalid(message, "configuration")
    check_url(call.params.get("return_url"), "return_url")
    flow = flow_of(call, customer, configuration["features"])
    session = open_session(call, customer, configuration) | {
        "flow": flow,
        "after_expiration": _after_expiration(call),
        "locale": call.params.get("locale"),
        "return_url": call.params.get("return_url") or configuration["default_return_url"],
    }
    call.world.add(session)
    record(call, f"{NOUN}.created", session)
    return session


def open_session(call: Call, customer: Json, configuration: Json) -> Json:
    """A session for the whole portal, not yet kept."""
    secret = f"test_{new_id('', 60)}"
    return {
        "id": new_id("bps_1", 23),
        "object": NOUN,
        "after_expiration": None,
        "configuration": configuration["id"],
        "created": call.now,
        "customer": customer["id"],
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": configuration["default_return_url"],
        "url": f"{call.origin}/p/session/{secret}",
        "_secret": secret,
        "_expires_at": call.world.now() + UNOPENED_SECONDS,
    }


def session_by_secret(world: World, secret: str) -> Json | None:
    """The session of this link, alive or not."""
    return next((row for row in world.table(NOUN).values() if row["_secret"] == secret), None)


def alive(world: World, session: Json) -> bool:
    """Whether the link still works; if so, using it keeps it alive for another hour."""
    now = world.now()
    if session["_expires_at"] <= now:
        return False
    session["_expires_at"] = max(session["_expires_at"], now + IDLE_SECONDS)
    return True


def recoverable(world: World, session: Json) -> bool:
    """Whether the customer of a link that ran out may sign in to have it back."""
    after = session["after_expiration"]
    if after is None:
        return False
    until = (after["customer_login"] or {}).get("expires_at")
    return until is None or until > world.now()


def _after_expiration(call: Call) -> Json | None:
    told = call.params.get("after_expiration")
    if told is None:
        return None
    until = (told.get("customer_login") or {}).get("expires_at")
    if until is not None and until <= call.now:
        at = "after_expiration[customer_login][expires_at]"
        raise invalid("The timestamp must be in the future.", at)
    return {"type": told["type"], "customer_login": {"expires_at": until}}


BUILT = "after_expiration configuration customer flow_data locale return_url"
RESOURCE = Resource(
    routes=(Route("POST", "/v1/billing_portal/sessions", create, take("billing_portal.SessionCreateParams", BUILT)),),
    links={NOUN: {"configuration": CONFIGURATION}},
)
