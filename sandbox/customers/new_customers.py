"""Customers: create, with a first card, tax ids, a starting balance or a test clock. Registered in `registry`."""

from __future__ import annotations

from dataclasses import replace

from sandbox.customers.customer_balance import adjust, refuse_balance
from sandbox.customers.customers import BUILT, MAIL, fill
from sandbox.customers.tax_ids import check_tax_id, make_tax_id
from sandbox.errors import Json, Refusal
from sandbox.events import record
from sandbox.payments.payment_methods import attach
from sandbox.routes import Resource, Route
from sandbox.shapes import take
from sandbox.state import TEST_CLOCKS, Call, new_id


def create(call: Call) -> Json:
    clock = call.refer(TEST_CLOCKS, "test_clock", name="test clock")
    if clock is not None:
        call.test_clock = clock["id"]
    refuse_balance(call.params.get("balance", 0), "balance")
    tax_ids: list[Json] = call.params.get("tax_id_data") or []
    for place, tax_id in enumerate(tax_ids):
        check_tax_id(tax_id, f"tax_id_data[{place}][value]")
    customer = call.world.add(_blank(call))
    try:
        fill(_with_first_card(call, customer), customer)
    except Refusal:
        del call.world.table("customer")[customer["id"]]
        raise
    adjust(call, customer, call.params.get("balance", 0), None, "initial", told=False)
    record(call, "customer.created", customer)
    for tax_id in tax_ids:
        make_tax_id(call, tax_id, customer)
    return customer


def _with_first_card(call: Call, customer: Json) -> Call:
    """Saves the card given with the customer. The same name in the invoice settings then means that card."""
    given: str | None = call.params.get("payment_method")
    if given is None:
        return call
    method = attach(replace(call, ids={"id": given}, params={"customer": customer["id"]}))
    settings: Json = call.params.get("invoice_settings") or {}
    if settings.get("default_payment_method") == given:
        settings = {**settings, "default_payment_method": method["id"]}
    return replace(call, params={**call.params, "invoice_settings": settings})


def _blank(call: Call) -> Json:
    return {
        "id": new_id("cus_"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": new_id("", 8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": call.test_clock,
    }


NEW = {**take("CustomerCreateParams", f"{BUILT} payment_method tax_id_data test_clock"), **MAIL}
RESOURCE = Resource(routes=(Route("POST", "/v1/customers", create, NEW),))
