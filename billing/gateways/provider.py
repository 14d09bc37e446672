"""Chooses the payment provider the settings ask for. `app.py` builds gateways and setups with it."""

from __future__ import annotations

from typing import Protocol

from billing.gateways.contract import Gateway
from billing.gateways.dummy import DummyGateway
from billing.gateways.preparation import Setup
from billing.gateways.stripe import StripeGateway
from billing.gateways.stripe_options import Told
from billing.gateways.stripe_setup import StripeSetup
from billing.rules.moments import Clock, system_clock
from billing.rules.money import Money


class DummyPart(Protocol):
    """The branch `dummy` of the settings."""

    @property
    def price(self) -> Money: ...


class Chosen(Told, Protocol):
    """Settings that say which provider it is, and what that one needs."""

    @property
    def mode(self) -> str:
        """sandbox, dummy, test or live."""
        ...

    @property
    def dummy(self) -> DummyPart | None: ...


def gateway_of(settings: Chosen, clock: Clock = system_clock) -> Gateway:
    """A provider a line: Stripe in its sandbox, test and live modes, or the one that only says that it was paid.

    A new provider gets its mode here; `contract.py` says what it must do, and the tests of both hold it to that.
    """
    if settings.mode == "dummy" and settings.dummy is not None:
        return DummyGateway(settings.dummy.price, clock)
    return StripeGateway.of(settings, clock)


def setup_of(settings: Chosen) -> Setup | None:
    """What prepares and examines the provider's account; None for a provider that has no accounts."""
    return None if settings.mode == "dummy" else StripeSetup.of(settings)
