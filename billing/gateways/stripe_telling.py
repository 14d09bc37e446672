"""What Stripe tells by itself: webhooks, and its list of events. Only `billing/gateways/stripe.py` imports it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial

from stripe.params import EventListParams, EventListParamsCreated

from billing.gateways.stripe_base import StripeBase, everything
from billing.gateways.stripe_events import ASKED_FOR, read_event
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_signature import prove, usable
from billing.gateways.stripe_values import Json
from billing.rules.facts import Envelope
from billing.rules.moments import DAY, SECOND

MOST_TYPES = 20
"""Stripe takes so many types in one question."""

KEPT = 31 * DAY
"""Stripe forgets its events after 30 days."""


class StripeEvents(StripeBase):
    """See `contract.Events` for what each method promises."""

    def __init__(self, options: StripeOptions) -> None:
        super().__init__(options)
        self._secrets = usable(options.webhook_secrets)

    def receive(self, raw: bytes, signature: str | None, now: int) -> Envelope:
        prove(raw, signature, self._secrets, now)
        return read_event(raw)

    def read_event(self, raw: bytes) -> Envelope:
        return read_event(raw)

    def events_since(self, created_at: int, types: Sequence[str] = ()) -> Iterator[bytes]:
        """Day by day, for Stripe lists the newest first: only a day's events are held at once to turn them round."""
        types = types or ASKED_FOR
        start = max(created_at, self._options.clock() - KEPT)
        while start <= self._options.clock():
            end = start + DAY
            window: EventListParamsCreated = {"gte": start // SECOND, "lt": end // SECOND}
            for event in reversed(list(everything(partial(self._events, window, types)))):
                if event.get("type") in types:
                    yield json.dumps(event, separators=(",", ":")).encode()
            start = end

    def _events(self, window: EventListParamsCreated, types: Sequence[str], after: str | None) -> Json:
        params: EventListParams = {"created": window, "limit": 100}
        if len(types) <= MOST_TYPES:
            params["types"] = list(types)
        if after:
            params["starting_after"] = after
        return self._calls.read(lambda: self._v1.events.list(params))
