"""Tax rates a seller writes down and puts on lines: create, retrieve, update, list. Registered in `registry`.
`rate_for` makes the rates that automatic tax shows on an invoice.
"""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.routes import LISTING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id
from sandbox.tax.rates import TaxShare

PLAIN = ("active", "country", "description", "display_name", "jurisdiction", "state", "tax_type")


def create(call: Call) -> Json:
    percentage: Decimal = call.params["percentage"]
    if not 0 <= percentage <= 100:
        raise invalid("Percentage must be between 0 and 100.", "percentage")
    rate = _blank(call, percentage, inclusive=call.params["inclusive"])
    lay(rate, call.params, PLAIN)
    lay_metadata(rate, call.params)
    call.world.add(rate)
    record(call, "tax_rate.created", rate)
    return rate


def rate_for(call: Call, share: TaxShare) -> Json:
    """The tax rate object that stands for a share of automatic tax; the same share finds the same object."""
    same: list[Any] = [share.country, share.state, str(share.percentage), share.inclusive]
    for rate in call.world.table("tax_rate").values():
        if rate.get("_automatic") == same:
            return rate
    rate = _blank(call, share.percentage, inclusive=share.inclusive)
    rate |= {
        "active": False,
        "country": share.country,
        "display_name": share.display_name or "Tax",
        "jurisdiction": share.jurisdiction or None,
        "jurisdiction_level": share.level if share.country else None,
        "state": share.state,
        "tax_type": share.tax_type,
        "_automatic": same,
    }
    return call.world.add(rate)


def update(call: Call) -> Json:
    """The percentage and whether it is inclusive never change."""
    rate = call.find("tax_rate", "tax_rate", name="tax rate")
    before = deepcopy(rate)
    lay(rate, call.params, PLAIN)
    lay_metadata(rate, call.params)
    if changed(rate, before):
        record(call, "tax_rate.updated", rate, before)
    return rate


def retrieve(call: Call) -> Json:
    return call.find("tax_rate", "tax_rate", name="tax rate")


def listing(call: Call) -> Json:
    asked = call.params

    def keep(rate: Json) -> bool:
        return all(rate[name] == asked[name] for name in ("active", "inclusive") if name in asked)

    return page(call, "tax_rate", "/v1/tax_rates", keep)


def _blank(call: Call, percentage: Decimal, *, inclusive: bool) -> Json:
    shown = float(percentage)
    return {
        "id": new_id("txr_1", 23),
        "object": "tax_rate",
        "active": True,
        "country": None,
        "created": call.now,
        "description": None,
        "display_name": "",
        "effective_percentage": shown,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": None,
        "jurisdiction_level": None,
        "livemode": False,
        "metadata": {},
        "percentage": shown,
        "rate_type": "percentage",
        "state": None,
        "tax_type": None,
    }


OFTEN = "active country description display_name jurisdiction metadata state tax_type"
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/tax_rates", create, take("TaxRateCreateParams", f"{OFTEN} inclusive percentage")),
        Route("GET", "/v1/tax_rates", listing, {**LISTING, **take("TaxRateListParams", "active inclusive")}),
        Route("GET", "/v1/tax_rates/{id}", retrieve),
        Route("POST", "/v1/tax_rates/{id}", update, take("TaxRateModifyParams", OFTEN)),
    ),
)
