"""Tax codes: the few the sandbox knows of Stripe's several hundred. Registered in `registry`.
Anybody may import the checks.
"""

from __future__ import annotations

import re

from sandbox.errors import Json, missing, not_done
from sandbox.lists import envelope
from sandbox.routes import PAGING, Resource, Route
from sandbox.state import Call, World

GENERAL = "txcd_10000000"
SHIPPING = "txcd_92010001"
CODES = {
    "txcd_00000000": ("Nontaxable", "Any nontaxable good or service."),
    GENERAL: ("General - Electronically Supplied Services", "A digital service delivered mainly over a network."),
    "txcd_10010001": ("Infrastructure as a service (IaaS) - personal use", "Rented computing for private customers."),
    "txcd_10101000": ("Infrastructure as a service (IaaS) - business use", "Rented computing for businesses."),
    "txcd_10103000": ("Software as a service (SaaS) - personal use", "Hosted software for private customers."),
    "txcd_10103001": ("Software as a service (SaaS) - business use", "Hosted software for businesses."),
    "txcd_10502000": ("Gift Card", "A stored value that is taxed when it is spent, not when it is sold."),
    "txcd_20030000": ("General - Services", "A service that has no narrower code."),
    SHIPPING: ("Shipping", "Carriage of goods, charged apart from them."),
    "txcd_99999999": ("General - Tangible Goods", "A thing that can be touched and moved."),
}
_WELL_FORMED = re.compile(r"txcd_\d{8}")


def refuse_tax_code(code: str | None, param: str) -> None:
    """Raises for a code that is not in the table: 400 when it cannot be one, 501 when Stripe may well know it."""
    if code is None or code in CODES:
        return
    if _WELL_FORMED.fullmatch(code):
        raise not_done(f"the tax code {code}")
    raise missing("tax code", code, param, status=400)


def tax_code_object(code: str) -> Json:
    name, description = CODES[code]
    return {"id": code, "object": "tax_code", "description": description, "name": name, "requirements": None}


def of_product(_: World, product: Json) -> Json | None:
    """What `tax_code` of a product expands to."""
    return tax_code_object(product["tax_code"]) if product["tax_code"] else None


def retrieve(call: Call) -> Json:
    code = call.ids["id"]
    if code not in CODES:
        raise not_done(f"the tax code {code}") if _WELL_FORMED.fullmatch(code) else missing("tax code", code, "id")
    return tax_code_object(code)


def listing(call: Call) -> Json:
    table = call.world.table("tax_code")
    for code in reversed(CODES):
        table.setdefault(code, tax_code_object(code))
    return envelope(call, list(reversed(table.values())), "tax_code", "/v1/tax_codes")


RESOURCE = Resource(
    routes=(
        Route("GET", "/v1/tax_codes", listing, PAGING),
        Route("GET", "/v1/tax_codes/{id}", retrieve),
    ),
)
