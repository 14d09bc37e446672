"""The plain settings of a subscription, laid on at creation and at every update. Used by `creation`, `changes` and
`phases`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.catalogue.coupons import Line, make_discount
from sandbox.errors import Json, invalid, missing, not_done
from sandbox.fields import lay, lay_metadata
from sandbox.payments.cards import BY_NAME
from sandbox.payments.payment_methods import take
from sandbox.state import Call
from sandbox.subscriptions.billing import customer_of
from sandbox.subscriptions.items import live_price, tax_rates

NOT_ATTACHED = (
    "The customer does not have a payment method with the ID {method}. The payment method must be attached to the "
    "customer."
)
PLAIN = ("description", "collection_method", "days_until_due")


def lay_settings(call: Call, subscription: Json, params: Json) -> None:
    """Everything that moves no money by itself."""
    lay(subscription, params, PLAIN)
    if params.get("collection_method") == "charge_automatically" and "days_until_due" not in params:
        subscription["days_until_due"] = None
    lay_metadata(subscription, params)
    _lay_payment_method(call, subscription, params)
    if "default_tax_rates" in params:
        rates = params["default_tax_rates"] or []
        subscription["default_tax_rates"] = tax_rates(call.world, rates, "default_tax_rates")
    if "automatic_tax" in params:
        subscription["automatic_tax"] = automatic_tax(params["automatic_tax"]["enabled"])
    payment: Json = params.get("payment_settings") or {}
    lay(subscription["payment_settings"], payment, ("save_default_payment_method", "payment_method_types"))
    if params.get("trial_settings"):
        end = params["trial_settings"]["end_behavior"]
        subscription["trial_settings"] = {"end_behavior": {"missing_payment_method": end["missing_payment_method"]}}
    lay(subscription["cancellation_details"], params.get("cancellation_details") or {}, ("comment", "feedback"))
    _check_collection(subscription)


def lay_discounts(call: Call, subscription: Json, params: Json, *, redeems: bool = True) -> None:
    """A filled list replaces the discounts, the empty string clears them, an empty list leaves them."""
    items: Sequence[Json] = subscription["items"]["data"]
    rows = [Line(0, live_price(call.world, item)["product"]) for item in items]
    if params.get("discounts"):
        subscription["discounts"] = _made(call, subscription, params["discounts"], rows, None, redeems)
    elif "discounts" in params and params["discounts"] is None:
        subscription["discounts"] = []
    for item, row in zip(items, rows, strict=True):
        asked = item.pop("_asked_discounts", None)
        if asked is not None:
            item["discounts"] = _made(call, subscription, asked, [row], item["id"], redeems)


def automatic_tax(enabled: bool) -> Json:
    return {"disabled_reason": None, "enabled": enabled, "liability": {"type": "self"} if enabled else None}


def _made(
    call: Call, subscription: Json, asked: Sequence[Json], rows: Sequence[Line], item: str | None, redeems: bool
) -> list[str]:
    return [
        str(
            make_discount(
                call,
                spec,
                customer=customer_of(call.world, subscription),
                subscription=subscription["id"],
                subscription_item=item,
                lines=rows if spec.get("coupon") else None,
                currency=subscription["currency"],
                param=f"discounts[{place}]",
                redeems=redeems,
            )["id"]
        )
        for place, spec in enumerate(asked)
    ]


def _lay_payment_method(call: Call, subscription: Json, params: Json) -> None:
    method: str | None = params.get("default_payment_method")
    if method is not None:
        found = call.world.table("payment_method").get(method)
        if found is None and method not in BY_NAME:
            raise missing("PaymentMethod", method, "default_payment_method", status=400)
        if found is None or found["customer"] != subscription["customer"]:
            raise invalid(NOT_ATTACHED.format(method=method), "default_payment_method", "resource_missing")
        method = str(take(call, method)["id"])
    if "default_payment_method" in params:
        subscription["default_payment_method"] = method


def _check_collection(subscription: Json) -> None:
    sends = subscription["collection_method"] == "send_invoice"
    if sends and subscription["days_until_due"] is None:
        message = "You must pass `days_until_due` when `collection_method` is `send_invoice`."
        raise invalid(message, "days_until_due", "parameter_missing")
    if not sends and subscription["days_until_due"] is not None:
        message = "`days_until_due` can only be set when `collection_method` is `send_invoice`."
        raise invalid(message, "days_until_due")


def billing_mode(params: Json) -> Json:
    asked: Json = params.get("billing_mode") or {"type": "flexible"}
    if asked["type"] == "classic":
        return {"flexible": None, "type": "classic"}
    discounts = (asked.get("flexible") or {}).get("proration_discounts", "included")
    if discounts == "itemized":
        raise not_done("itemized discounts on prorations")
    return {"flexible": {"proration_discounts": discounts}, "type": "flexible"}
