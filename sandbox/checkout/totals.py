"""What a session costs: lines, discounts and tax, to the cent. Used by `sessions`, `payer` and `payment_pages`."""

from __future__ import annotations

from decimal import Decimal

from sandbox.catalogue.amounts import price_amount, terms_in
from sandbox.catalogue.coupons import Line, discount_amounts
from sandbox.checkout.line_items import lines_of, price_of
from sandbox.customers.tax_ids import held_by
from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.state import Call, World
from sandbox.tax.rates import percentage_of, tax_for, tax_within
from sandbox.tax.tax_rates import rate_for


def reckon(call: Call, session: Json) -> None:
    """Writes amounts into the lines and the session; whoever changes a line, a discount or an address calls it."""
    if session["mode"] == "setup":
        return
    world = call.world
    lines = lines_of(world, session)
    for line in lines:
        line["currency"] = session["currency"]
        line["amount_subtotal"] = _due_today(world, session, line)
    discounts = [world.table("discount")[one] for one in session["_discounts"]]
    taken = discount_amounts(world, discounts, priced(lines), session["currency"])
    for place, line in enumerate(lines):
        offs = [row[place] for row in taken]
        line["_discounts"] = [
            {"amount": off, "discount": bare(discount)} for off, discount in zip(offs, discounts, strict=True)
        ]
        line["amount_discount"] = sum(offs)
        _tax(call, session, line)
    _sum(session, lines)


def priced(lines: list[Json]) -> list[Line]:
    return [Line(line["amount_subtotal"], line["_product"]) for line in lines]


def tax_address(world: World, session: Json) -> Json | None:
    """Where the buyer sits: what was typed, else what the customer's record says; None while it is not known. For a
    customer whose record stays as it is (`customer_update`), the record alone counts if it has an address.
    """
    typed, update = session["_typed"], session["_customer_update"]
    customer = world.table("customer").get(str(session["customer"])) or {}
    fixed = bool(customer.get("address")) and update.get("address") != "auto"
    for address in (
        (typed.get("shipping") or {}).get("address"),
        None if fixed else typed.get("address"),
        (customer.get("shipping") or {}).get("address"),
        customer.get("address"),
    ):
        if address and address.get("country"):
            found: Json = address
            return found
    return None


def breakdown(world: World, session: Json) -> Json:
    """`total_details.breakdown`: the same discount or rate of several lines in one row each."""
    lines = lines_of(world, session)
    offs: dict[str, Json] = {}
    taxes: dict[str, Json] = {}
    for line in lines:
        for row in line["_discounts"]:
            kept = offs.setdefault(row["discount"]["id"], {**row, "amount": 0})
            kept["amount"] += row["amount"]
        for row in line["_taxes"]:
            kept = taxes.setdefault(row["rate"]["id"], {**row, "amount": 0, "taxable_amount": 0})
            kept["amount"] += row["amount"]
            kept["taxable_amount"] += row["taxable_amount"]
    return {"discounts": list(offs.values()), "taxes": list(taxes.values())}


def due_next(world: World, session: Json) -> Json:
    """What recurs, at its full price without discounts that may have ended: what the page says comes next."""
    rows = [line for line in lines_of(world, session) if line["price"]["recurring"]]
    licensed = [line for line in rows if line["price"]["recurring"]["usage_type"] != "metered"]
    currency = session["currency"]
    total = sum(price_amount(price_of(world, line), line["quantity"] or 0, currency) for line in licensed)
    return {"amount_subtotal": total, "amount_discount": 0, "amount_tax": 0, "amount_total": total}


def _due_today(world: World, session: Json, line: Json) -> int:
    """A trial and usage are paid later, so what recurs that way costs nothing today."""
    recurring = line["price"]["recurring"]
    later = recurring is not None and (recurring["usage_type"] == "metered" or session["_trial"])
    return 0 if later else price_amount(price_of(world, line), line["quantity"] or 0, session["currency"])


def _tax(call: Call, session: Json, line: Json) -> None:
    net = line["amount_subtotal"] - line["amount_discount"]
    if session["automatic_tax"]["enabled"]:
        line["_taxes"], added = _automatic(call, session, line, net)
    else:
        line["_taxes"], added = _manual(call.world, line["_tax_rates"] or session["_tax_rates"], net)
    line["amount_tax"] = sum(row["amount"] for row in line["_taxes"])
    line["amount_total"] = net + added


def _automatic(call: Call, session: Json, line: Json, net: int) -> tuple[list[Json], int]:
    """By the buyer's address; nothing while there is none. A price that says neither is taken to be without tax."""
    world = call.world
    address = tax_address(world, session)
    session["automatic_tax"]["status"] = "complete" if address else "requires_location_inputs"
    if address is None:
        return [], 0
    behavior = terms_in(price_of(world, line), session["currency"])["tax_behavior"]
    customer = world.table("customer").get(str(session["customer"])) or {}
    share = tax_for(
        address,
        net,
        "inclusive" if behavior == "inclusive" else "exclusive",
        tax_code=world.table("product").get(line["_product"], {}).get("tax_code"),
        tax_ids=session["_typed"].get("tax_ids") or held_by(world, session["customer"]),
        exempt=customer.get("tax_exempt") or "none",
    )
    row = {
        "amount": share.amount_minor,
        "rate": bare(rate_for(call, share)),
        "taxability_reason": share.taxability_reason,
        "taxable_amount": share.taxable_minor,
    }
    return [row], 0 if share.inclusive else share.amount_minor


def _manual(world: World, rates: list[str], net: int) -> tuple[list[Json], int]:
    rows, added = [], 0
    for rate_id in rates:
        rate = world.table("tax_rate")[rate_id]
        inclusive = rate["inclusive"]
        amount = (tax_within if inclusive else percentage_of)(net, Decimal(str(rate["percentage"])))
        taxable = net - amount if inclusive else net
        reason = "standard_rated"
        rows.append({"amount": amount, "rate": bare(rate), "taxability_reason": reason, "taxable_amount": taxable})
        added += 0 if inclusive else amount
    return rows, added


def _sum(session: Json, lines: list[Json]) -> None:
    session["amount_subtotal"] = sum(line["amount_subtotal"] for line in lines)
    session["amount_total"] = sum(line["amount_total"] for line in lines)
    session["total_details"] = {
        "amount_discount": sum(line["amount_discount"] for line in lines),
        "amount_shipping": 0,
        "amount_tax": sum(line["amount_tax"] for line in lines),
    }
