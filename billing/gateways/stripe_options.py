"""What the Stripe gateway is told, and how it is taken from the settings. For the `stripe*.py` beside it.

Gateways do not know the settings' classes; the protocols here say which of their values are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from billing.rules.moments import Clock, system_clock


@dataclass(frozen=True, slots=True)
class StripeOptions:
    """One account in one mode. `product` is the product whose prices are the packages."""

    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    product: str
    livemode: bool = False
    api_base: str = "https://api.stripe.com"
    timeout_seconds: int = 20
    max_retries: int = 2
    cache_seconds: int = 60
    product_name: str = "Credits"
    clock: Clock = system_clock


class Masked(Protocol):
    """A value whose text form shows nothing."""

    def get_secret_value(self) -> str: ...


class StripePart(Protocol):
    """The branch `stripe` of the settings."""

    @property
    def api_key(self) -> Masked | None: ...
    @property
    def webhook_secrets(self) -> Sequence[Masked | None]: ...
    @property
    def product(self) -> str | None: ...
    @property
    def api_base(self) -> str: ...
    @property
    def timeout_seconds(self) -> int: ...
    @property
    def max_retries(self) -> int: ...
    @property
    def mode(self) -> str: ...


class CatalogPart(Protocol):
    """The branch `catalog` of the settings."""

    @property
    def cache_seconds(self) -> int: ...


class Told(Protocol):
    """Settings that were completed: in the sandbox, too, there is a key by now."""

    @property
    def stripe(self) -> StripePart: ...
    @property
    def catalog(self) -> CatalogPart: ...
    @property
    def product_name(self) -> str: ...


def options_of(settings: Told, clock: Clock = system_clock) -> StripeOptions:
    """The options these settings ask for. A missing key stays empty: every call is then refused, none is forged."""
    stripe = settings.stripe
    return StripeOptions(
        api_key=stripe.api_key.get_secret_value() if stripe.api_key else "",
        webhook_secrets=tuple(secret.get_secret_value() for secret in stripe.webhook_secrets if secret),
        product=stripe.product or "",
        livemode=stripe.mode == "live",
        api_base=stripe.api_base,
        timeout_seconds=stripe.timeout_seconds,
        max_retries=stripe.max_retries,
        cache_seconds=settings.catalog.cache_seconds,
        product_name=f"{settings.product_name} credits",
        clock=clock,
    )
