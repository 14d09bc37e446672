"""Which parameters of a session go together, in Stripe's words when they do not. Used by `sessions`."""

from __future__ import annotations

from sandbox.errors import Json, invalid
from sandbox.money import LEAST, refuse_amount, spoken
from sandbox.state import Call

SHORTEST_SECONDS = 30 * 60
LONGEST_SECONDS = 24 * 60 * 60
OF_MODE = {
    "payment": ("payment_intent_data", "invoice_creation"),
    "subscription": ("subscription_data", "payment_method_collection"),
    "setup": ("setup_intent_data",),
}
NOT_IN_SETUP = (
    "line_items discounts allow_promotion_codes automatic_tax tax_id_collection saved_payment_method_options "
    "submit_type adaptive_pricing"
).split()
NEVER_TOGETHER = (
    ("customer", "customer_email"),
    ("customer", "customer_creation"),
    ("allow_promotion_codes", "discounts"),
    ("allowed_payment_method_types", "excluded_payment_method_types"),
)
INVOICES_ONLY_IN_PAYMENT = (
    "You can only enable invoice creation when `mode` is set to `payment`. Invoices are created automatically when "
    "`mode` is set to `subscription`, and are unsupported when set to `setup`. To learn more visit "
    "https://stripe.com/docs/payments/checkout/post-payment-invoices."
)
NO_TAX_ADDRESS = (
    "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the "
    "Customer or set `customer_update[address]` to 'auto' to save the billing address entered in Checkout to the "
    "Customer."
)
NO_TAX_ID_NAME = (
    "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing "
    "customer, please set `customer_update[name]` to `auto`."
)


def check(call: Call, mode: str, ui_mode: str, customer: Json | None) -> None:
    """Everything that can be refused before the lines are read."""
    params = call.params
    for one, other in NEVER_TOGETHER:
        if params.get(one) and params.get(other):
            raise invalid(f"You may only specify one of these parameters: {one}, {other}.", one)
    _check_mode(params, mode)
    _check_addresses(params, ui_mode)
    _check_customer(params, customer)
    _check_expiry(call)


def check_total(session: Json) -> None:
    """A total of nothing is an order that costs nothing; anything between that and the least charge is refused."""
    total, currency = session["amount_total"], session["currency"]
    if not total:
        return
    if refuse_amount(total, currency):
        least = spoken(LEAST.get(currency, 1), currency)
        message = f"The Checkout Session's total amount due must add up to at least {least}"
        if total < LEAST.get(currency, 1):
            raise invalid(message, None, "amount_too_small")
        raise refuse_amount(total, currency) or invalid(message)


def check_currency(call: Call, session: Json) -> None:
    """All subscriptions of a customer are in one currency."""
    if session["mode"] != "subscription" or session["customer"] is None:
        return
    for subscription in call.world.table("subscription").values():
        lives = subscription["status"] not in ("canceled", "incomplete_expired")
        other = subscription["currency"] != session["currency"]
        if lives and other and subscription["customer"] == session["customer"]:
            raise invalid(
                "You cannot combine currencies on a single customer. This customer has an active subscription, "
                "subscription schedule, discount, quote, invoice item or active subscription mode checkout session "
                f"with currency {subscription['currency']}."
            )


def _check_mode(params: Json, mode: str) -> None:
    if (params.get("invoice_creation") or {}).get("enabled") and mode != "payment":
        raise invalid(INVOICES_ONLY_IN_PAYMENT, "invoice_creation")
    for other, names in OF_MODE.items():
        for name in names:
            if name in params and other != mode:
                raise invalid(f"You can not pass `{name}` in `{mode}` mode.", name)
    if mode == "subscription" and "customer_creation" in params:
        raise invalid("`customer_creation` can only be used in `payment` mode.", "customer_creation")
    if mode == "setup":
        _check_setup(params)
    elif not params.get("line_items"):
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")


def _check_setup(params: Json) -> None:
    for name in NOT_IN_SETUP:
        if params.get(name):
            raise invalid(f"You can not pass `{name}` in `setup` mode.", name)
    named = ("currency", "allowed_payment_method_types", "payment_method_types")
    if not any(name in params for name in named):
        message = "You must provide `currency` in `setup` mode when `allowed_payment_method_types` is not set."
        raise invalid(message, "currency", "parameter_missing")


def _check_addresses(params: Json, ui_mode: str) -> None:
    hosted = ui_mode == "hosted_page"
    refused = ["return_url", "redirect_on_completion"] if hosted else ["success_url", "cancel_url"]
    if ui_mode in ("elements", "form"):
        refused += ["redirect_on_completion", "submit_type"]
    given = [name for name in sorted(refused) if name in params]
    if given:
        message = f"The following parameters are not supported with `ui_mode: {ui_mode}`: {', '.join(given)}."
        raise invalid(message, given[0])
    if hosted and not params.get("success_url"):
        raise invalid("Missing required param: success_url.", "success_url", "parameter_missing")
    never = params.get("redirect_on_completion") == "never"
    if ui_mode == "embedded_page" and not never and not params.get("return_url"):
        raise invalid("Missing required param: return_url.", "return_url", "parameter_missing")
    if never and params.get("return_url"):
        raise invalid("You can not pass `return_url` when `redirect_on_completion` is `never`.", "return_url")
    for name in ("success_url", "cancel_url", "return_url"):
        if params.get(name) and "://" not in params[name]:
            message = "Not a valid URL: an explicit scheme (such as https) must be provided."
            raise invalid(message, name, "url_invalid")


def _check_customer(params: Json, customer: Json | None) -> None:
    update = params.get("customer_update") or {}
    if update and customer is None:
        raise invalid("`customer_update` can only be used with `customer`.", "customer_update")
    if params.get("customer_email") and "@" not in params["customer_email"]:
        raise invalid(f"Invalid email address: {params['customer_email']}", "customer_email", "email_invalid")
    if customer is None:
        return
    taxed = (params.get("automatic_tax") or {}).get("enabled")
    known = (customer["address"] or {}).get("country") or (customer["shipping"] or {}).get("address")
    typed = "auto" in (update.get("address"), update.get("shipping"))
    if taxed and not known and not typed:
        raise invalid(NO_TAX_ADDRESS, "automatic_tax", "customer_tax_location_invalid")
    if (params.get("tax_id_collection") or {}).get("enabled") and update.get("name") != "auto":
        raise invalid(NO_TAX_ID_NAME, "tax_id_collection")


def _check_expiry(call: Call) -> None:
    moment = call.params.get("expires_at")
    if moment is None:
        return
    if moment < call.now + SHORTEST_SECONDS:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise invalid(message, "expires_at")
    if moment > call.now + LONGEST_SECONDS:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise invalid(message, "expires_at")
