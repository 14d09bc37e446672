"""Early fraud warnings: a bank suspects fraud before anybody disputes. Registered in `registry`; the controls may call
`warn_of_fraud`.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json
from sandbox.events import record
from sandbox.lists import page
from sandbox.params import Kind, Text
from sandbox.payments.cards import Later
from sandbox.reversals.new_refunds import what_follows
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, new_id

NOUN = "radar.early_fraud_warning"


def warn_of_fraud(call: Call, charge: Json, fraud_type: str = "misc") -> Json:
    """The bank warns of a charge. Something can be done as long as it is neither disputed nor wholly refunded."""
    call.live_by(charge)
    warning = call.world.add(
        {
            "id": new_id("issfr_1", 23),
            "object": NOUN,
            "actionable": not (charge["disputed"] or charge["refunded"]),
            "charge": charge["id"],
            "created": call.now,
            "fraud_type": fraud_type,
            "livemode": False,
            "payment_intent": charge["payment_intent"],
        }
    )
    record(call, f"{NOUN}.created", warning)
    return warning


def _arrive(call: Call, charge: Json) -> None:
    """The warned card: the bank acts by itself as soon as money moved."""
    if charge["captured"] and what_follows(call.world, charge) is Later.FRAUD_WARNING:
        warn_of_fraud(Call(call.world, test_clock=call.test_clock), charge)


def _after_refund(call: Call, charge: Json) -> None:
    if charge["refunded"]:
        _too_late(call, charge["id"])


def _after_dispute(call: Call, dispute: Json) -> None:
    _too_late(call, dispute["charge"])


def _too_late(call: Call, charge_id: str) -> None:
    for warning in call.world.table(NOUN).values():
        if warning["charge"] == charge_id and warning["actionable"]:
            before = deepcopy(warning)
            warning["actionable"] = False
            record(Call(call.world, test_clock=call.test_clock), f"{NOUN}.updated", warning, before)


def retrieve(call: Call) -> Json:
    return call.find(NOUN, "early_fraud_warning", name="early_fraud_warning")


def listing(call: Call) -> Json:
    asked = {name: call.params[name] for name in ("charge", "payment_intent") if name in call.params}
    address = "/v1/radar/early_fraud_warnings"
    return page(call, NOUN, address, lambda row: all(row[name] == asked[name] for name in asked))


FILTERS: dict[str, Kind] = {**LISTING, "charge": Text(unset=False), "payment_intent": Text(unset=False)}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/radar/early_fraud_warnings", listing, FILTERS),
        Route("GET", "/v1/radar/early_fraud_warnings/{id}", retrieve),
    ),
    links={NOUN: {"charge": "charge", "payment_intent": "payment_intent"}},
    reactions={
        "charge.succeeded": _arrive,
        "charge.captured": _arrive,
        "charge.refunded": _after_refund,
        "charge.dispute.created": _after_dispute,
    },
)
