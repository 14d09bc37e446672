"""A session with every field Stripe shows, made from the parameters of its creation. Used by `sessions`."""

from __future__ import annotations

from sandbox.checkout.rules import LONGEST_SECONDS
from sandbox.errors import Json, invalid, not_done
from sandbox.payments.method_parts import BUILT, CARD_TYPE
from sandbox.payments.offering import CURRENCIES
from sandbox.state import Call, new_id

NOUN = "checkout.session"
EMPTY_AT_FIRST = (
    "after_expiration amount_subtotal amount_total client_secret collected_information consent currency_conversion "
    "customer customer_account customer_details discounts invoice managed_payments optional_items payment_intent "
    "payment_link payment_method_configuration_details presentment_details recovered_from setup_intent shipping_cost "
    "subscription total_details url wallet_options"
).split()
ECHOED = (
    "allow_promotion_codes allowed_payment_method_types billing_address_collection cancel_url client_reference_id "
    "consent_collection customer_email excluded_payment_method_types integration_identifier locale name_collection "
    "origin_context payment_method_options permissions return_url shipping_address_collection submit_type success_url"
).split()
NO_TYPES = (
    "No valid payment method types for this Checkout Session. Please ensure that you have activated payment methods "
    "compatible with your chosen currency in your dashboard at https://dashboard.stripe.com/account/payments/settings."
)
BRANDING = {
    "background_color": "#ffffff",
    "border_style": "rounded",
    "button_color": "#4b47c9",
    "display_name": "Sandbox shop",
    "font_family": "default",
    "icon": None,
    "logo": None,
}


def blank(call: Call, mode: str, ui_mode: str, customer: Json | None) -> Json:
    """An open session, not yet kept, its lines and totals still to come."""
    params = call.params
    session_id = f"cs_test_{new_id('a1', 58)}"
    secret = f"{session_id}_secret_{new_id('', 44)}"
    hosted = ui_mode == "hosted_page"
    return {
        **dict.fromkeys(EMPTY_AT_FIRST),
        **{name: params.get(name) for name in ECHOED},
        **_settings(params, mode),
        **_kept_back(params, secret),
        "id": session_id,
        "object": NOUN,
        "client_secret": None if hosted else secret,
        "created": call.now,
        "currency": params.get("currency"),
        "custom_fields": [_custom_field(field) for field in params.get("custom_fields") or []],
        "customer": customer["id"] if customer else None,
        "customer_details": first_details(customer, params.get("customer_email")),
        "expires_at": params.get("expires_at") or call.now + LONGEST_SECONDS,
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "mode": mode,
        "payment_method_types": [],
        "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
        "redirect_on_completion": _redirect(params, ui_mode),
        "shipping_options": [],
        "status": "open",
        "ui_mode": ui_mode,
        "url": f"{call.origin}/c/pay/{session_id}" if hosted else None,
    }


def first_details(customer: Json | None, email: str | None) -> Json | None:
    """What is known of the buyer before they typed anything."""
    known = customer["email"] if customer else email
    if customer is None and known is None:
        return None
    return details(known, tax_exempt=customer["tax_exempt"] if customer else "none")


def details(email: str | None, *, tax_exempt: str = "none", typed: Json | None = None) -> Json:
    told = typed or {}
    return {
        "address": told.get("address"),
        "business_name": told.get("business_name"),
        "email": email,
        "individual_name": told.get("individual_name"),
        "name": told.get("name"),
        "phone": told.get("phone"),
        "tax_exempt": tax_exempt,
        "tax_ids": told.get("tax_ids"),
    }


