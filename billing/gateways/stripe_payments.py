"""Reads Stripe's PaymentIntent, from an event or fetched, into a PaymentFact. For `billing/gateways/stripe*.py` only.

Strict on purpose: whatever is not exactly what Stripe documents is Malformed, for a lenient reader of amounts is how
`true` becomes one cent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.money import Money

ORDER = "scrip_order"
"""Metadata key that carries our order id: a hint for people and for finding the order, never proof."""

Reader = Callable[[dict[str, Any], int, bool], PaymentFact]

STATES = {
    "requires_payment_method": PaymentState.OPEN,
    "requires_confirmation": PaymentState.OPEN,
    "requires_action": PaymentState.ACTION_NEEDED,
    "processing": PaymentState.PROCESSING,
    "requires_capture": PaymentState.PROCESSING,
    "succeeded": PaymentState.SUCCEEDED,
    "canceled": PaymentState.CANCELED,
}
_LARGEST_MINOR = 10**12
_LONGEST_TEXT = 300
_REF = {name: re.compile(rf"{name}_[A-Za-z0-9_]{{1,200}}", re.ASCII) for name in ("pi", "cus")}
_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)
_HINT = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class Malformed(Exception):
    """Stripe's object is not as documented; the text names the field, never its value."""


def reading(state: PaymentState, *statuses: str) -> Reader:
    """The reader of an event type: its name says what happened, but the object's own status must agree."""

    def read(thing: dict[str, Any], happened_at: int, livemode: bool) -> PaymentFact:
        if thing.get("status") not in statuses:
            raise Malformed("status does not fit the type of the event")
        return _fact(thing, state, happened_at, livemode)

    return read


def fetched(thing: dict[str, Any], happened_at: int) -> PaymentFact:
    """The fact of a PaymentIntent read from the API. An unknown status is UNKNOWN, which is never paid."""
    livemode = thing.get("livemode")
    if not isinstance(livemode, bool):
        raise Malformed("livemode is not true or false")
    status = thing.get("status")
    state = STATES.get(status, PaymentState.UNKNOWN) if isinstance(status, str) else PaymentState.UNKNOWN
    if state is PaymentState.OPEN and thing.get("last_payment_error"):
        state = PaymentState.FAILED  # as the event of that try says; it can be paid by another try
    return _fact(thing, state, happened_at, livemode)


def _fact(thing: dict[str, Any], state: PaymentState, happened_at: int, livemode: bool) -> PaymentFact:
    if thing.get("object") != "payment_intent":
        raise Malformed("object is not a payment_intent")
    payment_ref = _ref(thing.get("id"), "pi")
    if payment_ref is None:
        raise Malformed("id is missing")
    currency = thing.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise Malformed("currency is not three small letters")
    currency = currency.upper()
    metadata = thing.get("metadata")
    hint = metadata.get(ORDER) if isinstance(metadata, dict) else None
    code, text = _failure(thing.get("last_payment_error"))
    return PaymentFact(
        state=state,
        payment_ref=payment_ref,
        amount=Money(_minor(thing, "amount", least=1), currency),
        received=Money(_minor(thing, "amount_received", least=0), currency),
        happened_at=happened_at,
        livemode=livemode,
        customer_ref=_ref(thing.get("customer"), "cus"),
        order_hint=hint if isinstance(hint, str) and _HINT.fullmatch(hint) else None,
        failure_code=code,
        failure_text=text,
    )


def _minor(thing: dict[str, Any], name: str, least: int) -> int:
    """A real int: JSON's true is an int to Python, and 5.0 equals 5."""
    value = thing.get(name)
    if type(value) is not int:
        raise Malformed(f"{name} is not a whole number")
    if not least <= value < _LARGEST_MINOR:
        raise Malformed(f"{name} is out of range")
    return value


def _ref(value: object, prefix: str) -> str | None:
    """An id, or the id of an object that came expanded; None when there is none."""
    found = value.get("id") if isinstance(value, dict) else value
    if found is None:
        return None
    if isinstance(found, str) and _REF[prefix].fullmatch(found):
        return found
    raise Malformed(f"this is no id that begins with {prefix}_")


def _failure(error: object) -> tuple[str | None, str | None]:
    """Why the last try failed: the bank's code when there is one, and Stripe's sentence made safe to keep."""
    if not isinstance(error, dict):
        return None, None
    code = error.get("decline_code") or error.get("code")
    return plain(code, 64), plain(error.get("message"), _LONGEST_TEXT)


def plain(text: object, longest: int) -> str | None:
    """Text no database, log or page stumbles over: no control characters, no half of a surrogate pair."""
    if not isinstance(text, str):
        return None
    kept = "".join(letter if letter.isprintable() else " " for letter in text[:longest])
    return kept.strip() or None
