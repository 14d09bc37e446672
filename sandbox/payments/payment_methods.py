"""Payment methods, cards and bank accounts: create, retrieve, update, attach, detach, list.
Intents take their methods from here.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sandbox.customers.customers import living
from sandbox.errors import Json, Refusal, invalid, missing, not_done
from sandbox.events import changed, record
from sandbox.expand import bare
from sandbox.fields import BILLING_DETAILS, METADATA, lay, lay_metadata
from sandbox.lists import page
from sandbox.params import Group, Kind, Text, Whole
from sandbox.payments.bank_accounts import BANK_BY_NAME
from sandbox.payments.cards import BY_NAME, Asks
from sandbox.payments.declines import Decline
from sandbox.payments.method_parts import BUILT, CARD_TYPE, METHOD_DATA, REDISPLAY, TYPE
from sandbox.payments.new_banks import bank_from, named_bank
from sandbox.payments.new_cards import behaviour, card_from, named_card
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take as shaped
from sandbox.state import Call

SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)


def take(call: Call, method_id: str, param: str = "payment_method") -> Json:
    """The payment method with this id. A `pm_card_*` name makes a fresh one each time it is used."""
    if method_id in BY_NAME:
        return named_card(call, method_id)
    if method_id in BANK_BY_NAME:
        return named_bank(call, method_id)
    found = call.world.table("payment_method").get(method_id)
    if found is None:
        raise missing("PaymentMethod", method_id, param, status=400)
    return found


def make(call: Call, data: Json) -> Json:
    """A payment method from `{type, card, billing_details, ...}`, as create and `payment_method_data` both take it."""
    kind = data.get("type")
    if kind is None:
        raise invalid("Missing required param: type.", "type", "parameter_missing")
    if kind not in BUILT:
        raise not_done(f"payment methods of type '{kind}'")
    return card_from(call, data) if kind == CARD_TYPE else bank_from(call, data)


def attach_to(call: Call, method: Json, customer: str) -> None:
    """Saves the card with a customer and tells so."""
    method["customer"] = customer
    record(call, "payment_method.attached", method)


def card_refused(decline: Decline, **more: Any) -> Refusal:
    """402: the card said no, in the words of the error envelope."""
    return Refusal(
        402,
        {
            "type": "card_error",
            "code": decline.code,
            "decline_code": decline.decline_code,
            "advice_code": decline.advice_code,
            "network_decline_code": decline.network_decline_code,
            "message": decline.message,
            **{key: bare(value) for key, value in more.items()},
        },
    )


def refuses_to_be_saved(method: Json, *, authenticated: bool = False) -> Decline | None:
    """Why the bank does not let this card be saved, None when it does. One that asks for its holder is asked later."""
    row = behaviour(method)
    if row.saves or (row.asks is not Asks.NEVER and not authenticated):
        return None
    return row.decline


def create(call: Call) -> Json:
    return make(call, call.params)


def attach(call: Call) -> Json:
    """The bank is asked when a card is saved, so a card that is always declined cannot be attached."""
    customer = call.refer("customer", "customer")
    method = take(call, call.ids["id"])
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    if method["_spent"]:
        raise invalid(SPENT, "payment_method")
    if method["customer"] not in (None, customer["id"]):
        raise invalid("The payment method you provided has already been attached to a customer.", "payment_method")
    refusal = refuses_to_be_saved(method)
    if refusal is not None:
        raise card_refused(refusal)
    if method["customer"] is None:
        attach_to(call, method, customer["id"])
    return method


def detach(call: Call) -> Json:
    """A detached card can never be used again."""
    method = call.find("payment_method", "payment_method", name="PaymentMethod")
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise invalid(message, "payment_method")
    before = deepcopy(method)
    owner = call.world.table("customer").get(method["customer"], {})
    method |= {"customer": None, "_spent": True}
    if owner.get("invoice_settings", {}).get("default_payment_method") == method["id"]:
        owner["invoice_settings"]["default_payment_method"] = None
    record(call, "payment_method.detached", method, before)
    return method


def update(call: Call) -> Json:
    method = call.find("payment_method", "payment_method", name="PaymentMethod")
    if method["customer"] is None:
        message = "You must save this PaymentMethod to a customer before you can update it."
        raise invalid(message, "payment_method")
    before = deepcopy(method)
    for kind in BUILT:
        if kind in call.params and kind != method["type"]:
            raise invalid(f"You cannot update `{kind}` on a PaymentMethod of type {method['type']}.", kind)
    lay(method.get("us_bank_account") or {}, call.params.get("us_bank_account") or {}, ACCOUNT)
    lay(method.get("card") or {}, call.params.get("card") or {}, ("exp_month", "exp_year"))
    lay(method, call.params, ("allow_redisplay",))
    for name, value in (call.params.get("billing_details") or {}).items():
        method["billing_details"][name] = (
            {**method["billing_details"]["address"], **value} if name == "address" else value
        )
    lay_metadata(method, call.params)
    if changed(method, before):
        record(call, "payment_method.updated", method, before)
    return method


def retrieve(call: Call) -> Json:
    return call.find("payment_method", "payment_method", name="PaymentMethod")


def listing(call: Call) -> Json:
    owner = call.refer("customer", "customer")
    return _cards_of(call, owner["id"] if owner else None, "/v1/payment_methods")


def customers_cards(call: Call) -> Json:
    owner = living(call)["id"]
    return _cards_of(call, owner, f"/v1/customers/{owner}/payment_methods")


def customers_card(call: Call) -> Json:
    owner = living(call)["id"]
    found = call.world.table("payment_method").get(call.ids["card"])
    if found is None or found["customer"] != owner:
        raise missing("PaymentMethod", call.ids["card"], "payment_method")
    return found


def _cards_of(call: Call, owner: str | None, url: str) -> Json:
    asked = {name: call.params[name] for name in ("allow_redisplay", "type") if name in call.params}

    def keep(method: Json) -> bool:
        return owner is not None and method["customer"] == owner and all(method[k] == v for k, v in asked.items())

    return page(call, "payment_method", url, keep)


FILTERS: dict[str, Kind] = {**PAGING, "allow_redisplay": REDISPLAY, "type": TYPE}
ACCOUNT = ("account_holder_type", "account_type")
EDIT: dict[str, Kind] = {
    **METADATA,
    "card": Group(names={"exp_month": Whole(least=1, most=12), "exp_year": Whole(least=2000)}),
    "billing_details": BILLING_DETAILS,
    "allow_redisplay": REDISPLAY,
    **shaped("PaymentMethodUpdateParams", " ".join(f"us_bank_account.{name}" for name in ACCOUNT)),
}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/payment_methods", create, METHOD_DATA, browser=True),
        Route("GET", "/v1/payment_methods", listing, {**FILTERS, "customer": Text(unset=False)}),
        Route("GET", "/v1/payment_methods/{id}", retrieve),
        Route("POST", "/v1/payment_methods/{id}", update, EDIT),
        Route("POST", "/v1/payment_methods/{id}/attach", attach, {"customer": Text(unset=False)}),
        Route("POST", "/v1/payment_methods/{id}/detach", detach),
        Route("GET", "/v1/customers/{id}/payment_methods", customers_cards, FILTERS),
        Route("GET", "/v1/customers/{id}/payment_methods/{card}", customers_card),
    ),
    links={"payment_method": {"customer": "customer"}},
)
