"""Coupons: create, retrieve, update, list, delete. Registered in `registry`; what they take off is in `coupons`."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal

from sandbox import agenda
from sandbox.catalogue.redemption import close_codes, spent
from sandbox.errors import Json, Refusal, invalid, missing
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Text
from sandbox.routes import LISTING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World, new_id


def create(call: Call) -> Json:
    params = call.params
    refusal = _refuse(call)
    if refusal:
        raise refusal
    percent: Decimal | None = params.get("percent_off")
    coupon: Json = {
        "id": params.get("id") or new_id("", 8),
        "object": "coupon",
        "amount_off": params.get("amount_off"),
        "created": call.now,
        "currency": params.get("currency") if percent is None else None,
        "duration": params.get("duration", "once"),
        "duration_in_months": params.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": {},
        "name": params.get("name"),
        "percent_off": None if percent is None else float(percent),
        "redeem_by": params.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
        "_applies_to": params.get("applies_to"),
        "_currency_options": params.get("currency_options") or {},
    }
    lay_metadata(coupon, params)
    call.world.add(coupon)
    if coupon["redeem_by"] is not None:
        agenda.later(call, coupon["redeem_by"] + 1, "coupon.lapse", coupon["id"])
    record(call, "coupon.created", coupon)
    return coupon


def update(call: Call) -> Json:
    """Only the name, the notes and amounts in further currencies; what it takes off never changes."""
    coupon = _living(call)
    before = deepcopy(coupon)
    options: Json = call.params.get("currency_options") or {}
    if options and coupon["amount_off"] is None:
        raise invalid("`currency_options` can only be set on a coupon with `amount_off`.", "currency_options")
    coupon["_currency_options"] |= options
    lay(coupon, call.params, ("name",))
    lay_metadata(coupon, call.params)
    if changed(coupon, before):
        record(call, "coupon.updated", coupon, before)
    return coupon


def delete(call: Call) -> Json:
    """Nobody can redeem it any more; discounts that were made with it go on, also when its id is given again."""
    coupon = _living(call)
    for discount in call.world.table("discount").values():
        if discount["source"]["coupon"] == coupon["id"]:
            discount.setdefault("_coupon", deepcopy(coupon))
    coupon["valid"] = False
    close_codes(call.world, coupon["id"])
    record(call, "coupon.deleted", coupon)
    remains: Json = {"id": coupon["id"], "object": "coupon", "deleted": True}
    call.world.table("coupon")[coupon["id"]] = remains
    return remains


def lapse(call: Call, coupon_id: str) -> None:
    """Its date has passed, and with it every code that leads to it."""
    coupon = call.world.table("coupon").get(coupon_id, {})
    if coupon.get("valid"):
        coupon["valid"] = False
        close_codes(call.world, coupon_id)


def retrieve(call: Call) -> Json:
    return _living(call)


def listing(call: Call) -> Json:
    return page(call, "coupon", "/v1/coupons")


def _living(call: Call) -> Json:
    coupon = call.find("coupon", "coupon")
    if coupon.get("deleted"):
        raise missing("coupon", coupon["id"], "coupon")
    coupon["valid"] = not spent(coupon, "redeem_by", call.now)
    return coupon


def _refuse(call: Call) -> Refusal | None:
    """The terms a coupon cannot have, the first one found."""
    params = call.params
    percent: Decimal | None = params.get("percent_off")
    amount: int | None = params.get("amount_off")
    old = call.world.table("coupon").get(str(params.get("id")), {"deleted": True})
    checks: tuple[tuple[bool, str, str, str | None], ...] = (
        (percent is None and amount is None, "You must pass either `percent_off` or `amount_off`.",
         "percent_off", "parameter_missing"),
        (percent is not None and amount is not None,
         "You may only specify one of these parameters: amount_off, percent_off.", "amount_off", None),
        (percent is not None and not 0 < percent <= 100,
         "Invalid percent_off: must be greater than 0 and at most 100.", "percent_off", None),
        (amount is not None and amount < 1, "This value must be greater than or equal to 1.",
         "amount_off", "parameter_invalid_integer"),
        (amount is not None and "currency" not in params, "You must pass `currency` when passing `amount_off`.",
         "currency", "parameter_missing"),
        (amount is None and bool(params.get("currency_options")),
         "`currency_options` can only be set on a coupon with `amount_off`.", "currency_options", None),
        (params.get("duration") == "repeating" and "duration_in_months" not in params,
         "You must pass `duration_in_months` when `duration` is `repeating`.",
         "duration_in_months", "parameter_missing"),
        (params.get("duration") != "repeating" and "duration_in_months" in params,
         "You may only pass `duration_in_months` when `duration` is `repeating`.", "duration_in_months", None),
        (params.get("duration_in_months", 1) < 1, "This value must be greater than or equal to 1.",
         "duration_in_months", "parameter_invalid_integer"),
        (params.get("max_redemptions", 1) < 1, "This value must be greater than or equal to 1.",
         "max_redemptions", "parameter_invalid_integer"),
        (params.get("redeem_by", call.now) < call.now, "`redeem_by` must be in the future.", "redeem_by", None),
        (not old.get("deleted"), "Coupon already exists.", "id", "resource_already_exists"),
    )  # fmt: skip
    return next((invalid(message, param, code) for wrong, message, param, code in checks if wrong), _unknown(call))


def _unknown(call: Call) -> Refusal | None:
    for place, product in enumerate((call.params.get("applies_to") or {}).get("products") or []):
        if product not in call.world.table("product"):
            return missing("product", product, f"applies_to[products][{place}]", status=400)
    return None


def _shown_options(_: World, coupon: Json) -> Json | None:
    own = {coupon["currency"]: {"amount_off": coupon["amount_off"]}} if coupon["currency"] else {}
    return {**own, **coupon["_currency_options"]} or None


NEW = {
    **take(
        "CouponCreateParams",
        "amount_off applies_to currency currency_options duration duration_in_months id max_redemptions metadata "
        "percent_off redeem_by",
    ),
    "name": Text(longest=40),
}
OFTEN = {**take("CouponModifyParams", "currency_options metadata"), "name": Text(longest=40)}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/coupons", create, NEW),
        Route("GET", "/v1/coupons", listing, LISTING),
        Route("GET", "/v1/coupons/{id}", retrieve),
        Route("POST", "/v1/coupons/{id}", update, OFTEN),
        Route("DELETE", "/v1/coupons/{id}", delete),
    ),
    links={
        "coupon": {"applies_to": lambda _, coupon: coupon["_applies_to"], "currency_options": _shown_options},
        "discount": {"customer": "customer", "promotion_code": "promotion_code", "source.coupon": "coupon"},
    },
    acts={"coupon.lapse": lapse},
)
