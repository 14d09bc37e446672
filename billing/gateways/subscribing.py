"""What a payment provider is told when somebody subscribes: part of the contract, for `contract.py` and gateways.

Somebody with two windows may begin twice. What was begun and not paid can be seen, and closed, before they pay it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from billing.gateways.changing import Reduction


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a subscription begins. `seats` are charged for where the plan has them.

    A trial of `trial_days` needs a card or not. Without one it ends where it would be charged; with `ends_with_trial`
    it ends there anyhow. `takes_codes` lets the buyer type a promotion code, unless there is a `reduction` already.
    """

    seats: int = 1
    trial_days: int = 0
    needs_card: bool = True
    ends_with_trial: bool = False
    reduction: Reduction | None = None
    takes_codes: bool = False


USUAL = Beginning()


@dataclass(frozen=True, slots=True)
class SubscriptionStarted:
    """A subscription whose first payment the browser can now confirm; no secret when nothing is due.

    A trial that needs a card has a `setup_secret` instead, with which the browser saves one.
    """

    subscription_ref: str
    client_secret: str | None = field(default=None, repr=False)
    setup_secret: str | None = field(default=None, repr=False)


class Beginnings(Protocol):
    """Subscriptions that somebody began in the provider's checkout and did not finish."""

    def begun_checkouts(self, customer_ref: str) -> tuple[str, ...]:
        """The open checkouts of plans of this portal, the newest first."""
        ...

    def close_checkout(self, session_ref: str) -> bool:
        """Lets nobody pay it any more. False when it was paid before that."""
        ...

    def drop_unpaid(self, subscription_ref: str, idempotency_key: str) -> None:
        """Ends a subscription whose first payment was not made, or that is only tried; one that was paid stays."""
        ...
