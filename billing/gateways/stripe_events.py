"""What each Stripe event means to the portal, one row per type. Only `billing/gateways/stripe*.py` import it.

A type without a row is genuine news that changes nothing here: it is kept, and that is all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from billing.gateways.stripe_payments import Malformed, Reader, reading
from billing.rules.errors import NotAnEvent
from billing.rules.facts import Envelope, PaymentFact, PaymentState
from billing.rules.moments import from_seconds

READERS: Mapping[str, Reader] = {
    "payment_intent.succeeded": reading(PaymentState.SUCCEEDED, "succeeded"),
    "payment_intent.payment_failed": reading(PaymentState.FAILED, "requires_payment_method", "canceled"),
    "payment_intent.processing": reading(PaymentState.PROCESSING, "processing"),
    "payment_intent.requires_action": reading(PaymentState.ACTION_NEEDED, "requires_action"),
    "payment_intent.canceled": reading(PaymentState.CANCELED, "canceled"),
}

_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,200}", re.ASCII)
_TYPE = re.compile(r"[a-z0-9_.]{1,200}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,255}", re.ASCII)
_LATEST_SECOND = 2**40


def read_event(raw: bytes) -> Envelope:
    """The envelope of a snapshot event. Raises NotAnEvent for anything that is not one, thin events included.

    An event of a known type whose object cannot be believed is returned with `malformed` set: it is genuine, so it is
    kept and shown to a person instead of being sent again for days.
    """
    event, body = _parsed(raw)
    event_id, kind, livemode, created = event.get("id"), event.get("type"), event.get("livemode"), event.get("created")
    thing = event["data"].get("object") if isinstance(event.get("data"), dict) else None
    if (
        event.get("object") != "event"
        or not (isinstance(event_id, str) and _EVENT_ID.fullmatch(event_id))
        or not (isinstance(kind, str) and _TYPE.fullmatch(kind))
        or not isinstance(livemode, bool)
        or not (type(created) is int and 0 <= created < _LATEST_SECOND)
        or not isinstance(thing, dict)
    ):
        raise NotAnEvent("shape")
    created_at = from_seconds(created)
    fact, malformed = _fact(kind, thing, created_at, livemode)
    return Envelope(
        event_id=event_id,
        type=kind,
        livemode=livemode,
        created_at=created_at,
        body=body,
        api_version=_word(event, "api_version"),
        account=_word(event, "account"),
        object_id=_word(thing, "id"),
        fact=fact,
        malformed=malformed,
    )


def _parsed(raw: bytes) -> tuple[dict[str, Any], str]:
    """Decoded by hand first: json.loads would also take UTF-16 from bytes, which Stripe never sends."""
    try:
        body = raw.decode("utf-8")
        event = json.loads(body)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of 5,000 digits; 10,000 brackets deep
        event, body = None, ""
    if not isinstance(event, dict):
        raise NotAnEvent("json")
    return event, body


def _fact(kind: str, thing: dict[str, Any], created_at: int, livemode: bool) -> tuple[PaymentFact | None, str | None]:
    reader = READERS.get(kind)
    if reader is None:
        return None, None
    try:
        return reader(thing, created_at, livemode), None
    except Malformed as malformed:
        return None, str(malformed)


def _word(thing: dict[str, Any], name: str) -> str | None:
    """A plain word, or None: what a database or a log could stumble over is not one."""
    value = thing.get(name)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None
