"""Calls Stripe with time limits and a bounded back-off; its errors become ours. For the `stripe*.py` beside it only.

The SDK's own retries are off: they leave out 429, and two layers of retries would multiply the waiting.
"""

from __future__ import annotations

import logging
import random
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx
import stripe

from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_values import Json, plain
from billing.rules.errors import GatewayUnavailable, KeyReused, NotFound, PaymentRefused, ScripError
from billing.rules.sentences import sentence

# It would write a file into the home directory and tell Stripe about this machine.
stripe.enable_telemetry = False
# At DEBUG the SDK logs request bodies, and those hold names and addresses.
logging.getLogger("stripe").setLevel(logging.WARNING)

Sleep = Callable[[float], None]  # not money: seconds
Translate = Callable[[stripe.StripeError], ScripError]

CONNECT_SECONDS = 5
NO_LOCATION_CODE = "customer_tax_location_invalid"
FIRST_PAUSE, LONGEST_PAUSE = 0.4, 4.0  # not money: seconds between two tries

AWAY = sentence("The payment provider cannot be reached at the moment. Nothing was charged; please try again soon.")
UNREADABLE = sentence("The payment provider gave an answer that cannot be understood. Please try again soon.")
NOT_ADMITTED = sentence("The payment provider does not admit this portal. Whoever runs it must check its key.")
REFUSED = sentence("The payment provider refused the request.")
NO_LOCATION = sentence("The tax cannot be computed without a full billing address. Please give it, or complete it.")
UNKNOWN_THERE = sentence("The payment provider does not know this.")


class Calls:
    """One client for all threads."""

    def __init__(self, options: StripeOptions, sleep: Sleep = time.sleep, translate: Translate | None = None) -> None:
        self._options = options
        self._translate = translate or translated
        self._sleep = sleep
        self._wire = _Wire(options)
        self.client = stripe.StripeClient(
            options.api_key, base_addresses={"api": options.api_base}, max_network_retries=0, http_client=self._wire
        )

    def read(self, act: Callable[[], stripe.StripeObject]) -> Json:
        """What `act` answers, as plain data. It runs again after a failure that may pass, so it brings its own key."""
        until = time.monotonic() + self._options.timeout_seconds / 2
        pause, retries = FIRST_PAUSE, self._options.max_retries
        while True:
            answer, may_pass = self._attempt(act)
            if isinstance(answer, dict):
                return answer
            pause *= random.uniform(1, 2)  # noqa: S311  jitter needs no secrecy
            if not may_pass or not retries or time.monotonic() + pause > until:
                # raised here, outside of the handler: the SDK's error with its bodies and headers is not its context
                raise answer
            retries -= 1
            self._sleep(min(pause, LONGEST_PAUSE))

    def _attempt(self, act: Callable[[], stripe.StripeObject]) -> tuple[Json | ScripError, bool]:
        """The answer, or our error and whether trying again can help."""
        try:
            answer: object = act()
        except stripe.StripeError as error:
            return self._translate(error), _may_pass(error)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            # how the SDK stumbles over an answer that has not Stripe's shape, such as {"error": "busy"} of a proxy
            return GatewayUnavailable(UNREADABLE), False
        if isinstance(answer, stripe.StripeObject):
            return answer.to_dict(for_json=True), False
        return GatewayUnavailable(UNREADABLE), False

    def close(self) -> None:
        self._wire.close()


def translated(error: stripe.StripeError) -> ScripError:
    """Our error for Stripe's: a sentence and codes, no body, header or key."""
    details = {"code": plain(error.code, 64), "request_id": plain(error.request_id, 64)}
    if isinstance(error, stripe.CardError):
        decline = plain(error.error.decline_code, 64) if error.error else None
        return PaymentRefused(plain(error.user_message, 300) or REFUSED, decline_code=decline, **details)
    if isinstance(error, stripe.IdempotencyError):
        return KeyReused("This was asked before with other content.", **details)
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return GatewayUnavailable(NOT_ADMITTED, **details)
    if isinstance(error, stripe.InvalidRequestError):
        if error.code == "resource_missing":
            return NotFound(UNKNOWN_THERE, **details)
        sentence = NO_LOCATION if error.code == NO_LOCATION_CODE else REFUSED
        return PaymentRefused(sentence, param=plain(error.param, 64), **details)
    return GatewayUnavailable(AWAY, **details)


def _may_pass(error: stripe.StripeError) -> bool:
    """Stripe's own advice first; then everything that was not a decision about the request."""
    advice = error.headers.get("stripe-should-retry") if error.headers else None
    if advice in {"true", "false"}:
        return advice == "true"
    if isinstance(error, stripe.APIConnectionError):
        return error.should_retry
    status = error.http_status or 0
    return isinstance(error, stripe.RateLimitError) or status == 409 or status >= 500


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of this machine's settings: reading them takes longer than a call, and they are many."""
    return httpx.create_ssl_context()


class _Wire(stripe.HTTPClient):
    """The SDK's transport over our own httpx client: its default waits 80 s and sends a sandbox's calls to a proxy."""

    name = "httpx"

    def __init__(self, options: StripeOptions) -> None:
        super().__init__()
        here = httpx.URL(options.api_base).host in {"127.0.0.1", "localhost", "::1"}
        self._http = httpx.Client(
            timeout=httpx.Timeout(options.timeout_seconds, connect=min(CONNECT_SECONDS, options.timeout_seconds)),
            trust_env=not here,
            verify=_trusted(),
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            answer = self._http.request(method, url, headers=headers, content=post_data)
        except httpx.HTTPError as error:
            problem = type(error).__name__
        else:
            return answer.text, answer.status_code, answer.headers
        raise stripe.APIConnectionError(problem, should_retry=True)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        self._http.close()
