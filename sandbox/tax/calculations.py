"""Tax calculations: what the tax on an order would be. Registered in `registry`; `transactions` make it final."""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing
from sandbox.lists import envelope
from sandbox.payments.tax_hooks import linked
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id
from sandbox.tax import breakdowns
from sandbox.tax.codes import GENERAL, SHIPPING, refuse_tax_code
from sandbox.tax.rates import TaxShare, tax_for
from sandbox.tax.taxpayers import details_of

NOUN = "tax.calculation"
LINE = "tax.calculation_line_item"
LIVES_SECONDS = 90 * 24 * 3600


def create(call: Call) -> Json:
    """Nothing is promised by it and nothing booked; it lives for ninety days."""
    asked: list[Json] = call.params["line_items"]
    customer = call.refer("customer", "customer")
    details = details_of(call, customer)
    _check_lines(call.world, asked)
    calculation_id = new_id("taxcalc_1", 23)
    lines = [_line(call.world, calculation_id, given, details) for given in asked]
    shipping = _shipping(call.params.get("shipping_cost"), details)
    parts = [*lines, shipping] if shipping else lines
    shares: list[TaxShare] = [part.pop("_share") for part in parts]
    exclusive = sum(share.amount_minor for share in shares if not share.inclusive)
    calculation: Json = {
        "id": calculation_id,
        "object": NOUN,
        "amount_total": sum(part["amount"] for part in parts) + exclusive,
        "currency": call.params["currency"],
        "customer": customer["id"] if customer else None,
        "customer_details": details,
        "expires_at": call.now + LIVES_SECONDS,
        "livemode": False,
        "ship_from_details": call.params.get("ship_from_details"),
        "shipping_cost": shipping,
        "tax_amount_exclusive": exclusive,
        "tax_amount_inclusive": sum(share.amount_minor for share in shares if share.inclusive),
        "tax_breakdown": breakdowns.summed(shares),
        "tax_date": call.params.get("tax_date", call.now),
    }
    for line in lines:
        call.world.add(line)
    return call.world.add(calculation)


def retrieve(call: Call) -> Json:
    calculation = call.find(NOUN, "calculation", name="tax calculation")
    if call.now > calculation["expires_at"]:
        raise missing("tax calculation", calculation["id"], "calculation")
    return calculation


def line_items(call: Call) -> Json:
    calculation = retrieve(call)
    return envelope(
        call, lines_of(call.world, calculation), LINE, f"/v1/tax/calculations/{calculation['id']}/line_items"
    )


def lines_of(world: World, calculation: Json) -> list[Json]:
    """The lines of a calculation in the order they were given."""
    return [line for line in world.table(LINE).values() if line["_calculation"] == calculation["id"]]


def shown_lines(world: World, calculation: Json) -> Json:
    """What `line_items` expands to."""
    url = f"/v1/tax/calculations/{calculation['id']}/line_items"
    return {"object": "list", "data": lines_of(world, calculation), "has_more": False, "url": url}


def _line(world: World, calculation_id: str, given: Json, details: Json) -> Json:
    product = world.table("product").get(str(given.get("product")), {})
    code: str = given.get("tax_code") or product.get("tax_code") or GENERAL
    share = _share(given["amount"], given.get("tax_behavior", "exclusive"), code, details)
    line_id = new_id("tax_li_")
    return {
        "id": line_id,
        "object": LINE,
        "amount": given["amount"],
        "amount_tax": share.amount_minor,
        "livemode": False,
        "metadata": given.get("metadata"),
        "performance_location": None,
        "product": given.get("product"),
        "quantity": given.get("quantity", 1),
        "reference": given.get("reference") or line_id,
        "tax_behavior": given.get("tax_behavior", "exclusive"),
        "tax_code": code,
        "_calculation": calculation_id,
        "_tax_breakdown": breakdowns.of_line(share),
        "_share": share,
    }


def _shipping(given: Json | None, details: Json) -> Json | None:
    if given is None:
        return None
    if given.get("amount") is None:
        raise invalid("Missing required param: shipping_cost[amount].", "shipping_cost[amount]", "parameter_missing")
    refuse_tax_code(given.get("tax_code"), "shipping_cost[tax_code]")
    code, behavior = given.get("tax_code") or SHIPPING, given.get("tax_behavior", "exclusive")
    share = _share(given["amount"], behavior, code, details)
    return {
        "amount": given["amount"],
        "amount_tax": share.amount_minor,
        "shipping_rate": None,
        "tax_behavior": behavior,
        "tax_breakdown": breakdowns.of_line(share),
        "tax_code": code,
        "_share": share,
    }


def _share(amount: int, behavior: str, code: str, details: Json) -> TaxShare:
    exempt = {"customer_exempt": "exempt", "reverse_charge": "reverse", "none": "none"}[details["taxability_override"]]
    return tax_for(
        details["address"],
        amount,
        "inclusive" if behavior == "inclusive" else "exclusive",
        tax_code=code,
        tax_ids=details["tax_ids"],
        exempt=exempt,
    )


def _check_lines(world: World, lines: list[Json]) -> None:
    if not lines:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    seen: set[str] = set()
    for place, line in enumerate(lines):
        at = f"line_items[{place}]"
        reference: str | None = line.get("reference")
        refuse_tax_code(line.get("tax_code"), f"{at}[tax_code]")
        if line.get("product") and line["product"] not in world.table("product"):
            raise missing("product", line["product"], f"{at}[product]", status=400)
        if line.get("quantity", 1) < 1:
            raise invalid("This value must be greater than or equal to 1.", f"{at}[quantity]")
        if reference in seen:
            raise invalid(f"The reference `{reference}` is used by more than one line item.", f"{at}[reference]")
        seen |= {reference} if reference else set()


def association(call: Call) -> Json:
    """What became of the calculation a payment was linked to."""
    intent = call.world.table("payment_intent").get(call.params["payment_intent"])
    calculation = linked(intent or {})
    if intent is None or calculation is None:
        raise missing("tax association for payment intent", call.params["payment_intent"], "payment_intent")
    return {
        "id": "taxa_" + intent["id"].removeprefix("pi_"),
        "object": "tax.association",
        "calculation": calculation,
        "payment_intent": intent["id"],
        "tax_transaction_attempts": intent.get("_tax_attempts", []),
    }


DETAILS = (
    "customer_details.address customer_details.address_source customer_details.tax_ids "
    "customer_details.taxability_override"
)
LINES = (
    "line_items.amount line_items.metadata line_items.product line_items.quantity line_items.reference "
    "line_items.tax_behavior line_items.tax_code"
)
SHIPPED = "shipping_cost.amount shipping_cost.tax_behavior shipping_cost.tax_code ship_from_details"
BASE = "/v1/tax/calculations"
RESOURCE = Resource(
    routes=(
        Route(
            "POST",
            BASE,
            create,
            take("CalculationCreateParams", f"currency customer {DETAILS} {LINES} {SHIPPED} tax_date"),
        ),
        Route("GET", f"{BASE}/{{id}}", retrieve),
        Route("GET", f"{BASE}/{{id}}/line_items", line_items, PAGING),
        Route("GET", "/v1/tax/associations/find", association, take("AssociationFindParams", "payment_intent")),
    ),
    links={
        NOUN: {"line_items": shown_lines, "shipping_cost.tax_breakdown": NOUN},
        LINE: {"tax_breakdown": lambda _, line: line["_tax_breakdown"]},
    },
)
