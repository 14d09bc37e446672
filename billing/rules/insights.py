"""Insights: what was earned, sold, given and used by everybody, and what of it is still owed. Pure data and decisions.

Anyone may import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from billing.rules.console import ROWS
from billing.rules.kinds import Kind
from billing.rules.money import Credits, Money
from billing.rules.orders import Order
from billing.rules.views import Line
from billing.rules.windows import Window


class Flow(StrEnum):
    """Whereby what all accounts hold together grows or shrinks; each kind of transaction is part of one."""

    SOLD = "sold"
    PLANS = "plans"
    GIVEN = "given"
    USED = "used"
    EXPIRED = "expired"
    RETURNED = "returned"
    ADJUSTED = "adjusted"


FLOWS: dict[Flow, tuple[Kind, ...]] = {
    Flow.SOLD: (Kind.PURCHASE, Kind.SETTLEMENT),
    Flow.PLANS: (Kind.PLAN,),
    Flow.GIVEN: (Kind.BONUS, Kind.WELCOME, Kind.GRANT),
    Flow.USED: (Kind.USAGE, Kind.USAGE_REVERT, Kind.METERED),
    Flow.EXPIRED: (Kind.EXPIRY,),
    Flow.RETURNED: (Kind.REFUND, Kind.DISPUTE),
    Flow.ADJUSTED: (Kind.REMOVAL, Kind.CORRECTION, Kind.TRANSFER),
}
FLOW_OF = {kind: flow for flow, kinds in FLOWS.items() for kind in kinds}
Flows = Mapping[Flow, Credits]

Payment = tuple[Order, str]
"""An order and the name of its account."""
Movement = tuple[Line, str]
"""A transaction and the name of its account."""


def kinds_of(named: str) -> tuple[Kind, ...]:
    """The kinds behind the name of one, or of a flow; none, which means all, for anything else."""
    if named in list(Flow):
        return FLOWS[Flow(named)]
    return (Kind(named),) if named in list(Kind) else ()


@dataclass(frozen=True, slots=True)
class Revenue:
    """What was paid in one currency: orders that were credited, with their tax, and invoices for use on credit."""

    currency: str
    payments: int
    sold: Money
    tax: Money
    invoices: int
    invoiced: Money

    @property
    def total(self) -> Money:
        """All that was received."""
        return Money(self.sold.minor + self.tax.minor + self.invoiced.minor, self.currency)


@dataclass(frozen=True, slots=True)
class Bought:
    """So many credits of orders that each got `package` credits for `price`, which is before tax."""

    credits: Credits
    package: Credits
    price: Money


def worth(pieces: Iterable[Bought]) -> list[Money]:
    """What these credits were paid for, by currency: exact to the end, then rounded to a minor unit."""
    sums: dict[str, Fraction] = {}
    for each in pieces:
        paid = Fraction(each.credits.micro * each.price.minor, each.package.micro)
        sums[each.price.currency] = sums.get(each.price.currency, Fraction(0)) + paid
    return [Money(round(paid), currency) for currency, paid in sorted(sums.items())]


@dataclass(frozen=True, slots=True)
class TopAccount:
    """One of those that used most."""

    id: str
    name: str
    uses: int
    used: Credits
    balance: Credits


@dataclass(frozen=True, slots=True)
class Told:
    """How the provider's events of the period fared: how many of each state, and how long their effects took."""

    states: Mapping[str, int] = field(default_factory=dict)
    lag_p50: int | None = None
    lag_p95: int | None = None
    lag_most: int | None = None


@dataclass(frozen=True, slots=True)
class Insights:
    """Everything for one window. `flows` and `earned` (minor units by currency) stand for its steps.

    `opening` and `closing` are the sums of all balances at its ends. What stands now are `held` by customers,
    and `owed` by them, which is not above zero; `sources` says where the credits that are left came from, and `unspent`
    what those of them were bought for. `lost` was bought and expired unused within the window. All of it was read `at`.
    """

    at: int
    window: Window
    opening: Credits
    closing: Credits
    flows: Sequence[Flows]
    revenue: Sequence[Revenue]
    earned: Sequence[Mapping[str, int]]
    held: Credits
    owed: Credits
    sources: Sequence[tuple[str, Credits]]
    unspent: Sequence[Bought]
    lost: Sequence[Bought]
    top: Sequence[TopAccount]
    failures: Sequence[tuple[str, int]]
    told: Told

    def total(self, flow: Flow) -> Credits:
        """What this flow brought or took in the whole window."""
        return sum((step.get(flow, Credits(0)) for step in self.flows), Credits(0))

    @property
    def expired(self) -> Credits:
        """What nobody used in time, above zero."""
        return -self.total(Flow.EXPIRED)

    @property
    def ended(self) -> Credits:
        """What was used or else expired: breakage is the share of the second."""
        return self.expired + max(Credits(0), -self.total(Flow.USED))


@dataclass(frozen=True, slots=True)
class PaymentFilters:
    """Which orders of everybody. Empty means all; `failure` is the code of the last try that failed.

    Moments bound when it was paid, or begun as long as it is not paid; `until` exclusive.
    """

    search: str = ""
    state: str = ""
    currency: str = ""
    failure: str = ""
    since: int | None = None
    until: int | None = None
    after: str = ""
    limit: int = ROWS


@dataclass(frozen=True, slots=True)
class MovementFilters:
    """Which transactions of everybody. Empty means all; moments bound when it was recorded, `until` exclusive."""

    search: str = ""
    kinds: tuple[Kind, ...] = ()
    since: int | None = None
    until: int | None = None
    after: str = ""
    limit: int = ROWS
