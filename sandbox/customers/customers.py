"""Customers: retrieve, update, list, delete, and what of them is shown only on request. Registered in `registry`;
`new_customers` makes them.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.catalogue.coupons import end_discount
from sandbox.customers.customer_balance import adjust, refuse_balance
from sandbox.errors import Json, invalid, missing
from sandbox.events import changed, record
from sandbox.fields import full_address, lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Text
from sandbox.routes import LISTING, Resource, Route
from sandbox.shapes import take
from sandbox.state import TEST_CLOCKS, Call, World
from sandbox.tax.locations import location_invalid, recognized, shown_tax, tax_address

PLAIN = ("name", "email", "phone", "description", "business_name", "individual_name", "invoice_prefix")


def update(call: Call) -> Json:
    customer = living(call)
    before = deepcopy(customer)
    wanted = {"balance": customer["balance"], **call.params}
    refuse_balance(wanted["balance"], "balance")
    fill(call, customer)
    change = wanted["balance"] - customer["balance"]
    adjust(call, customer, change, customer["currency"], "adjustment", told=False)
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
    agenda.forget(call.world, customer["id"])
    return remains


def delete_discount(call: Call) -> Json:
    customer = living(call)
    if customer["discount"] is None:
        raise missing("active discount for customer", customer["id"], "customer")
    discount, customer["discount"] = customer["discount"], None
    return end_discount(call, discount)


def retrieve(call: Call) -> Json:
    return call.find("customer", "id")


def listing(call: Call) -> Json:
    """Customers of a test clock are listed only when that clock is asked for."""
    email: str | None = call.params.get("email")
    clock = call.refer(TEST_CLOCKS, "test_clock", name="test clock")
    wanted = clock["id"] if clock else None

    def keep(customer: Json) -> bool:
        return email in (None, customer["email"]) and customer["test_clock"] == wanted

    return page(call, "customer", "/v1/customers", keep)


def living(call: Call) -> Json:
    """The customer in the path, unless it was deleted: such a one can be read but not worked on."""
    customer = call.find("customer", "id")
    if customer.get("deleted"):
        raise missing("customer", customer["id"], "id")
    return customer


def fill(call: Call, customer: Json) -> None:
    """Lays this call's parameters into a customer; nothing is changed when one of them is refused."""
    params, changed_one = call.params, deepcopy(customer)
    if params.get("email") and "@" not in params["email"]:
        raise invalid(f"Invalid email address: {params['email']}", "email", "email_invalid")
    settings: Json = params.get("invoice_settings") or {}
    card: str | None = settings.get("default_payment_method")
    if card and call.world.table("payment_method").get(card, {}).get("customer") != customer["id"]:
        raise missing("PaymentMethod", card, "invoice_settings[default_payment_method]", status=400)
    lay(
        changed_one, params, (*PLAIN, "tax_exempt", "preferred_locales", "next_invoice_sequence", "address", "shipping")
    )
    lay(changed_one["invoice_settings"], settings, ("custom_fields", "default_payment_method", "footer"))
    if "rendering_options" in settings:
        wishes: Json | None = settings["rendering_options"]
        shown = {name: wishes.get(name) for name in ("amount_tax_display", "template")} if wishes else None
        changed_one["invoice_settings"]["rendering_options"] = shown
    if changed_one["address"] is not None:
        changed_one["address"] = full_address(changed_one["address"])
    changed_one["tax_exempt"] = changed_one["tax_exempt"] or "none"
    lay_metadata(changed_one, params)
    _place(params.get("tax") or {}, changed_one)
    customer |= changed_one


def _place(tax: Json, customer: Json) -> None:
    """`tax[validate_location]=immediately` refuses an address that no tax can be reckoned for; by default it may wait.
    An IP address is kept, but a sandbox on loopback cannot tell where it is.
    """
    if "ip_address" in tax:
        customer["_ip_address"] = tax["ip_address"]
    if tax.get("validate_location") == "immediately" and not recognized(tax_address(customer)):
        raise location_invalid("tax[validate_location]")


def _tax_ids(world: World, customer: Json) -> Json:
    rows = [row for row in world.table("tax_id").values() if row["customer"] == customer["id"]]
    return _list(rows, f"/v1/customers/{customer['id']}/tax_ids")


def _subscriptions(world: World, customer: Json) -> Json:
    rows = [
        row
        for row in world.table("subscription").values()
        if row["customer"] == customer["id"] and row["status"] not in ("canceled", "incomplete_expired")
    ]
    return _list(rows, f"/v1/customers/{customer['id']}/subscriptions")


def _list(rows: list[Json], url: str) -> Json:
    return {"object": "list", "data": rows[::-1][:10], "has_more": len(rows) > 10, "url": url}


def _credit(_: World, customer: Json) -> Json:
    return {customer["currency"]: customer["balance"]} if customer["currency"] else {}


BUILT = (
    "address balance business_name description individual_name invoice_settings metadata name next_invoice_sequence "
    "phone preferred_locales shipping tax tax_exempt invoice_prefix"
)
MAIL = {"email": Text(longest=800)}
RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/customers", listing, {**LISTING, **take("CustomerListParams", "email test_clock")}),
        Route("GET", "/v1/customers/{id}", retrieve),
        Route("POST", "/v1/customers/{id}", update, {**take("CustomerModifyParams", BUILT), **MAIL}),
        Route("DELETE", "/v1/customers/{id}", delete),
        Route("DELETE", "/v1/customers/{id}/discount", delete_discount),
    ),
    links={
        "customer": {
            "invoice_credit_balance": _credit,
            "invoice_settings.default_payment_method": "payment_method",
            # Cards of the old kind do not exist here, so the list is always empty.
            "sources": lambda _, customer: _list([], f"/v1/customers/{customer['id']}/sources"),
            "subscriptions": _subscriptions,
            "tax": lambda _, customer: shown_tax(customer),
            "tax_ids": _tax_ids,
            "test_clock": TEST_CLOCKS,
        }
    },
)
