"""Reads Stripe's PaymentIntent, from an event or fetched, into a PaymentFact. For the `stripe*.py` beside it only."""

from __future__ import annotations

from collections.abc import Callable

from billing.gateways.stripe_values import (
    ORDER,
    Json,
    Malformed,
    branch,
    currency,
    expect,
    flag,
    hint,
    minor,
    moment_or_none,
    plain,
    ref,
    ref_or_none,
)
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.money import Money

PaymentReader = Callable[[Json, int, bool], PaymentFact]

STATES = {
    "requires_payment_method": PaymentState.OPEN,
    "requires_confirmation": PaymentState.OPEN,
    "requires_action": PaymentState.ACTION_NEEDED,
    "processing": PaymentState.PROCESSING,
    "requires_capture": PaymentState.PROCESSING,
    "succeeded": PaymentState.SUCCEEDED,
    "canceled": PaymentState.CANCELED,
}
_LONGEST_TEXT = 300


def reading(state: PaymentState, *statuses: str) -> PaymentReader:
    """The reader of an event type: its name says what happened, but the object's own status must agree."""

    def read(thing: Json, happened_at: int, livemode: bool) -> PaymentFact:
        if thing.get("status") not in statuses:
            raise Malformed("status does not fit the type of the event")
        return _fact(thing, state, happened_at, livemode)

    return read


def fetched(thing: Json) -> PaymentFact:
    """The fact of a PaymentIntent read from the API. An unknown status is UNKNOWN, which is never paid."""
    livemode = flag(thing, "livemode")
    status = thing.get("status")
    state = STATES.get(status, PaymentState.UNKNOWN) if isinstance(status, str) else PaymentState.UNKNOWN
    if state is PaymentState.OPEN and thing.get("last_payment_error"):
        state = PaymentState.FAILED  # as the event of that try says; it can be paid by another try
    return _fact(thing, state, happened_at(thing) or 0, livemode)


def happened_at(intent: Json) -> int | None:
    """A payment happened when its charge was made; before there is one, when it was opened."""
    return moment_or_none(branch(intent, "latest_charge"), "created") or moment_or_none(intent, "created")


def failure(intent: Json) -> tuple[str | None, str | None]:
    """Why the last try failed: the bank's code when there is one, and Stripe's sentence made safe to keep."""
    error = branch(intent, "last_payment_error")
    code = error.get("decline_code") or error.get("code")
    return plain(code, 64), plain(error.get("message"), _LONGEST_TEXT)


def _fact(thing: Json, state: PaymentState, happened_at: int, livemode: bool) -> PaymentFact:
    expect(thing, "payment_intent")
    payment_ref, money = ref(thing, "pi"), currency(thing)
    code, text = failure(thing)
    return PaymentFact(
        state=state,
        payment_ref=payment_ref,
        amount=Money(minor(thing, "amount", least=1), money),
        received=Money(minor(thing, "amount_received", least=0), money),
        happened_at=happened_at,
        livemode=livemode,
        customer_ref=ref_or_none(thing.get("customer"), "cus"),
        order_hint=hint(branch(thing, "metadata").get(ORDER)),
        failure_code=code,
        failure_text=text,
    )
