"""Stripe as the portal's payment provider, one method per promise. `app.py` builds it; verbs see the contract only."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from stripe.params import (
    CustomerCreateParams,
    CustomerSessionCreateParams,
    CustomerSessionCreateParamsComponentsPaymentElementFeatures,
    EventListParams,
    EventListParamsCreated,
    PaymentIntentCreateParams,
)

from billing.gateways.contract import Payable, PaymentStarted
from billing.gateways.stripe_calls import UNREADABLE, Calls, Json
from billing.gateways.stripe_events import READERS, read_event
from billing.gateways.stripe_options import StripeOptions, Told, options_of
from billing.gateways.stripe_payments import ORDER, STATES, Malformed, fetched
from billing.gateways.stripe_prices import Remembered, everything, packages_of
from billing.gateways.stripe_publish import active_prices, publish
from billing.gateways.stripe_signature import prove, usable
from billing.rules.catalog import Package
from billing.rules.errors import GatewayUnavailable, PaymentRefused
from billing.rules.facts import Envelope, PaymentFact, PaymentState
from billing.rules.moments import DAY, SECOND, Clock, from_seconds, system_clock

MOST_TYPES = 20
"""Stripe takes so many types in one question."""

KEPT = 31 * DAY
"""Stripe forgets its events after 30 days."""

ENDED = {PaymentState.SUCCEEDED, PaymentState.CANCELED, PaymentState.PROCESSING}
SAVED_CARDS: CustomerSessionCreateParamsComponentsPaymentElementFeatures = {
    "payment_method_redisplay": "enabled",
    "payment_method_save": "enabled",
    "payment_method_save_usage": "on_session",
    "payment_method_remove": "enabled",
}


class StripeGateway:
    """See `contract.Gateway` for what each method promises."""

    def __init__(self, options: StripeOptions) -> None:
        self._options = options
        self._calls = Calls(options)
        self._secrets = usable(options.webhook_secrets)
        self._packages = Remembered(self._read_packages, options.cache_seconds)

    @classmethod
    def of(cls, settings: Told, clock: Clock = system_clock) -> StripeGateway:
        """The gateway these settings ask for; the clock says which days of events lie behind."""
        return cls(options_of(settings, clock))

    def receive(self, raw: bytes, signature: str | None, now: int) -> Envelope:
        prove(raw, signature, self._secrets, now)
        return read_event(raw)

    def read_event(self, raw: bytes) -> Envelope:
        return read_event(raw)

    def packages(self, *, fresh: bool = False) -> tuple[Package, ...]:
        return self._packages.get(fresh=fresh)

    def publish_packages(self, packages: Iterable[Package]) -> str:
        product = publish(self._calls, self._options.product, self._options.product_name, packages)
        self._packages.get(fresh=True)
        return product

    def ensure_customer(self, account_id: str, name: str, email: str | None, idempotency_key: str) -> str:
        params: CustomerCreateParams = {"name": name, "metadata": {"scrip_account": account_id}}
        if email:
            params["email"] = email
        customers = self._calls.client.v1.customers
        return _text(self._calls.read(lambda: customers.create(params, {"idempotency_key": idempotency_key})), "id")

    def start_payment(self, payable: Payable) -> PaymentStarted:
        params: PaymentIntentCreateParams = {
            "amount": payable.amount.minor,
            "currency": payable.amount.currency.lower(),
            "customer": payable.customer_ref,
            "description": payable.description,
            "automatic_payment_methods": {"enabled": True},
            "metadata": {ORDER: payable.order_id},
        }
        intents, key = self._calls.client.v1.payment_intents, payable.idempotency_key
        return _started(self._calls.read(lambda: intents.create(params, {"idempotency_key": key})))

    def resume_payment(self, payment_ref: str) -> PaymentStarted:
        return _started(self._intent(payment_ref))

    def payment(self, payment_ref: str) -> PaymentFact:
        return _fact(self._intent(payment_ref))

    def cancel_payment(self, payment_ref: str) -> PaymentFact:
        intents, key = self._calls.client.v1.payment_intents, str(uuid.uuid4())
        try:
            return _fact(self._calls.read(lambda: intents.cancel(payment_ref, {}, {"idempotency_key": key})))
        except PaymentRefused:
            fact = self.payment(payment_ref)
            if fact.state not in ENDED:
                raise
            return fact  # paid, or cancelled by somebody else, in the meantime: that is the answer, not a failure

    def customer_session(self, customer_ref: str) -> str:
        sessions, key = self._calls.client.v1.customer_sessions, str(uuid.uuid4())
        params: CustomerSessionCreateParams = {
            "customer": customer_ref,
            "components": {"payment_element": {"enabled": True, "features": SAVED_CARDS}},
        }
        return _text(self._calls.read(lambda: sessions.create(params, {"idempotency_key": key})), "client_secret")

    def events_since(self, created_at: int, types: Sequence[str] = ()) -> Iterator[bytes]:
        """Day by day, for Stripe lists the newest first: only a day's events are held at once to turn them round."""
        types = types or tuple(READERS)
        start = max(created_at, self._options.clock() - KEPT)
        while start <= self._options.clock():
            end = start + DAY
            window: EventListParamsCreated = {"gte": start // SECOND, "lt": end // SECOND}
            for event in reversed(list(everything(partial(self._events, window, types)))):
                if event.get("type") in types:
                    yield json.dumps(event, separators=(",", ":")).encode()
            start = end

    def close(self) -> None:
        self._calls.close()

    def _events(self, window: EventListParamsCreated, types: Sequence[str], after: str | None) -> Json:
        params: EventListParams = {"created": window, "limit": 100}
        if len(types) <= MOST_TYPES:
            params["types"] = list(types)
        if after:
            params["starting_after"] = after
        return self._calls.read(lambda: self._calls.client.v1.events.list(params))

    def _intent(self, payment_ref: str) -> Json:
        return self._calls.read(
            lambda: self._calls.client.v1.payment_intents.retrieve(payment_ref, {"expand": ["latest_charge"]})
        )

    def _read_packages(self) -> tuple[Package, ...]:
        return packages_of(active_prices(self._calls, self._options.product), livemode=self._options.livemode)


def _started(intent: Json) -> PaymentStarted:
    state = STATES.get(_text(intent, "status"), PaymentState.UNKNOWN)
    return PaymentStarted(_text(intent, "id"), state, _text(intent, "client_secret"))


def _fact(intent: Json) -> PaymentFact:
    """A payment happened when its charge was made; before there is one, when it was opened."""
    charge = intent.get("latest_charge")
    made = charge.get("created") if isinstance(charge, dict) else intent.get("created")
    try:
        return fetched(intent, from_seconds(made if type(made) is int else 0))
    except Malformed as malformed:
        field = str(malformed)
    raise GatewayUnavailable(UNREADABLE, field=field)


def _text(thing: Json, name: str) -> str:
    value = thing.get(name)
    if not isinstance(value, str) or not value:
        raise GatewayUnavailable(UNREADABLE, field=name)
    return value
