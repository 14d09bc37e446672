"""What the page of a session reads and sends: the calls of stripe.js, of the hosted page and of the official CLI's
triggers. Registered in `registry`.
"""

from __future__ import annotations

from sandbox.checkout.completion import REACTIONS
from sandbox.checkout.confirming import check_open, confirm
from sandbox.checkout.new_sessions import NOUN
from sandbox.checkout.page_view import page_view
from sandbox.checkout.payer import tell
from sandbox.errors import Json, Refusal, invalid
from sandbox.fields import ADDRESS
from sandbox.params import Flag, Group, Kind, Many, Table, Text, Whole
from sandbox.routes import Resource, Route
from sandbox.state import Call


def show(call: Call) -> Json:
    return page_view(call, _session(call))


def change(call: Call) -> Json:
    """Anything the payer types; answers with the page as it is now, totals included."""
    session = _session(call)
    check_open(session)
    tell(call, session, call.params)
    return page_view(call, session)


def confirm_page(call: Call) -> Json:
    """402 when the card says no. The answer may still ask for 3-D Secure: then its intent is `requires_action`."""
    session = _session(call)
    told = {name: value for name, value in call.params.items() if name in TYPED}
    check_open(session)
    if told:
        tell(call, session, told)
    try:
        confirm(call, session, call.params.get("payment_method"))
    except Refusal as refusal:
        if refusal.status == 402:
            session["_last_error"] = refusal.error.get("message")
        raise
    return page_view(call, session)


def _session(call: Call) -> Json:
    """The session in the path; a browser that has the secret must have the right one."""
    session = call.find(NOUN, "session")
    if call.params.get("client_secret") not in (None, session["_secret"]):
        message = "The client_secret provided does not match the client_secret associated with this Checkout Session."
        raise invalid(message, "client_secret")
    return session


CONTACT = Group(names={"name": Text(), "address": ADDRESS})
TYPED: dict[str, Kind] = {
    "email": Text(longest=800),
    "name": Text(),
    "phone": Text(),
    "individual_name": Text(),
    "business_name": Text(),
    "billing_address": CONTACT,
    "shipping_address": CONTACT,
    "tax_ids": Many(of=Group(names={"type": Text(required=True), "value": Text(required=True)}), most=1),
    "consent": Group(names={"terms_of_service": Text(), "promotions": Text()}),
    "custom_fields": Table(of=Text()),
    "save": Flag(),
}
CHOSEN: dict[str, Kind] = {"line_item": Text(), "quantity": Whole(least=0), "promotion_code": Text()}
CONFIRM: dict[str, Kind] = {**TYPED, "payment_method": Text(unset=False), "expected_amount": Whole(least=0)}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/payment_pages/{id}", show, browser=True),
        Route("POST", "/v1/payment_pages/{id}", change, {**TYPED, **CHOSEN}, browser=True),
        Route("POST", "/v1/payment_pages/{id}/confirm", confirm_page, CONFIRM, browser=True),
    ),
    reactions=REACTIONS,
)
