"""Customers' tax ids: create, retrieve, list, delete, and their check by the authority, which takes a moment.
Registered in `registry`.
"""

from __future__ import annotations

import re
from copy import deepcopy

from sandbox import agenda
from sandbox.errors import Json, invalid, missing
from sandbox.events import record
from sandbox.lists import page
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id

CHECK_SECONDS = 2
EU_VAT = dict(
    pair.split(":")
    for pair in (
        r"AT:U\d{8} BE:[01]\d{9} BG:\d{9,10} CY:\d{8}[A-Z] CZ:\d{8,10} DE:\d{9} DK:\d{8} EE:\d{9} EL:\d{9} "
        r"ES:[A-Z0-9]\d{7}[A-Z0-9] FI:\d{8} FR:[A-Z0-9]{2}\d{9} HR:\d{11} HU:\d{8} "
        r"IE:\d[A-Z0-9+*]\d{5}[A-Z]{1,2} IT:\d{11} LT:(\d{9}|\d{12}) LU:\d{8} LV:\d{11} MT:\d{8} "
        r"NL:\d{9}B\d{2} PL:\d{10} PT:\d{9} RO:\d{2,10} SE:\d{12} SI:\d{8} SK:\d{10} XI:\d{9}"
    ).split()
)
FORMATS = {
    "au_abn": ("AU", r"\d{11}"),
    "ca_bn": ("CA", r"\d{9}"),
    "ca_gst_hst": ("CA", r"\d{9}RT\d{4}"),
    "ch_vat": ("CH", r"CHE-\d{3}\.\d{3}\.\d{3} (MWST|TVA|IVA)"),
    "gb_vat": ("GB", r"GB\d{9}(\d{3})?"),
    "jp_trn": ("JP", r"T\d{13}"),
    "no_vat": ("NO", r"\d{9}MVA"),
    "nz_gst": ("NZ", r"\d{8,9}"),
    "sg_gst": ("SG", r"M\d{8}X"),
    "us_ein": ("US", r"\d{2}-\d{7}"),
}
COUNTRIES = frozenset(EU_VAT) - {"EL", "XI"} | {"GR"} | {country for country, _ in FORMATS.values()}
# The types an authority can be asked about, and the magic digits Stripe documents for its test mode.
ASKED = ("eu_vat", "gb_vat", "au_abn")
ANSWERS = {"000000000": "verified", "111111111": "unverified", "222222222": "pending"}


def create(call: Call) -> Json:
    customer = _customer(call)
    check_tax_id(call.params, "value")
    return make_tax_id(call, call.params, customer)


def make_tax_id(call: Call, data: Json, customer: Json) -> Json:
    """Writes down a tax id that was checked, and asks the authority where there is one."""
    kind, value = data["type"], data["value"]
    asked = kind in ASKED
    tax_id: Json = {
        "id": new_id("txi_1", 23),
        "object": "tax_id",
        "country": _country(kind, value),
        "created": call.now,
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
        "owner": {"customer": customer["id"], "customer_account": None, "type": "customer"},
        "type": kind,
        "value": value,
        "verification": {
            "status": "pending" if asked else "unavailable",
            "verified_address": None,
            "verified_name": None,
        },
    }
    call.world.add(tax_id)
    record(call, "customer.tax_id.created", tax_id)
    if asked and _answer(value) != "pending":
        # The authority lives in the common time, also when the customer stands on a test clock.
        common = Call(call.world)
        agenda.later(common, common.now + CHECK_SECONDS, "tax_id.answer", tax_id["id"])
    return tax_id


def answer(call: Call, tax_id_id: str) -> None:
    """The authority has looked it up."""
    tax_id = call.world.table("tax_id").get(tax_id_id)
    if tax_id is None:
        return
    before = deepcopy(tax_id)
    customer = call.world.table("customer").get(tax_id["customer"], {})
    status = _answer(tax_id["value"])
    tax_id["verification"] = {
        "status": status,
        "verified_address": "123 Test Street" if status == "verified" else None,
        "verified_name": (customer.get("name") or "Test Company") if status == "verified" else None,
    }
    record(call, "customer.tax_id.updated", tax_id, before)


def held_by(world: World, customer: str | None) -> list[Json]:
    """Type and value of each tax id of a customer, as other objects show them."""
    rows = world.table("tax_id").values()
    return [{"type": row["type"], "value": row["value"]} for row in rows if row["customer"] == customer]


def delete(call: Call) -> Json:
    tax_id = retrieve(call)
    record(call, "customer.tax_id.deleted", tax_id)
    agenda.forget(call.world, tax_id["id"])
    del call.world.table("tax_id")[tax_id["id"]]
    return {"id": tax_id["id"], "object": "tax_id", "deleted": True}


def retrieve(call: Call) -> Json:
    customer = _customer(call)
    found = call.world.table("tax_id").get(call.ids["tax_id"])
    if found is None or found["customer"] != customer["id"]:
        raise missing("tax id", call.ids["tax_id"], "id")
    return found


def listing(call: Call) -> Json:
    customer = _customer(call)
    url = f"/v1/customers/{customer['id']}/tax_ids"
    return page(call, "tax_id", url, lambda row: row["customer"] == customer["id"])


def check_tax_id(data: Json, at: str) -> None:
    """Refuses a value that does not look like its type; of a type without a known form any value passes."""
    kind, value = data["type"], data["value"]
    if kind == "eu_vat":
        form = EU_VAT.get(value[:2])
        good = form is not None and re.fullmatch(form, value[2:]) is not None
    else:
        good = kind not in FORMATS or re.fullmatch(FORMATS[kind][1], value) is not None
    if not good:
        raise invalid(f"Invalid value for {kind}.", at, "tax_id_invalid")


def _country(kind: str, value: str) -> str:
    if kind == "eu_vat":
        return {"EL": "GR", "XI": "GB"}.get(value[:2], value[:2])
    return kind[:2].upper()


def _answer(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return next((said for mark, said in ANSWERS.items() if mark in digits), "verified")


def _customer(call: Call) -> Json:
    customer = call.find("customer", "customer")
    if customer.get("deleted"):
        raise missing("customer", customer["id"], "customer")
    return customer


BASE = "/v1/customers/{id}/tax_ids"
RESOURCE = Resource(
    routes=(
        Route("POST", BASE, create, take("CustomerCreateTaxIdParams", "type value")),
        Route("GET", BASE, listing, PAGING),
        Route("GET", f"{BASE}/{{tax_id}}", retrieve),
        Route("DELETE", f"{BASE}/{{tax_id}}", delete),
    ),
    links={"tax_id": {"customer": "customer"}},
    acts={"tax_id.answer": answer},
)
