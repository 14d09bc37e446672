"""Invoices as papers: what stands on their face, and what that means. Anyone may import it; pure decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from billing.rules.moments import to_datetime
from billing.rules.money import Money


class PaperState(StrEnum):
    """What is to be done about an invoice. `OTHER`: the provider has a word for it that is not known here."""

    DRAFT = "draft"
    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"
    OTHER = "other"


class PaperKind(StrEnum):
    """What an invoice is for."""

    PLAN_BEGUN = "plan_begun"
    PLAN_RENEWED = "plan_renewed"
    PLAN_CHANGED = "plan_changed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Paper:
    """The face of an invoice, as the provider has it now. Moments in microseconds UTC.

    `status` and `reason` are the provider's own words. `left` is what is still to be paid, `credited` what was given
    back after it was paid. `url` leads to the provider's page of it, where it can be paid; `pdf` to the file.
    """

    invoice_ref: str
    customer_ref: str
    status: str
    reason: str
    total: Money
    left: Money
    credited: Money
    created_at: int
    number: str | None = None
    due_at: int | None = None
    url: str | None = None
    pdf: str | None = None

    def state(self, now: int) -> PaperState:
        """What it is now; one that is open is overdue when its day has passed."""
        if self.status == "open" and self.due_at is not None and self.due_at < now:
            return PaperState.OVERDUE
        if self.status == "paid" and self.credited.minor > 0:
            whole = self.credited.minor >= self.total.minor
            return PaperState.REFUNDED if whole else PaperState.PARTLY_REFUNDED
        return _STATES.get(self.status, PaperState.OTHER)

    @property
    def kind(self) -> PaperKind:
        """What it is for."""
        return _KINDS.get(self.reason, PaperKind.OTHER)

    @property
    def year(self) -> int:
        """The year of its date, in UTC as on the paper itself."""
        return to_datetime(self.created_at).year


_STATES: dict[str, PaperState] = {
    "draft": PaperState.DRAFT,
    "open": PaperState.OPEN,
    "paid": PaperState.PAID,
    "void": PaperState.VOID,
    "uncollectible": PaperState.UNCOLLECTIBLE,
}
_KINDS = {
    "subscription_create": PaperKind.PLAN_BEGUN,
    "subscription_cycle": PaperKind.PLAN_RENEWED,
    "subscription_update": PaperKind.PLAN_CHANGED,
    "subscription_threshold": PaperKind.PLAN_RENEWED,
}


def of_year(papers: Iterable[Paper], year: int | None) -> tuple[Paper, ...]:
    """Those of that year, or all."""
    return tuple(each for each in papers if year in (None, each.year))


def unpaid(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """Those that wait for money, the oldest first: what is due soonest is paid first."""
    owed = (each for each in papers if each.status == "open" and each.left.minor > 0)
    return tuple(sorted(owed, key=lambda each: each.created_at))
