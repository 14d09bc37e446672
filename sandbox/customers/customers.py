"""Customers: create, retrieve, update, list, delete. Registered in `registry`; `payment_methods` serves their cards."""

from __future__ import annotations

from copy import deepcopy

from sandbox.errors import Json, invalid, missing
from sandbox.events import changed, record
from sandbox.fields import ADDRESS, METADATA, SHIPPING, full_address, lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Group, Kind, Many, OneOf, Text
from sandbox.routes import LISTING, Resource, Route
from sandbox.state import Call, new_id

PLAIN = ("name", "email", "phone", "description", "business_name", "individual_name")


def create(call: Call) -> Json:
    customer: Json = {
        "id": new_id("cus_"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "description": None,
        "email": None,
        "invoice_prefix": new_id("", 8).upper(),
        "invoice_settings": _invoice_settings(),
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _fill(call, customer)
    call.world.add(customer)
    record(call, "customer.created", customer)
    return customer


def update(call: Call) -> Json:
    customer = living(call)
    before = deepcopy(customer)
    _fill(call, customer)
    if changed(customer, before):
        record(call, "customer.updated", customer, before)
    return customer


def delete(call: Call) -> Json:
    """The customer's cards go with it. What remains answers `deleted: true` for ever."""
    customer = living(call)
    record(call, "customer.deleted", customer)
    for card in call.world.table("payment_method").values():
        if card["customer"] == customer["id"]:
            card |= {"customer": None, "_spent": True}
    remains: Json = {"id": customer["id"], "object": "customer", "deleted": True}
    call.world.table("customer")[customer["id"]] = remains
    return remains


def retrieve(call: Call) -> Json:
    return call.find("customer", "id")


def listing(call: Call) -> Json:
    email: str | None = call.params.get("email")
    return page(call, "customer", "/v1/customers", lambda row: email is None or row["email"] == email)


def living(call: Call) -> Json:
    """The customer in the path, unless it was deleted: such a one can be read but not worked on."""
    customer = call.find("customer", "id")
    if customer.get("deleted"):
        raise missing("customer", customer["id"], "id")
    return customer


def _fill(call: Call, customer: Json) -> None:
    params = call.params
    if params.get("email") and "@" not in params["email"]:
        raise invalid(f"Invalid email address: {params['email']}", "email", "email_invalid")
    settings = params.get("invoice_settings") or {}
    card = settings.get("default_payment_method")
    if card and call.world.table("payment_method").get(card, {}).get("customer") != customer["id"]:
        raise missing("PaymentMethod", card, "invoice_settings[default_payment_method]", status=400)
    lay(customer, params, (*PLAIN, "tax_exempt", "preferred_locales"))
    lay(customer["invoice_settings"], settings, ("default_payment_method", "footer"))
    for part in ("address", "shipping"):
        if part in params:
            customer[part] = params[part]
    if customer["address"] is not None:
        customer["address"] = full_address(customer["address"])
    customer["tax_exempt"] = customer["tax_exempt"] or "none"
    lay_metadata(customer, params)


def _invoice_settings() -> Json:
    return {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None}


FIELDS: dict[str, Kind] = {
    **dict.fromkeys(PLAIN, Text()),
    **METADATA,
    "address": ADDRESS,
    "shipping": SHIPPING,
    "preferred_locales": Many(),
    "tax_exempt": OneOf(choices=("exempt", "none", "reverse")),
    "invoice_settings": Group(names={"default_payment_method": Text(), "footer": Text()}),
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/customers", create, FIELDS),
        Route("GET", "/v1/customers", listing, {**LISTING, "email": Text(unset=False)}),
        Route("GET", "/v1/customers/{id}", retrieve),
        Route("POST", "/v1/customers/{id}", update, FIELDS),
        Route("DELETE", "/v1/customers/{id}", delete),
    )
)
