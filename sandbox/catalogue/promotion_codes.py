"""Promotion codes: what a customer types to get a coupon. Registered in `registry`; redeemed through `coupons`."""

from __future__ import annotations

from copy import deepcopy

from sandbox import agenda
from sandbox.catalogue.redemption import coupon_named, spent
from sandbox.errors import Json, invalid
from sandbox.events import changed, record
from sandbox.fields import lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Text
from sandbox.routes import LISTING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, new_id


def create(call: Call) -> Json:
    params = call.params
    coupon = _coupon(call)
    customer = call.refer("customer", "customer")
    code: Json = {
        "id": new_id("promo_1", 23),
        "object": "promotion_code",
        "active": params.get("active", True),
        "code": params.get("code") or new_id("", 8).upper(),
        "created": call.now,
        "customer": customer["id"] if customer else None,
        "customer_account": None,
        "expires_at": params.get("expires_at"),
        "livemode": False,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": {},
        "promotion": {"coupon": coupon["id"], "type": "coupon"},
        "restrictions": _restrictions(params.get("restrictions") or {}),
        "times_redeemed": 0,
    }
    _refuse_terms(call, code, coupon)
    _refuse_twin(call, code)
    lay_metadata(code, params)
    call.world.add(code)
    if code["expires_at"] is not None:
        agenda.later(call, code["expires_at"] + 1, "promotion_code.lapse", code["id"])
    record(call, "promotion_code.created", code)
    return code


def update(call: Call) -> Json:
    code = call.find("promotion_code", "promotion_code", name="promotion code")
    before = deepcopy(code)
    if call.params.get("active") and not code["active"]:
        _refuse_awakening(call, code)
    lay(code, call.params, ("active",))
    options: Json = (call.params.get("restrictions") or {}).get("currency_options") or {}
    if options:
        code["restrictions"]["currency_options"] = {**code["restrictions"].get("currency_options", {}), **options}
    lay_metadata(code, call.params)
    if changed(code, before):
        record(call, "promotion_code.updated", code, before)
    return code


def lapse(call: Call, code_id: str) -> None:
    call.world.table("promotion_code")[code_id]["active"] = False


def retrieve(call: Call) -> Json:
    return call.find("promotion_code", "promotion_code", name="promotion code")


def listing(call: Call) -> Json:
    asked = call.params

    def keep(code: Json) -> bool:
        plain = all(code[name] == asked[name] for name in ("active", "customer") if name in asked)
        typed = str(asked.get("code", code["code"])).casefold() == code["code"].casefold()
        return plain and typed and asked.get("coupon") in (None, code["promotion"]["coupon"])

    return page(call, "promotion_code", "/v1/promotion_codes", keep)


def _coupon(call: Call) -> Json:
    coupon_id: str | None = call.params["promotion"].get("coupon")
    if coupon_id is None:
        raise invalid("Missing required param: promotion[coupon].", "promotion[coupon]", "parameter_missing")
    coupon = coupon_named(call.world, coupon_id, "promotion[coupon]")
    if spent(coupon, "redeem_by", call.now):
        raise invalid(f"Coupon expired: {coupon_id}", "promotion[coupon]", "coupon_expired")
    return coupon


def _restrictions(given: Json) -> Json:
    if ("minimum_amount" in given) != ("minimum_amount_currency" in given):
        message = "`minimum_amount` and `minimum_amount_currency` must be set together."
        raise invalid(message, "restrictions[minimum_amount]", "parameter_missing")
    shown = {
        "first_time_transaction": given.get("first_time_transaction", False),
        "minimum_amount": given.get("minimum_amount"),
        "minimum_amount_currency": given.get("minimum_amount_currency"),
    }
    return {**shown, "currency_options": given["currency_options"]} if given.get("currency_options") else shown


def _refuse_terms(call: Call, code: Json, coupon: Json) -> None:
    expires, most = code["expires_at"], code["max_redemptions"]
    if expires is not None and expires <= call.now:
        raise invalid("`expires_at` must be in the future.", "expires_at")
    if expires is not None and coupon["redeem_by"] is not None and expires > coupon["redeem_by"]:
        raise invalid("`expires_at` cannot be later than the `redeem_by` of its coupon.", "expires_at")
    if most is not None and most < 1:
        message = "This value must be greater than or equal to 1."
        raise invalid(message, "max_redemptions", "parameter_invalid_integer")
    if most is not None and coupon["max_redemptions"] is not None and most > coupon["max_redemptions"]:
        message = "`max_redemptions` cannot be more than the `max_redemptions` of its coupon."
        raise invalid(message, "max_redemptions")


def _refuse_twin(call: Call, code: Json) -> None:
    """One active code of a spelling, whatever the case: for everybody, or for one customer."""
    for other in call.world.table("promotion_code").values():
        same = other["code"].casefold() == code["code"].casefold() and other["id"] != code["id"]
        met = None in (other["customer"], code["customer"]) or other["customer"] == code["customer"]
        if same and met and other["active"] and code["active"]:
            raise invalid(f"An active promotion code with `code: {code['code']}` already exists.", "code")


def _refuse_awakening(call: Call, code: Json) -> None:
    """A code that ran out cannot be switched on again, nor one whose coupon is gone."""
    coupon = call.world.table("coupon")[code["promotion"]["coupon"]]
    if coupon.get("deleted") or spent(coupon, "redeem_by", call.now) or spent(code, "expires_at", call.now):
        raise invalid("This promotion code cannot be activated because it or its coupon is no longer valid.", "active")
    _refuse_twin(call, {**code, "active": True})


NEW = {
    **take(
        "PromotionCodeCreateParams",
        "active customer expires_at max_redemptions metadata promotion restrictions",
    ),
    "code": Text(unset=False, longest=500),
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/promotion_codes", create, NEW),
        Route(
            "GET",
            "/v1/promotion_codes",
            listing,
            {**LISTING, **take("PromotionCodeListParams", "active code coupon customer")},
        ),
        Route("GET", "/v1/promotion_codes/{id}", retrieve),
        Route(
            "POST",
            "/v1/promotion_codes/{id}",
            update,
            take("PromotionCodeModifyParams", "active metadata restrictions"),
        ),
    ),
    links={
        "promotion_code": {
            "customer": "customer",
            "promotion.coupon": "coupon",
            "restrictions.currency_options": "promotion_code",
        }
    },
    acts={"promotion_code.lapse": lapse},
)
