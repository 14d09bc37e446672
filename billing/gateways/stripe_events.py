"""What each Stripe event means to the portal, one row per type. Only `billing/gateways/stripe*.py` import it.

A type without a row is genuine news that changes nothing here: it is kept, and that is all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from billing.gateways.stripe_payments import reading
from billing.gateways.stripe_values import Json, Malformed, branch, expect, ref, ref_or_none, word_or_none
from billing.rules.errors import NotAnEvent
from billing.rules.facts import About, Envelope, PaymentFact, PaymentState, Thing
from billing.rules.moments import from_datetime, from_seconds

Meaning = PaymentFact | About | None
Reader = Callable[[Json, int, bool], Meaning]


def _of_checkout(thing: Json, _created_at: int, _livemode: bool) -> About:
    """A checkout's own event does not list what was bought."""
    expect(thing, "checkout.session")
    return About(Thing.CHECKOUT, ref(thing, "cs"))


def _of_subscription(thing: Json, _created_at: int, _livemode: bool) -> About:
    """Events come late and in any order, so the snapshot inside is never believed."""
    expect(thing, "subscription")
    return About(Thing.SUBSCRIPTION, ref(thing, "sub"))


def _of_schedule(thing: Json, _created_at: int, _livemode: bool) -> About | None:
    """A schedule is the future of a subscription; one that has not begun, or has let go, is of none."""
    expect(thing, "subscription_schedule")
    found = ref_or_none(thing.get("subscription") or thing.get("released_subscription"), "sub")
    return None if found is None else About(Thing.SUBSCRIPTION, found)


def _of_invoice(thing: Json, _created_at: int, _livemode: bool) -> About:
    """An invoice is read with the subscription it belongs to; one without may ask for credits used on account."""
    expect(thing, "invoice")
    # One of something unreadable is parked now: reading it would fail, and the event come again, for ever.
    ref_or_none(branch(branch(thing, "parent"), "subscription_details").get("subscription"), "sub")
    return About(Thing.INVOICE, ref(thing, "in"))


def _of_customer(thing: Json, _created_at: int, _livemode: bool) -> About:
    """Also the last words about one that was deleted."""
    expect(thing, "customer")
    return About(Thing.CUSTOMER, ref(thing, "cus"))


LIFE = ("created", "updated", "deleted", "paused", "resumed", "trial_will_end")
PLANNED = ("updated", "released", "canceled", "completed", "aborted")

READERS: Mapping[str, Reader] = {
    "payment_intent.succeeded": reading(PaymentState.SUCCEEDED, "succeeded"),
    "payment_intent.payment_failed": reading(PaymentState.FAILED, "requires_payment_method", "canceled"),
    "payment_intent.processing": reading(PaymentState.PROCESSING, "processing"),
    "payment_intent.requires_action": reading(PaymentState.ACTION_NEEDED, "requires_action"),
    "payment_intent.canceled": reading(PaymentState.CANCELED, "canceled"),
    "checkout.session.completed": _of_checkout,
    "checkout.session.async_payment_succeeded": _of_checkout,
    "checkout.session.async_payment_failed": _of_checkout,
    "checkout.session.expired": _of_checkout,
    **{f"customer.subscription.{moment}": _of_subscription for moment in LIFE},
    # the same by the short names some senders and documents use
    **{f"subscription.{moment}": _of_subscription for moment in LIFE},
    **{f"subscription_schedule.{moment}": _of_schedule for moment in PLANNED},
    **{f"customer.{moment}": _of_customer for moment in ("created", "updated", "deleted")},
    "invoice.created": _of_invoice,
    "invoice.paid": _of_invoice,
    "invoice.payment_succeeded": _of_invoice,
    "invoice.payment_failed": _of_invoice,
    "invoice.finalized": _of_invoice,
    "invoice.voided": _of_invoice,
    "invoice.marked_uncollectible": _of_invoice,
}

ECHO = "invoice.payment_succeeded"
"""Says less than `invoice.paid`, which comes with it, and alone when an invoice was paid elsewhere."""

LISTED = tuple(kind for kind in READERS if not kind.startswith("subscription.") and kind != ECHO)
"""The types to be told of, as Stripe itself spells them."""

PASSING = frozenset(
    {
        "customer.created",
        "customer.subscription.trial_will_end",
        "payment_intent.processing",
        "payment_intent.requires_action",
        *(f"subscription_schedule.{moment}" for moment in PLANNED),
    }
)
"""Those that nobody misses afterwards: what they are about is looked at again in any case, or told by a later one."""

ASKED_FOR = tuple(kind for kind in LISTED if kind not in PASSING)
"""The types to ask for when some may have been lost. No more than Stripe takes in one question."""

THIN = "v2.core.event"
UNCOUNTED = {
    "v1.billing.meter.error_report_triggered": "Use that was reported to a meter was not counted.",
    "v1.billing.meter.no_meter_found": "Use was reported to a meter that is not there.",
}
"""Thin events that a person must see: nothing here can tell which use it was, the provider's dashboard can."""

_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,200}", re.ASCII)
_TYPE = re.compile(r"[a-z0-9_.]{1,200}", re.ASCII)
_LATEST_SECOND = 2**40


def read_event(raw: bytes) -> Envelope:
    """The envelope of a snapshot event, or of a thin one that a person must see. Raises NotAnEvent for all others.

    An event of a known type whose object cannot be believed is returned with `malformed` set: it is genuine, so it is
    kept and shown to a person instead of being sent again for days.
    """
    event, body = _parsed(raw)
    if event.get("object") == THIN:
        return _uncounted(event, body)
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
    meaning, malformed = _meaning(kind, thing, created_at, livemode)
    return Envelope(
        event_id=event_id,
        type=kind,
        livemode=livemode,
        created_at=created_at,
        body=body,
        api_version=word_or_none(event.get("api_version")),
        account=word_or_none(event.get("account")),
        object_id=word_or_none(thing.get("id")),
        fact=meaning if isinstance(meaning, PaymentFact) else None,
        about=meaning if isinstance(meaning, About) else None,
        malformed=malformed,
    )


def _uncounted(event: Json, body: str) -> Envelope:
    """A thin event says its moment in words, and what it is about beside itself."""
    event_id, kind, livemode = event.get("id"), event.get("type"), event.get("livemode")
    why = UNCOUNTED.get(kind) if isinstance(kind, str) else None
    is_named = isinstance(event_id, str) and _EVENT_ID.fullmatch(event_id) is not None
    try:
        created_at = from_datetime(datetime.fromisoformat(str(event.get("created"))))
    except (ValueError, TypeError):  # no moment, or one without a zone
        created_at = -1
    if why is None or not is_named or not isinstance(livemode, bool) or created_at < 0:
        raise NotAnEvent("shape")
    about = word_or_none(branch(event, "related_object").get("id"))
    return Envelope(str(event_id), str(kind), livemode, created_at, body, object_id=about, malformed=why)


def _parsed(raw: bytes) -> tuple[Json, str]:
    """Decoded by hand first: json.loads would also take UTF-16 from bytes, which Stripe never sends."""
    try:
        body = raw.decode("utf-8")
        event = json.loads(body)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of 5,000 digits; 10,000 brackets deep
        event, body = None, ""
    if not isinstance(event, dict):
        raise NotAnEvent("json")
    return event, body


def _meaning(kind: str, thing: Json, created_at: int, livemode: bool) -> tuple[Meaning, str | None]:
    reader = READERS.get(kind)
    if reader is None:
        return None, None
    try:
        return reader(thing, created_at, livemode), None
    except Malformed as malformed:
        return None, str(malformed)
