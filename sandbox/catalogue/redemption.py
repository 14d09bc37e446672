"""Whether a coupon or a promotion code may be redeemed, in Stripe's words when it may not. Used by `coupons`."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.money import spoken
from sandbox.state import Call, World


@dataclass(frozen=True)
class Redeemer:
    """Who redeems, in which currency, and the amount of the order; None where it is not known yet."""

    customer: Json | None
    currency: str | None
    amount_minor: int | None


def refuse_coupon(call: Call, coupon: Json, who: Redeemer, at: str) -> None:
    """Raises when the coupon is past its date, used up, or in another currency."""
    if coupon["redeem_by"] is not None and call.now > coupon["redeem_by"]:
        raise invalid(f"Coupon expired: {coupon['id']}", at, "coupon_expired")
    if coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]:
        raise invalid(f"Coupon {coupon['id']} is used up and cannot be applied.", at, "coupon_expired")
    currencies = {coupon["currency"], *(coupon.get("_currency_options") or {})}
    if coupon["amount_off"] is not None and who.currency is not None and who.currency not in currencies:
        message = (
            f"The coupon `{coupon['id']}` is in `{coupon['currency']}` and cannot be applied to an amount in "
            f"`{who.currency}`."
        )
        raise invalid(message, at)


def refuse_code(call: Call, code: Json, who: Redeemer, at: str) -> None:
    """Raises when the code is not active any more, or not meant for this customer or this order."""
    limits: Json = code["restrictions"]
    if code["expires_at"] is not None and call.now > code["expires_at"]:
        raise _not("it has expired", at, "promotion_code_expired")
    if code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]:
        raise _not("it has been used the maximum number of times", at)
    if not code["active"]:
        raise _not("it is inactive", at)
    if code["customer"] is not None and (who.customer is None or code["customer"] != who.customer["id"]):
        raise _not("it belongs to another customer", at)
    if limits["first_time_transaction"] and who.customer is not None and _bought_before(call.world, who.customer["id"]):
        raise _not("the associated customer has prior transactions", at)
    least = _least(limits, who.currency) if who.currency else None
    if least is not None and who.amount_minor is not None and who.amount_minor < least:
        raise _not(f"the order is below the minimum amount of {spoken(least, str(who.currency))}", at)
    if limits["minimum_amount"] is not None and who.currency is not None and least is None:
        raise _not(f"its minimum amount is in `{limits['minimum_amount_currency']}`", at)


def coupon_named(world: World, coupon_id: str, at: str) -> Json:
    """The coupon a parameter names; 400 when it does not exist (any more)."""
    found = world.table("coupon").get(coupon_id)
    if found is None or found.get("deleted"):
        raise missing("coupon", coupon_id, at, status=400)
    return found


def spent(thing: Json, until: str, moment: int) -> bool:
    """Whether a coupon (until `redeem_by`) or a code (until `expires_at`) ran out, by its date or by its count."""
    past = thing[until] is not None and moment > thing[until]
    most = thing["max_redemptions"]
    return past or (most is not None and bool(thing["times_redeemed"] >= most))


def close_codes(world: World, coupon_id: str) -> None:
    """No code leads to a coupon that nobody can redeem any more."""
    for code in world.table("promotion_code").values():
        if code["promotion"]["coupon"] == coupon_id:
            code["active"] = False


def _not(why: str, at: str, code: str | None = None) -> Refusal:
    return invalid(f"This promotion code cannot be redeemed because {why}.", at, code)


def _least(limits: Json, currency: str) -> int | None:
    if limits["minimum_amount_currency"] == currency:
        return int(limits["minimum_amount"])
    option = (limits.get("currency_options") or {}).get(currency)
    return int(option["minimum_amount"]) if option else None


def _bought_before(world: World, customer_id: str) -> bool:
    """An invoice that left the draft counts as a purchase, paid or not; of charges only those that succeeded."""
    charges = world.table("charge").values()
    invoices = world.table("invoice").values()
    return any(one["customer"] == customer_id and one["status"] == "succeeded" for one in charges) or any(
        one["customer"] == customer_id and one["status"] in ("open", "paid", "uncollectible") for one in invoices
    )
