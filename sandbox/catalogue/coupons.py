"""What coupons take off, and how they are redeemed. Anybody in the sandbox may import it; the routes of coupons are in
`new_coupons`, those of codes in `promotion_codes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.catalogue.redemption import Redeemer, close_codes, coupon_named, refuse_code, refuse_coupon, spent
from sandbox.errors import Json, invalid, missing
from sandbox.events import record
from sandbox.money import EXACT, half_up, spread
from sandbox.state import Call, World, new_id
from sandbox.subscriptions.periods import months_later


@dataclass(frozen=True)
class Line:
    """One line of an invoice, a session or a quote: its amount before discounts, and the product it sells."""

    amount_minor: int
    product: str | None = None
    discountable: bool = True


def discount_amounts(world: World, discounts: Sequence[Json], lines: Sequence[Line], currency: str) -> list[list[int]]:
    """What each discount takes off each line, in minor units: `amounts[discount][line]`, never negative.

    Discounts work one after the other, each on what the one before left. A percentage is reckoned on the sum of the
    lines its coupon applies to, a fixed amount is at most that sum; either is shared out in proportion, to the cent.
    Lines that are not discountable, and credits (amounts below zero), get nothing.
    """
    left = [max(0, line.amount_minor) if line.discountable else 0 for line in lines]
    taken: list[list[int]] = []
    for discount in discounts:
        coupon = coupon_of(world, discount)
        weights = [amount if _covers(coupon, line) else 0 for amount, line in zip(left, lines, strict=True)]
        shares = spread(_off(coupon, sum(weights), currency), weights)
        left = [amount - share for amount, share in zip(left, shares, strict=True)]
        taken.append(shares)
    return taken


def make_discount(
    call: Call,
    spec: Json,
    *,
    customer: Json | None,
    invoice: str | None = None,
    subscription: str | None = None,
    subscription_item: str | None = None,
    checkout_session: str | None = None,
    lines: Sequence[Line] | None = None,
    currency: str | None = None,
    param: str = "discounts[0]",
    redeems: bool = True,
) -> Json:
    """The discount object for one entry of a `discounts` parameter: {coupon}, {promotion_code} or {discount} by id.

    `customer` is the object, the others are ids. With `lines` and `currency` the code's minimum amount, the coupon's
    currency and its products are checked too. `redeems=False` makes one for a preview or an open session: it neither
    counts nor is told; `redeem` does that later. Raises Refusal 400 in Stripe's words, with a parameter under `param`.
    """
    given = [name for name in ("coupon", "promotion_code", "discount") if spec.get(name)]
    if len(given) != 1:
        raise invalid("You must provide exactly one of: coupon, promotion_code, discount.", param)
    if given == ["discount"]:
        return _existing(call.world, spec["discount"], f"{param}[discount]")
    who = Redeemer(customer, currency, None if lines is None else sum(line.amount_minor for line in lines))
    coupon, code = _chosen(call, spec, who, param)
    if lines is not None and not any(_covers(coupon, line) for line in lines):
        message = "This coupon cannot be redeemed because it does not apply to anything in this order."
        raise invalid(message, f"{param}[{given[0]}]", "coupon_applies_to_nothing")
    discount = {
        **_blank(call, coupon, customer),
        "checkout_session": checkout_session,
        "invoice": invoice,
        "promotion_code": code["id"] if code else None,
        "subscription": subscription,
        "subscription_item": subscription_item,
    }
    call.world.add(discount)
    return redeem(call, discount) if redeems else discount


def redeem(call: Call, discount: Json) -> Json:
    """Counts the redemption once it is certain, and tells of a discount that stays with a customer."""
    coupon = coupon_of(call.world, discount)
    code = call.world.table("promotion_code").get(str(discount["promotion_code"]))
    for counted in (coupon, code) if code else (coupon,):
        counted["times_redeemed"] += 1
        if counted["max_redemptions"] is not None and counted["times_redeemed"] >= counted["max_redemptions"]:
            counted["valid" if counted is coupon else "active"] = False
    if spent(coupon, "redeem_by", call.now):
        close_codes(call.world, coupon["id"])
    if discount["customer"] and not discount["invoice"] and not discount["checkout_session"]:
        record(call, "customer.discount.created", discount)
    return discount


def end_discount(call: Call, discount: Json) -> Json:
    """Takes a discount away; returns what the API answers to a DELETE, which is also what the event tells."""
    discount["end"] = call.now
    told: Json = {**discount, "deleted": True}
    record(call, "customer.discount.deleted", told)
    return told


def in_force(discount: Json, moment: int) -> bool:
    """Whether a discount still works at a moment; one that lasts `once` is the business of whoever applied it."""
    return discount["end"] is None or moment < discount["end"]


def coupon_of(world: World, discount: Json) -> Json:
    """The coupon behind a discount, as it was when somebody deleted it since."""
    kept = world.table("discount").get(discount["id"], discount)
    coupon: Json = kept.get("_coupon") or world.table("coupon")[kept["source"]["coupon"]]
    return coupon


def _blank(call: Call, coupon: Json, customer: Json | None) -> Json:
    return {
        "id": new_id("di_1", 23),
        "object": "discount",
        "customer": customer["id"] if customer else None,
        "customer_account": None,
        "end": _end(coupon, call.now),
        "invoice_item": None,
        "source": {"coupon": coupon["id"], "type": "coupon"},
        "start": call.now,
    }


def _off(coupon: Json, base_minor: int, currency: str) -> int:
    if coupon["percent_off"] is not None:
        percent = Decimal(str(coupon["percent_off"]))
        return half_up(EXACT.divide(EXACT.multiply(Decimal(base_minor), percent), Decimal(100)))
    return min(base_minor, amount_off_in(coupon, currency) or 0)


def amount_off_in(coupon: Json, currency: str) -> int | None:
    """The fixed amount of a coupon in a currency; None when it has none there."""
    if coupon["currency"] == currency:
        return int(coupon["amount_off"])
    option = (coupon.get("_currency_options") or {}).get(currency)
    return int(option["amount_off"]) if option else None


def _covers(coupon: Json, line: Line) -> bool:
    products = (coupon.get("_applies_to") or {}).get("products")
    return not products or line.product in products


def _chosen(call: Call, spec: Json, who: Redeemer, param: str) -> tuple[Json, Json | None]:
    """The coupon, and the code that leads to it if one was given, neither of them refused."""
    if spec.get("coupon"):
        at = f"{param}[coupon]"
        coupon = coupon_named(call.world, spec["coupon"], at)
        refuse_coupon(call, coupon, who, at)
        return coupon, None
    at = f"{param}[promotion_code]"
    code = call.world.table("promotion_code").get(spec["promotion_code"])
    if code is None:
        raise missing("promotion code", spec["promotion_code"], at, status=400)
    coupon = coupon_named(call.world, code["promotion"]["coupon"], at)
    refuse_code(call, code, who, at)
    refuse_coupon(call, coupon, who, at)
    return coupon, code


def _existing(world: World, discount_id: str, at: str) -> Json:
    found = world.table("discount").get(discount_id)
    if found is None:
        raise missing("discount", discount_id, at, status=400)
    return found


def _end(coupon: Json, start: int) -> int | None:
    if coupon["duration"] != "repeating":
        return None
    return months_later(start, int(coupon["duration_in_months"]))
