"""Who pays the tax and where: the `customer_details` of a calculation, and the seller's own tax settings.
Registered in `registry`; used by `calculations`.
"""

from __future__ import annotations

from sandbox.customers.tax_ids import check_tax_id, held_by
from sandbox.errors import Json, invalid
from sandbox.fields import full_address
from sandbox.routes import Resource, Route
from sandbox.state import Call
from sandbox.tax.codes import GENERAL
from sandbox.tax.locations import location_invalid, recognized, tax_address

# The exemption of a customer, as a calculation calls it.
OVERRIDES = {"none": "none", "exempt": "customer_exempt", "reverse": "reverse_charge"}


def details_of(call: Call, customer: Json | None) -> Json:
    """Address, tax ids and exemption: of the customer, or as the call gives them; 400 when the place is unknown."""
    given: Json | None = call.params.get("customer_details")
    if (customer is None) == (given is None):
        message = "You must specify exactly one of these parameters: customer, customer_details."
        raise invalid(message, "customer_details", "parameter_missing")
    if customer is not None:
        return _of_customer(call, customer)
    told: Json = given or {}
    address: Json | None = told.get("address")
    if not recognized(address):
        raise location_invalid("customer_details[address]")
    for place, tax_id in enumerate(told.get("tax_ids") or []):
        check_tax_id(tax_id, f"customer_details[tax_ids][{place}][value]")
    if told.get("address_source") is None:
        at = "customer_details[address_source]"
        raise invalid(f"Missing required param: {at}.", at, "parameter_missing")
    return {
        "address": full_address(address),
        "address_source": told["address_source"],
        "ip_address": None,
        "tax_ids": told.get("tax_ids") or [],
        "taxability_override": told.get("taxability_override", "none"),
    }


def _of_customer(call: Call, customer: Json) -> Json:
    address = tax_address(customer)
    if not recognized(address):
        raise location_invalid("customer")
    shipped = address == (customer["shipping"] or {}).get("address")
    return {
        "address": full_address(address),
        "address_source": "shipping" if shipped else "billing",
        "ip_address": None,
        "tax_ids": held_by(call.world, customer["id"]),
        "taxability_override": OVERRIDES[customer["tax_exempt"]],
    }


def settings(_: Call) -> Json:
    """The seller sits in California and has filled everything in."""
    return {
        "object": "tax.settings",
        "defaults": {"provider": "stripe", "tax_behavior": "exclusive", "tax_code": GENERAL},
        "head_office": {"address": full_address({"country": "US", "state": "CA", "postal_code": "94103"})},
        "livemode": False,
        "status": "active",
        "status_details": {"active": {}},
    }


RESOURCE = Resource(routes=(Route("GET", "/v1/tax/settings", settings),))
