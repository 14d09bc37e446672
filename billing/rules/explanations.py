"""Why a balance is what it is, as values: of a period, of one line, of one lot. Anyone may import it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from billing.rules.kinds import Kind
from billing.rules.lots import Lot, LotSource
from billing.rules.money import Credits
from billing.rules.views import Line


@dataclass(frozen=True, slots=True)
class Part:
    """What lines of one type brought and took, and how many there were."""

    kind: Kind
    lines: int
    credits_in: Credits
    credits_out: Credits

    @property
    def amount(self) -> Credits:
        """Both together, negative when more went than came."""
        return self.credits_in - self.credits_out

    def __add__(self, other: Part) -> Part:
        """More lines of the same type."""
        came, went = self.credits_in + other.credits_in, self.credits_out + other.credits_out
        return Part(self.kind, self.lines + other.lines, came, went)


@dataclass(frozen=True, slots=True)
class Explanation:
    """opening + the parts = closing. `since` is None for the beginning; `until` is when the closing balance held."""

    account_id: str
    since: int | None
    until: int
    opening: Credits
    closing: Credits
    parts: tuple[Part, ...]

    @property
    def unexplained(self) -> Credits:
        """What no line accounts for. Anything but zero is a fault of the ledger, which `scrip check` will name."""
        return self.closing - self.opening - sum((each.amount for each in self.parts), Credits(0))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a line moved in one lot; negative when it was paid from it."""

    lot_id: int
    source: LotSource
    amount: Credits
    expires_at: int
    order_id: str | None
    opened_at: int


class Tie(StrEnum):
    """Why two lines belong together."""

    CORRECTS = "corrects"
    CORRECTED_BY = "corrected_by"
    SAME_ORDER = "same_order"


@dataclass(frozen=True, slots=True)
class Related:
    """Another line that belongs to this one."""

    tie: Tie
    line: Line


@dataclass(frozen=True, slots=True)
class LineStory:
    """One line, whole: the lots it moved, what a program said about it, its relatives, and what the provider told."""

    line: Line
    drawn: tuple[Drawn, ...]
    related: tuple[Related, ...]
    dimensions: Mapping[str, str] = field(default_factory=dict)
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class LotStory:
    """One lot, whole: granted - repaid - what the parts took (and gave back) = what remains.

    `repaid` went at once to what was owed. `opened_by` is None for the lot of what is owed, which no credits opened.
    """

    lot: Lot
    opened_by: Line | None
    repaid: Credits
    parts: tuple[Part, ...]
    first_used_at: int | None
    last_used_at: int | None

    @property
    def unexplained(self) -> Credits:
        """As of an explanation: zero, or the ledger is at fault."""
        moved = sum((each.amount for each in self.parts), Credits(0))
        return Credits(self.lot.remaining_micro) - Credits(self.lot.granted_micro) + self.repaid - moved
