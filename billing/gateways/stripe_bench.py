"""Where things of the account are made and changed, or in a dry run only said to be. For the `stripe*.py` beside it.

One route for the plan and for the work: a dry run goes the same way and stops before each write.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import stripe
from stripe import RequestOptions

from billing.gateways.preparation import Act, Step
from billing.gateways.stripe_calls import AWAY, Calls, translated
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_values import Json, plain
from billing.rules.errors import GatewayUnavailable, NotFound, PaymentRefused, ScripError

NEW = "(new)"
"""The id of what a dry run did not make."""

Write = Callable[[RequestOptions], stripe.StripeObject]


def unheard(_: Step) -> None:
    """For whoever does not want to hear of the steps."""


class Bench:
    """Writes to the account; every write is told to `tell` once it is done."""

    def __init__(self, calls: Calls, tell: Callable[[Step], None] = unheard, *, dry_run: bool = False) -> None:
        self.calls = calls
        self.v1 = calls.client.v1
        self.dry_run = dry_run
        self._tell = tell

    def make(self, thing: str, why: str, write: Write) -> Json:
        """What was made; in a dry run something that has only the id NEW."""
        made = {"id": NEW} if self.dry_run else self._write(write)
        self._tell(Step(Act.MAKE, thing, why))
        return made

    def change(self, thing: str, why: str, found: Json, write: Write, *, act: Act = Act.CHANGE) -> Json:
        """The changed thing; in a dry run the one that was found."""
        changed = found if self.dry_run else self._write(write)
        self._tell(Step(act, thing, why))
        return changed

    def keep(self, thing: str, why: str = "") -> None:
        """Tells that this is as it shall be, or why it is left alone."""
        self._tell(Step(Act.KEEP, thing, why))

    def _write(self, write: Write) -> Json:
        # A key made of the content would bring back for a day what was changed, and changed back, meanwhile.
        options: RequestOptions = {"idempotency_key": f"setup:{uuid.uuid4()}"}
        return self.calls.read(lambda: write(options))


def for_operator(options: StripeOptions) -> Callable[[stripe.StripeError], ScripError]:
    """Errors in words for whoever holds the keys: Stripe's own sentence, which a customer must not see."""

    def spoken(error: stripe.StripeError) -> ScripError:
        ours, said = translated(error), plain(error.user_message, 300)
        if isinstance(error, stripe.AuthenticationError):
            return GatewayUnavailable("Stripe does not accept stripe.api_key: copy it again from Stripe's dashboard.")
        if isinstance(error, stripe.PermissionError):
            return GatewayUnavailable(f"Stripe does not let this key do that: {said or 'permission denied'}")
        if ours.sentence == AWAY:
            return GatewayUnavailable(f"Stripe cannot be reached at {options.api_base}; is the network there?")
        if said and isinstance(ours, (PaymentRefused, NotFound)):
            return type(ours)(f"Stripe refused: {said}", **ours.details)
        return ours

    return spoken
