"""Where a customer is, as far as tax asks: which address counts, and whether it says enough.
Anybody in the sandbox may import it.
"""

from __future__ import annotations

import re

from sandbox.errors import Json, Refusal, invalid
from sandbox.tax.rates import state_of, tax_for

COUNTRY = re.compile(r"[A-Z]{2}")
US_POSTAL_CODE = re.compile(r"\d{5}(-\d{4})?")


def tax_address(customer: Json | None, payment_address: Json | None = None) -> Json | None:
    """The address tax is reckoned for: shipping before billing before the payment method's; None without any."""
    shipping: Json = (customer or {}).get("shipping") or {}
    known = (shipping.get("address"), (customer or {}).get("address"), payment_address)
    return next((address for address in known if address and address.get("country")), None)


def recognized(address: Json | None) -> bool:
    """Whether the place can be found: a country, in the United States a ZIP code, in Canada that or the province."""
    if not address or not COUNTRY.fullmatch(address.get("country") or ""):
        return False
    if address["country"] == "US":
        return bool(US_POSTAL_CODE.fullmatch(address.get("postal_code") or ""))
    return address["country"] != "CA" or bool(address.get("state") or address.get("postal_code"))


def automatic_tax_of(customer: Json) -> str:
    """What `tax.automatic_tax` of a customer says."""
    address = tax_address(customer)
    if not recognized(address):
        return "unrecognized_location"
    return "not_collecting" if tax_for(address, 0, "exclusive").tax_type is None else "supported"


def shown_tax(customer: Json) -> Json:
    """What `tax` of a customer expands to."""
    address = tax_address(customer)
    shipped = bool((customer["shipping"] or {}).get("address", {}).get("country"))
    location: Json | None = None
    if address is not None and recognized(address):
        source = "shipping_destination" if shipped else "billing_address"
        location = {"country": address["country"], "source": source, "state": state_of(address)}
    return {
        "automatic_tax": automatic_tax_of(customer),
        "ip_address": customer.get("_ip_address"),
        "location": location,
        "provider": "stripe",
    }


def location_invalid(param: str | None = None) -> Refusal:
    """The refusal of automatic tax, and of `validate_location`, for a customer nobody can find."""
    message = (
        "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate "
        "tax."
    )
    return invalid(message, param, "customer_tax_location_invalid")
