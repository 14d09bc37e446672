"""Checkout Sessions: create, retrieve, list, update, expire and their line items. Registered in `registry`; what the
payer does to a session is in `payment_pages`.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox import agenda
from sandbox.catalogue.coupons import make_discount
from sandbox.checkout.line_items import NOUN as LINE
from sandbox.checkout.line_items import lines_of, read_lines
from sandbox.checkout.new_sessions import NOUN, blank, lay_types
from sandbox.checkout.rules import check, check_currency, check_total
from sandbox.checkout.totals import breakdown, priced, reckon
from sandbox.errors import Json, invalid
from sandbox.events import record
from sandbox.fields import full_address, lay, lay_metadata
from sandbox.lists import envelope, page
from sandbox.params import Kind, Many, OneOf, Text
from sandbox.payments.payment_intents import cancel as cancel_intent
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call, World

EXPIRE = "checkout.session.expire"
CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Json:
    mode, ui_mode = call.params["mode"], call.params.get("ui_mode", "hosted_page")
    customer = call.refer("customer", "customer")
    check(call, mode, ui_mode, customer)
    session = blank(call, mode, ui_mode, customer)
    if mode != "setup":
        read_lines(call, session, call.params["line_items"])
    check_currency(call, session)
    lay_types(session, call.params)
    if mode != "setup":
        reckon(call, session)
        _discount(call, session, customer)
        check_total(session)
    call.world.add(session)
    agenda.later(call, session["expires_at"], EXPIRE, session["id"])
    return session


def retrieve(call: Call) -> Json:
    return call.find(NOUN, "session")


def update(call: Call) -> Json:
    """Metadata at any time; what is sold and where it goes only while the session is open."""
    session = call.find(NOUN, "session")
    for name in ("line_items", "collected_information", "payment_intent_data"):
        if name in call.params:
            _check_changeable(session, name)
    lay_metadata(session, call.params)
    data = call.params.get("payment_intent_data")
    if data is not None:
        lay(session["_payment_intent_data"], data, data)
    shipping = (call.params.get("collected_information") or {}).get("shipping_details")
    if shipping:
        told = {"address": full_address(shipping["address"]), "name": shipping["name"]}
        session["_typed"]["shipping"] = told
        session["collected_information"] = {"business_name": None, "individual_name": None, "shipping_details": told}
    if "line_items" in call.params:
        read_lines(call, session, call.params["line_items"])
    if session["status"] == "open":
        reckon(call, session)
    return session


def expire(call: Call) -> Json:
    """By hand; what time does by itself is `expire_by_time`."""
    session = call.find(NOUN, "session")
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`."
        )
    return _close(call, session)


def expire_by_time(call: Call, session_id: str) -> None:
    session = call.world.table(NOUN).get(session_id)
    if session is not None and session["status"] == "open":
        _close(call, session)


def listing(call: Call) -> Json:
    asked = {n: call.params[n] for n in ("customer", "payment_intent", "subscription", "status") if n in call.params}
    email = (call.params.get("customer_details") or {}).get("email")

    def keep(session: Json) -> bool:
        plain = all(session[name] == value for name, value in asked.items())
        return plain and (email is None or (session["customer_details"] or {}).get("email") == email)

    return page(call, NOUN, "/v1/checkout/sessions", keep)


def line_items(call: Call) -> Json:
    """In the order the seller gave them, unlike other lists."""
    session = call.find(NOUN, "session")
    return envelope(call, lines_of(call.world, session), LINE, f"{_url(session)}/line_items")


def _close(call: Call, session: Json) -> Json:
    """The payment that was begun for it ends with it."""
    agenda.forget(call.world, session["id"])
    intent = call.world.table("payment_intent").get(str(session["_intent"]))
    if intent is not None and intent["status"] in CANCELABLE:
        cancel_intent(replace(call, ids={"id": intent["id"]}, params={"cancellation_reason": "expired"}))
    session |= {"status": "expired", "url": None}
    record(call, "checkout.session.expired", session)
    return session


def _discount(call: Call, session: Json, customer: Json | None) -> None:
    given = call.params.get("discounts") or []
    if len(given) > 1:
        raise invalid("You may only apply one discount to a Checkout Session.", "discounts")
    if not given:
        session["discounts"] = None if not session["allow_promotion_codes"] else []
        return
    lines = priced(lines_of(call.world, session))
    made = make_discount(
        call,
        given[0],
        customer=customer,
        checkout_session=session["id"],
        lines=lines,
        currency=session["currency"],
        redeems=False,
    )
    session["_discounts"] = [made["id"]]
    session["discounts"] = [{"coupon": made["source"]["coupon"], "promotion_code": made["promotion_code"]}]
    reckon(call, session)


def _check_changeable(session: Json, name: str) -> None:
    if session["status"] != "open":
        message = f"You cannot update `{name}` on a Checkout Session that is not open. It is {session['status']}."
        raise invalid(message, name)
    if session["ui_mode"] == "hosted_page":
        raise invalid(f"You can not update `{name}` when `ui_mode` is `hosted_page`.", name)


def _expanded_lines(world: World, session: Json) -> Json:
    rows = lines_of(world, session)
    return {"object": "list", "data": rows[:10], "has_more": len(rows) > 10, "url": f"{_url(session)}/line_items"}


def _url(session: Json) -> str:
    return f"/v1/checkout/sessions/{session['id']}"


NEW: dict[str, Kind] = take(
    "checkout.SessionCreateParams",
    "mode ui_mode success_url cancel_url return_url redirect_on_completion line_items.adjustable_quantity "
    "line_items.metadata line_items.price line_items.price_data line_items.quantity line_items.tax_rates currency "
    "customer customer_email customer_creation customer_update client_reference_id metadata expires_at "
    "allowed_payment_method_types excluded_payment_method_types payment_method_options.card.setup_future_usage "
    "payment_method_options.card.request_three_d_secure payment_method_options.sepa_debit.setup_future_usage "
    "payment_method_options.us_bank_account.setup_future_usage "
    "payment_method_options.us_bank_account.verification_method "
    "payment_method_options.customer_balance.funding_type payment_method_options.customer_balance.bank_transfer.type "
    "payment_method_options.customer_balance.bank_transfer.eu_bank_transfer.country "
    "payment_method_data payment_intent_data.metadata "
    "payment_intent_data.description payment_intent_data.setup_future_usage payment_intent_data.capture_method "
    "payment_intent_data.receipt_email payment_intent_data.shipping payment_intent_data.statement_descriptor "
    "payment_intent_data.statement_descriptor_suffix payment_intent_data.transfer_group setup_intent_data.metadata "
    "setup_intent_data.description subscription_data.metadata subscription_data.description "
    "subscription_data.trial_period_days subscription_data.trial_end subscription_data.trial_settings "
    "subscription_data.default_tax_rates subscription_data.billing_mode saved_payment_method_options "
    "automatic_tax.enabled tax_id_collection billing_address_collection shipping_address_collection "
    "invoice_creation.enabled invoice_creation.invoice_data.description invoice_creation.invoice_data.footer "
    "invoice_creation.invoice_data.metadata invoice_creation.invoice_data.custom_fields allow_promotion_codes "
    "discounts.coupon discounts.promotion_code consent_collection custom_fields custom_text locale adaptive_pricing "
    "phone_number_collection submit_type payment_method_collection integration_identifier origin_context "
    "branding_settings.background_color branding_settings.border_style branding_settings.button_color "
    "branding_settings.display_name branding_settings.font_family",
)
# Not in the SDK any more, but the official CLI's triggers still send it.
OLDER: dict[str, Kind] = {"payment_method_types": Many(of=Text())}
EDIT: dict[str, Kind] = take(
    "checkout.SessionUpdateParams",
    "metadata collected_information line_items.adjustable_quantity line_items.id line_items.metadata line_items.price "
    "line_items.price_data line_items.quantity line_items.tax_rates payment_intent_data",
)
FILTERS: dict[str, Kind] = take(
    "checkout.SessionListParams",
    "customer payment_intent subscription status created customer_details limit starting_after ending_before",
)
# The SDK lets it be left out because of its newer versions; Stripe does not.
MODE = {"mode": OneOf(choices=("payment", "setup", "subscription"), required=True)}
RESOURCE = Resource(
    routes=(
        Route("POST", "/v1/checkout/sessions", create, {**NEW, **MODE, **OLDER}),
        Route("GET", "/v1/checkout/sessions", listing, FILTERS),
        Route("GET", "/v1/checkout/sessions/{id}", retrieve),
        Route("POST", "/v1/checkout/sessions/{id}", update, EDIT),
        Route("POST", "/v1/checkout/sessions/{id}/expire", expire),
        Route("GET", "/v1/checkout/sessions/{id}/line_items", line_items, PAGING),
    ),
    links={
        NOUN: {
            "customer": "customer",
            "payment_intent": "payment_intent",
            "setup_intent": "setup_intent",
            "subscription": "subscription",
            "invoice": "invoice",
            "line_items": _expanded_lines,
            "total_details.breakdown": breakdown,
            "discounts.coupon": "coupon",
            "discounts.promotion_code": "promotion_code",
        },
        LINE: {
            "discounts": lambda _, line: line["_discounts"],
            "taxes": lambda _, line: line["_taxes"],
        },
    },
    acts={EXPIRE: expire_by_time},
)
