"""Which types of payment method an intent takes, and the options of each. Used by both kinds of intents."""

from __future__ import annotations

from sandbox.errors import Json, invalid, not_done
from sandbox.params import OneOf
from sandbox.payments.authentication import CALLED
from sandbox.payments.method_parts import BUILT, CARD_TYPE, SEPA_TYPE, TYPE, US_TYPE

CURRENCIES = {SEPA_TYPE: "eur", US_TYPE: "usd"}
ASKED = ("payment_method_types", "allowed_payment_method_types", "excluded_payment_method_types")
CARD_OPTIONS: Json = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
DEFAULTS: dict[str, Json] = {CARD_TYPE: CARD_OPTIONS, US_TYPE: {"verification_method": "automatic"}, SEPA_TYPE: {}}


def offer(intent: Json, params: Json) -> None:
    """Lays what the caller asks for into a new or an open intent: a list of types, or the automatic choice with its
    exceptions.
    """
    if params.get("payment_method_types") and (params.get("automatic_payment_methods") or {}).get("enabled"):
        message = "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
        raise invalid(message, "payment_method_types")
    for name in ASKED:
        if name in params:
            intent[name] = params[name]
            _check_types(params[name] or [], name)
    if params.get("payment_method_types"):
        intent["automatic_payment_methods"] = None
    automatic = intent["automatic_payment_methods"]
    if automatic is not None:
        intent["payment_method_types"] = _automatic(intent) if automatic["enabled"] else [CARD_TYPE]
    _check_currency(intent)
    _lay_options(intent, params.get("payment_method_options") or {})


def refuse_other_types(intent: Json, method: Json) -> None:
    """400 when the method's type is none of the intent's."""
    if method["type"] not in intent["payment_method_types"]:
        listed = ", ".join(intent["payment_method_types"])
        message = (
            f"The PaymentMethod provided ({method['type']}) is not allowed for this {CALLED[intent['object']]}. Please "
            f"attach a PaymentMethod with one of the following types: {listed}."
        )
        raise invalid(message, "payment_method")


def future_usage(intent: Json, kind: str) -> str | None:
    """Whether this type of method is to be kept, `on_session` or `off_session`: its own option goes first."""
    options = intent["payment_method_options"].get(kind) or {}
    asked: str | None = options.get("setup_future_usage") or intent["setup_future_usage"]
    return None if asked == "none" else asked


def _automatic(intent: Json) -> list[str]:
    currency = intent.get("currency")
    allowed = intent.get("allowed_payment_method_types") or list(BUILT)
    excluded = intent.get("excluded_payment_method_types") or []
    fitting = [kind for kind in BUILT if currency is None or CURRENCIES.get(kind, currency) == currency]
    found = [kind for kind in fitting if kind in allowed and kind not in excluded]
    if not found:
        message = (
            "No valid payment method types for this intent. Please ensure that you have activated payment methods "
            "compatible with your chosen currency and your allowed or excluded types."
        )
        raise invalid(message, "excluded_payment_method_types" if excluded else "allowed_payment_method_types")
    return found


def _check_types(kinds: list[str], name: str) -> None:
    known = TYPE.choices if isinstance(TYPE, OneOf) else ()
    for kind in kinds:
        if kind not in known:
            message = (
                f'The payment method type "{kind}" is invalid. Please ensure the provided type is activated in your '
                "dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for "
                "any preview features that you are trying to use."
            )
            raise invalid(message, name)


def _check_currency(intent: Json) -> None:
    currency = intent.get("currency")
    for kind in intent["payment_method_types"]:
        only = CURRENCIES.get(kind)
        if currency is not None and only not in (None, currency):
            message = (
                f"The currency provided ({currency}) is invalid for the payment method type {kind}. Payments with "
                f"{kind} support the following currencies: {only}."
            )
            raise invalid(message, "payment_method_types")


def _lay_options(intent: Json, given: Json) -> None:
    """Every type taken shows its options; those of other types are kept for when the types change."""
    kept = {**intent.get("_options", {}), **(intent["payment_method_options"] or {})}
    if (given.get(US_TYPE) or {}).get("verification_method") == "microdeposits":
        raise not_done("the verification of bank accounts by microdeposits")
    for kind, options in given.items():
        kept[kind] = {**_defaults(intent, kind), **kept.get(kind, {}), **(options or {})}
    intent["_options"] = kept
    shown = [kind for kind in intent["payment_method_types"] if kind in DEFAULTS]
    intent["payment_method_options"] = {kind: kept.get(kind) or _defaults(intent, kind) for kind in shown}


def _defaults(intent: Json, kind: str) -> Json:
    if kind == CARD_TYPE and intent["object"] == "payment_intent":
        return {"installments": None, **CARD_OPTIONS}
    return dict(DEFAULTS[kind])
