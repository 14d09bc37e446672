"""Parameters many objects share (address, billing details, metadata) and how they are laid into an object."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.errors import Json
from sandbox.params import Bag, Group, Kind, Text

ADDRESS_LINES = ("city", "country", "line1", "line2", "postal_code", "state")
ADDRESS = Group(names=dict.fromkeys(ADDRESS_LINES, Text()))
BILLING_DETAILS = Group(
    names={"address": ADDRESS, "email": Text(longest=800), "name": Text(), "phone": Text(), "tax_id": Text()}
)
SHIPPING = Group(
    names={
        "address": Group(required=True, names=dict.fromkeys(ADDRESS_LINES, Text())),
        "name": Text(required=True),
        "phone": Text(),
        "carrier": Text(),
        "tracking_number": Text(),
    }
)
METADATA: dict[str, Kind] = {"metadata": Bag()}


def lay(thing: Json, params: Json, names: Iterable[str]) -> None:
    """Copies the named parameters that were given; an unset one (None) clears the field."""
    for name in names:
        if name in params:
            thing[name] = params[name]


def lay_metadata(thing: Json, params: Json) -> None:
    """Merges by key: an empty value removes its key, an empty bag removes them all."""
    if "metadata" not in params:
        return
    if params["metadata"] is None:
        thing["metadata"] = {}
        return
    merged = {**thing.get("metadata", {}), **params["metadata"]}
    thing["metadata"] = {key: value for key, value in merged.items() if value != ""}


def full_address(given: Json | None) -> Json:
    return {line: (given or {}).get(line) for line in ADDRESS_LINES}


def full_billing(given: Json | None) -> Json:
    """Billing details with every field Stripe shows."""
    told = given or {}
    return {
        "address": full_address(told.get("address")),
        "email": told.get("email"),
        "name": told.get("name"),
        "phone": told.get("phone"),
        "tax_id": told.get("tax_id"),
    }