def _settings(params: Json, mode: str) -> Json:
    """What Stripe fills in where nothing was said."""
    tax = params.get("automatic_tax") or {"enabled": False}
    tax_ids = params.get("tax_id_collection") or {"enabled": False}
    adaptive = (params.get("adaptive_pricing") or {}).get("enabled", True)
    collection = "if_required" if mode == "payment" else "always"
    first = "if_required" if mode != "subscription" and not params.get("customer") else None
    saved = {"allow_redisplay_filters": ["always"], "payment_method_remove": "disabled", "payment_method_save": None}
    texts = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    return {
        "adaptive_pricing": {"enabled": adaptive} if mode != "setup" else None,
        "automatic_tax": {
            "enabled": tax["enabled"],
            "liability": {"type": "self"} if tax["enabled"] else None,
            "provider": "stripe" if tax["enabled"] else None,
            "status": "requires_location_inputs" if tax["enabled"] else None,
        },
        "branding_settings": {**BRANDING, **(params.get("branding_settings") or {})},
        "custom_text": {**dict.fromkeys(texts), **(params.get("custom_text") or {})},
        "customer_creation": params.get("customer_creation", first),
        "invoice_creation": _invoice_creation(params.get("invoice_creation")) if mode == "payment" else None,
        "payment_method_collection": params.get("payment_method_collection", collection),
        "phone_number_collection": params.get("phone_number_collection") or {"enabled": False},
        "saved_payment_method_options": None
        if mode == "setup"
        else {**saved, **(params.get("saved_payment_method_options") or {})},
        "tax_id_collection": {"required": "never", **tax_ids},
    }


def _kept_back(params: Json, secret: str) -> Json:
    """What the session must remember and nobody sees."""
    plan = params.get("subscription_data") or {}
    return {
        "_secret": secret,
        "_lines": [],
        "_discounts": [],
        "_typed": {},
        "_tax_rates": plan.get("default_tax_rates") or [],
        "_trial": bool(plan.get("trial_period_days") or plan.get("trial_end")),
        "_payment_intent_data": params.get("payment_intent_data") or {},
        "_setup_intent_data": params.get("setup_intent_data") or {},
        "_subscription_data": plan,
        "_customer_update": params.get("customer_update") or {},
        "_allow_redisplay": (params.get("payment_method_data") or {}).get("allow_redisplay"),
        "_intent": None,
    }


def _redirect(params: Json, ui_mode: str) -> str | None:
    return params.get("redirect_on_completion", "always") if ui_mode == "embedded_page" else None


def lay_types(session: Json, params: Json) -> None:
    """What the account has switched on and the currency allows, filtered as the seller asks. The older
    `payment_method_types` is what the official CLI's triggers still send: that list is taken as it is.
    """
    older = params.get("payment_method_types")
    eligible = [CARD_TYPE, *(kind for kind, currency in CURRENCIES.items() if currency == session["currency"])]
    allowed = params.get("allowed_payment_method_types") or eligible
    excluded = params.get("excluded_payment_method_types") or []
    for kind in older or []:
        if kind not in BUILT:
            raise not_done(f"the payment method type '{kind}'")
    types = older or [kind for kind in eligible if kind in allowed and kind not in excluded]
    if not types:
        raise invalid(NO_TYPES, "allowed_payment_method_types")
    session["payment_method_types"] = types


def _custom_field(given: Json) -> Json:
    kind = given["type"]
    told = given.get(kind) or {}
    limits = {"default_value": told.get("default_value"), "value": None}
    if kind == "dropdown":
        limits["options"] = told.get("options") or []
    else:
        limits |= {"maximum_length": told.get("maximum_length"), "minimum_length": told.get("minimum_length")}
    empty = dict.fromkeys(("dropdown", "numeric", "text"))
    optional = given.get("optional", False)
    return {**empty, "key": given["key"], "label": given["label"], "optional": optional, "type": kind, kind: limits}


def _invoice_creation(given: Json | None) -> Json:
    told = (given or {}).get("invoice_data") or {}
    names = ("account_tax_ids", "custom_fields", "description", "footer", "rendering_options")
    data = {name: told.get(name) for name in names} | {"issuer": None, "metadata": told.get("metadata") or {}}
    return {"enabled": bool(given and given["enabled"]), "invoice_data": data}
