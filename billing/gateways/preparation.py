"""What preparing a provider's account takes and tells, as plain data. Verbs and the provider's own files import it.

Like `contract`, it knows no provider. A method may raise GatewayUnavailable, PaymentRefused or NotFound; here their
sentences speak to an operator and may repeat what the provider said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from billing.rules.catalog import Package
from billing.rules.overdraft import CreditPrice
from billing.rules.plans import Catalogue
from billing.rules.subscriptions import Plan


class Act(StrEnum):
    """What becomes of a thing in the account."""

    MAKE = "make"
    CHANGE = "change"
    RETIRE = "retire"
    REVIVE = "revive"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a plan: `thing` names what it is about, `why` what is or was wrong with it, or what it is for."""

    act: Act
    thing: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.act:<6}  {self.thing}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the account shall hold. Products and the like are those the settings name, or such as were made here before.

    `packages` None leaves what is sold alone; `webhook_url` None leaves the webhook endpoints alone.
    """

    headline: str
    return_url: str
    packages: tuple[Package, ...] | None = None
    plans: tuple[Plan, ...] = ()
    webhook_url: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Where everything is now. A reference is None when it is not wanted, or when a dry run did not make it."""

    product_ref: str | None = None
    plans_product_ref: str | None = None
    portal_ref: str | None = None
    webhook_ref: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    """Only of an endpoint made just now: the provider shows it once."""
    price_refs: Mapping[str, str] = field(default_factory=dict)
    """The prices of the packages, by the packages' keys."""
    plan_refs: Mapping[str, str] = field(default_factory=dict)
    """The same of the plans."""


@dataclass(frozen=True, slots=True)
class AccountFound:
    """Whose key it is. `account_ref` is None when a restricted key may not know; `answered_at` in microseconds UTC."""

    account_ref: str | None
    livemode: bool
    answered_at: int | None


@dataclass(frozen=True, slots=True)
class ProductFound:
    """A product, and whether it may be sold."""

    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class OnSale:
    """What the settings put on sale. `left_out` names each price that cannot be sold, and why."""

    packages: tuple[Package, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EndpointFound:
    """Where the provider sends its events, and which."""

    ref: str
    url: str
    enabled: bool
    types: frozenset[str]
    api_version: str | None


@dataclass(frozen=True, slots=True)
class PortalFound:
    """A configuration of the provider's customer portal."""

    ref: str
    active: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class TaxFound:
    """Whether taxes can be computed, and which fields of the settings are missing."""

    active: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knock:
    """What an address answered to an unsigned event; status 0 when nobody did, and `trouble` is what happened."""

    status: int
    media_type: str
    trouble: str = ""


class Setup(Protocol):
    """Prepares an account, and looks at one. Looking changes nothing."""

    event_types: frozenset[str]
    """Every type of event that means something to the portal."""
    api_version: str
    """The version of the provider's API whose events the portal was written for."""

    def prepare(self, wanted: Wanted, tell: Callable[[Step], None], *, dry_run: bool = False) -> Prepared:
        """Makes the account as `wanted`; `tell` hears each step once it is done. A dry run only tells."""
        ...

    def sync(self, wanted: Catalogue, tell: Callable[[Step], None], *, dry_run: bool = False) -> None:
        """Makes the account hold this catalogue of plans. Raises BadInput first for what must not change."""
        ...

    def catalogue(self) -> Catalogue:
        """The catalogue of plans that was synced to the account."""
        ...

    def account(self) -> AccountFound:
        """Whose key this is."""
        ...

    def product(self, product_ref: str) -> ProductFound:
        """The product of this id."""
        ...

    def on_sale(self) -> OnSale:
        """What can be bought, as the settings name it."""
        ...

    def credit_prices(self, name: str) -> tuple[CreditPrice, ...]:
        """What credits on account would cost by the price, lookup key or product of this name, if it says so."""
        ...

    def plans(self) -> tuple[Plan, ...]:
        """What can be subscribed to, as the settings name it."""
        ...

    def endpoints(self) -> tuple[EndpointFound, ...]:
        """Every webhook endpoint of the account."""
        ...

    def portals(self) -> tuple[PortalFound, ...]:
        """Every configuration of the customer portal."""
        ...

    def tax(self) -> TaxFound:
        """The account's tax settings."""
        ...

    def knock(self, url: str) -> Knock:
        """Posts an unsigned event to the portal's own address, as a stranger would."""
        ...

    def close(self) -> None:
        """Lets go of open connections."""
        ...
