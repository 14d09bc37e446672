"""The API of refunds: create, retrieve, update, list, cancel, expire. Registered in `registry`."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid, missing
from sandbox.events import changed
from sandbox.fields import lay_metadata
from sandbox.lists import envelope, page
from sandbox.params import Kind, Text, Whole
from sandbox.reversals import refunds
from sandbox.reversals.new_refunds import charge_asked_for, refunds_of
from sandbox.reversals.refunds import fail_refund, refund, tell, undo
from sandbox.routes import LISTING, PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World


def create(call: Call) -> Json:
    return refund(call, charge_asked_for(call), call.params.get("amount"), call.params.get("reason"))


def cancel(call: Call) -> Json:
    """Only a refund that still waits for the customer can be called back."""
    found = call.find("refund", "refund")
    if found["status"] != "requires_action":
        raise invalid("Canceling this refund is unsupported.")
    tell(call, found, undo(call, found, "canceled", "merchant_request"))
    return found


def expire(call: Call) -> Json:
    """The test helper: the customer never said where the money goes."""
    found = call.find("refund", "refund")
    if found["status"] != "requires_action":
        raise invalid(f"You can only expire refunds with a status of requires_action, not {found['status']}.")
    return fail_refund(call, found, "unknown")


def update(call: Call) -> Json:
    found = call.find("refund", "refund")
    before = deepcopy(found)
    lay_metadata(found, call.params)
    if changed(found, before):
        tell(call, found, before)
    return found


def retrieve(call: Call) -> Json:
    return call.find("refund", "refund")


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("charge", "payment_intent") if name in call.params}
    return page(call, "refund", "/v1/refunds", lambda row: all(row[name] == asked[name] for name in asked))


def charges_refunds(call: Call) -> Json:
    """The address an expanded `refunds` list names for its next page."""
    charge = call.find("charge", "charge")
    return envelope(call, [*refunds_of(call.world, charge)][::-1], "refund", _address(charge))


def charges_refund(call: Call) -> Json:
    charge = call.find("charge", "charge")
    found = call.world.table("refund").get(call.ids["refund"])
    if found is None or found["charge"] != charge["id"]:
        raise missing("refund", call.ids["refund"], "refund")
    return found


def _address(charge: Json) -> str:
    return f"/v1/charges/{charge['id']}/refunds"


def _expanded(world: World, charge: Json) -> Json:
    newest = [*refunds_of(world, charge)][::-1]
    return {"object": "list", "data": newest[:10], "has_more": len(newest) > 10, "url": _address(charge)}


NEW: dict[str, Kind] = {
    **take("RefundCreateParams", "charge payment_intent reason metadata instructions_email"),
    "amount": Whole(least=1),
}
FILTERS: dict[str, Kind] = {**LISTING, "charge": Text(unset=False), "payment_intent": Text(unset=False)}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/refunds", create, NEW),
        Route("GET", "/v1/refunds", listing, FILTERS),
        Route("GET", "/v1/refunds/{id}", retrieve),
        Route("POST", "/v1/refunds/{id}", update, take("RefundUpdateParams", "metadata")),
        Route("POST", "/v1/refunds/{id}/cancel", cancel),
        Route("POST", "/v1/test_helpers/refunds/{id}/expire", expire),
        Route("GET", "/v1/charges/{id}/refunds", charges_refunds, PAGING),
        Route("GET", "/v1/charges/{id}/refunds/{refund}", charges_refund),
    ),
    links={
        "charge": {"refunds": _expanded},
        "refund": {
            "balance_transaction": "balance_transaction",
            "charge": "charge",
            "customer": "customer",
            "failure_balance_transaction": "balance_transaction",
            "payment_intent": "payment_intent",
            "payment_method": "payment_method",
        },
    },
    acts={
        refunds.SETTLES: refunds.settle,
        refunds.FAILS: refunds.fail,
        refunds.REFERENCED: refunds.name_reference,
    },
    reactions={"charge.refunded": refunds.release, "charge.expired": refunds.release},
)
