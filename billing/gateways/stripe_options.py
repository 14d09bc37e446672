"""What the Stripe gateway is told, and how it is taken from the settings. For the `stripe*.py` beside it.

Gateways do not know the settings' classes; the protocols here say which of their values are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from billing.rules.moments import Clock, system_clock


@dataclass(frozen=True, slots=True)
class StripeOptions:
    """One account in one mode. `product` is the product whose prices are the packages.

    `tax_behavior` is inclusive, exclusive or empty, which leaves it to the account.
    """

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
    price: str = ""
    lookup_keys: tuple[str, ...] = ()
    credits_from: str = "units"
    subscription_product: str = ""
    subscription_name: str = "Subscription"
    plan_lookup_keys: tuple[str, ...] = ()
    plan_prices: Mapping[str, str] = field(default_factory=dict)
    has_catalogue: bool = False
    portal_configuration: str = ""
    automatic_tax: bool = False
    tax_behavior: str = ""
    tax_code: str = ""


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
    def price(self) -> str | None: ...
    @property
    def lookup_keys(self) -> Sequence[str]: ...
    @property
    def subscription_product(self) -> str | None: ...
    @property
    def plan_lookup_keys(self) -> Sequence[str]: ...
    @property
    def plan_prices(self) -> Mapping[str, str]: ...
    @property
    def portal_configuration(self) -> str | None: ...
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
    @property
    def plan_files(self) -> Sequence[str]: ...


class PurchasePart(Protocol):
    """The branch `purchase` of the settings."""

    @property
    def credits(self) -> str: ...


class TaxPart(Protocol):
    """The branch `tax` of the settings."""

    @property
    def automatic(self) -> bool: ...
    @property
    def included(self) -> str: ...
    @property
    def code(self) -> str | None: ...


class Told(Protocol):
    """Settings that were completed: in the sandbox, too, there is a key by now."""

    @property
    def stripe(self) -> StripePart: ...
    @property
    def catalog(self) -> CatalogPart: ...
    @property
    def purchase(self) -> PurchasePart: ...
    @property
    def tax(self) -> TaxPart: ...
    @property
    def product_name(self) -> str: ...


TAX_BEHAVIOR = {"yes": "inclusive", "no": "exclusive"}


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
        price=stripe.price or "",
        lookup_keys=tuple(stripe.lookup_keys),
        credits_from=settings.purchase.credits,
        subscription_product=stripe.subscription_product or "",
        subscription_name=f"{settings.product_name} subscription",
        plan_lookup_keys=tuple(stripe.plan_lookup_keys),
        plan_prices=stripe.plan_prices,
        has_catalogue=bool(settings.catalog.plan_files),
        portal_configuration=stripe.portal_configuration or "",
        automatic_tax=settings.tax.automatic,
        tax_behavior=TAX_BEHAVIOR.get(settings.tax.included, ""),
        tax_code=settings.tax.code or "",
    )
