"""Asks Stripe Tax what is due on a price for a buyer at an address. Only `stripe_customers.py` imports it."""

from __future__ import annotations

import re
from decimal import Decimal

from stripe.params import PriceRetrieveParams
from stripe.params.tax import (
    CalculationCreateParams,
    CalculationCreateParamsCustomerDetails,
    CalculationCreateParamsCustomerDetailsTaxId,
    CalculationCreateParamsLineItem,
)

from billing.gateways.contract import Payable
from billing.gateways.stripe_base import believed, text
from billing.gateways.stripe_calls import NO_LOCATION_CODE, Calls
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_values import Json, branch, currency, minor, plain, word_or_none
from billing.rules.errors import BadInput, PaymentRefused
from billing.rules.money import Money
from billing.rules.sentences import sentence, together, word
from billing.rules.tax import Address, TaxQuote

VAGUE = sentence("This address is not enough to compute the tax. Please add the postal code or the state.")
VAGUE_COUNTRY = sentence("The tax cannot be computed for this country. Please check the address.")
BAD_TAX_ID = sentence("This tax id is not valid for its kind. Please check it, or leave it out.")
REVERSE = sentence("Reverse charge")

_NAMES: dict[str, str] = {"vat": word("VAT"), "sales_tax": word("Sales tax"), "jct": word("Consumption tax")}
_NAMES |= {each.lower(): each for each in ("GST", "HST", "PST", "QST", "RST", "IGST")}
_DECIMAL = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?", re.ASCII)
_NEEDS = {"US": "postal_code", "CA": "postal_code"}
"""Countries whose name alone does not say the tax."""


def calculate(calls: Calls, options: StripeOptions, payable: Payable, address: Address) -> TaxQuote:
    """The tax on the payable there. Raises BadInput naming the field when the address is not enough."""
    params: CalculationCreateParams = {
        "currency": payable.amount.currency.lower(),
        "line_items": [_line(calls, options, payable)],
        "customer_details": _buyer(address),
    }
    calculations, key = calls.client.v1.tax.calculations, payable.idempotency_key
    try:
        made = calls.read(lambda: calculations.create(params, {"idempotency_key": key}))
    except PaymentRefused as refused:
        raise _explained(refused, address) from None
    return believed(made, _quote)


def _line(calls: Calls, options: StripeOptions, payable: Payable) -> CalculationCreateParamsLineItem:
    """How the price is meant, with or without tax, and what kind of goods it is, says the price itself at Stripe."""
    asked: PriceRetrieveParams = {"expand": ["currency_options"]}
    price = calls.read(lambda: calls.client.v1.prices.retrieve(payable.price_ref, asked))
    line: CalculationCreateParamsLineItem = {"amount": payable.amount.minor, "reference": payable.price_ref}
    behavior = _behavior(price, payable.amount.currency.lower()) or options.tax_behavior
    if behavior:
        line["tax_behavior"] = behavior
    product = word_or_none(price.get("product"))
    if options.tax_code:
        line["tax_code"] = options.tax_code
    elif product:
        line["product"] = product
    return line


def _behavior(price: Json, of: str) -> str | None:
    option = branch(branch(price, "currency_options"), of)
    found = option.get("tax_behavior") or price.get("tax_behavior")
    return found if found in ("inclusive", "exclusive") else None


def _buyer(address: Address) -> CalculationCreateParamsCustomerDetails:
    buyer: CalculationCreateParamsCustomerDetails = {
        "address": {
            "country": address.country,
            "postal_code": address.postal_code,
            "state": address.state,
            "city": address.city,
            "line1": address.line1,
            "line2": address.line2,
        },
        "address_source": "billing",
    }
    if address.tax_id:
        tax_id: CalculationCreateParamsCustomerDetailsTaxId = {"type": address.tax_id_kind, "value": address.tax_id}
        buyer["tax_ids"] = [tax_id]
    return buyer


def _explained(refused: PaymentRefused, address: Address) -> BadInput | PaymentRefused:
    """What the buyer can mend becomes a sentence beside its field."""
    code, param = refused.details.get("code"), str(refused.details.get("param") or "")
    if "tax_ids" in param or code == "tax_id_invalid":
        return BadInput(BAD_TAX_ID, field="tax_id")
    if code != NO_LOCATION_CODE and "customer_details[address]" not in param:
        return refused
    field = _NEEDS.get(address.country, "country")
    vague = VAGUE_COUNTRY if field == "country" else VAGUE
    return BadInput(vague, field=field)


def _quote(calculation: Json) -> TaxQuote:
    money = currency(calculation)
    return TaxQuote(
        tax_ref=text(calculation, "id"),
        added=Money(minor(calculation, "tax_amount_exclusive", 0), money),
        included=Money(minor(calculation, "tax_amount_inclusive", 0), money),
        name=_name(calculation.get("tax_breakdown")),
    )


def _name(breakdown: object) -> str:
    """What people read, such as "VAT 19 %"; several taxes are joined."""
    rows = [row for row in breakdown if isinstance(row, dict)] if isinstance(breakdown, list) else []
    named = [_named(branch(row, "tax_rate_details")) for row in rows if row.get("amount")]
    if not named and any(row.get("taxability_reason") == "reverse_charge" for row in rows):
        return REVERSE
    return together(*named, between=" + ")


def _named(rate: Json) -> str:
    kind = plain(rate.get("tax_type"), 40) or "tax"
    percentage = _percentage(plain(rate.get("percentage_decimal"), 12) or "")
    name = _NAMES.get(kind) or kind.replace("_", " ").capitalize()
    return name if percentage is None else sentence("{tax} {percentage} %", tax=name, percentage=percentage)


def _percentage(text: str) -> Decimal | None:
    """19 rather than 19.0."""
    trimmed = text.rstrip("0").rstrip(".") if "." in text else text
    return Decimal(trimmed) if _DECIMAL.fullmatch(trimmed) else None
