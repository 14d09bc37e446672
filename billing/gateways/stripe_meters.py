"""Use that Stripe's meters count. Only `billing/gateways/stripe.py` imports it.

Stripe answers before it counts: what goes wrong later on, with a customer or a meter that were changed meanwhile, it
tells in its dashboard alone.
"""

from __future__ import annotations

from stripe.params.billing import MeterEventCreateParams

from billing.gateways.metering import Report
from billing.gateways.stripe_base import StripeBase
from billing.rules.errors import PaymentRefused
from billing.rules.moments import SECOND

CUSTOMER, VALUE = "stripe_customer_id", "value"
"""How meters made here, and all whose makers chose nothing else, call the two parts of an event."""

KNOWN_BEFORE = "identifier"
"""The parameter Stripe blames when an event of this identifier is there already."""


class StripeMeters(StripeBase):
    """See `metering.Meters` for what it promises."""

    def report(self, told: Report, idempotency_key: str) -> None:
        params: MeterEventCreateParams = {
            "event_name": told.meter,
            "payload": {CUSTOMER: told.customer_ref, VALUE: str(told.credits)},
            "identifier": told.identifier,
            "timestamp": told.at // SECOND,
        }
        events = self._v1.billing.meter_events
        # The moment is part of the key: a later try may name another one. That it counts once is the identifier's work.
        key = f"{idempotency_key}:{told.at // SECOND}"
        try:
            self._calls.read(lambda: events.create(params, {"idempotency_key": key}))
        except PaymentRefused as refused:
            if refused.details.get("param") != KNOWN_BEFORE:
                raise
