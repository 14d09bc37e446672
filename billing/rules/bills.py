"""What an invoice that does not exist yet will ask for. Anyone may import it; pure decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from billing.rules.facts import InvoiceLine
from billing.rules.money import Money


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line with its words. Of the `discount_minor` that is taken off, `passing_minor` is taken this time only.

    `tax_minor` comes on top; tax inside the amount is not counted.
    """

    text: str
    line: InvoiceLine
    discount_minor: int = 0
    passing_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What it adds to the bill; negative when it gives something back."""
        return self.line.amount_minor - self.discount_minor + self.tax_minor

    @property
    def lasting(self) -> BillLine:
        """The same the next time; the tax follows what is left to tax, rounded half up."""
        taxed = self.line.amount_minor - self.discount_minor
        now, then = (taxed, taxed + self.passing_minor)
        tax = (2 * self.tax_minor * then + now) // (2 * now) if now > 0 else self.tax_minor
        return replace(self, discount_minor=self.discount_minor - self.passing_minor, passing_minor=0, tax_minor=tax)


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice to come, made at `at`. `balance_minor` is what the customer's balance holds before it: below zero
    they have that to their credit, above zero they owe it. `due` is what is asked for in the end.
    """

    at: int
    lines: tuple[BillLine, ...]
    balance_minor: int
    due: Money

    @property
    def goods(self) -> Money:
        """What the lines cost together, before discounts and tax."""
        return self._sum(each.line.amount_minor for each in self.lines)

    @property
    def given_back(self) -> Money:
        """What lines give back for time that was paid for and is not used, as a positive amount."""
        return self._sum(-each.line.amount_minor for each in self.lines if each.line.amount_minor < 0)

    @property
    def discount(self) -> Money:
        """What coupons take off."""
        return self._sum(each.discount_minor for each in self.lines)

    @property
    def tax(self) -> Money:
        """What tax adds."""
        return self._sum(each.tax_minor for each in self.lines)

    @property
    def total(self) -> Money:
        """The sum; below zero when more is given back than asked for, which the next invoices then are less."""
        return self._sum(each.total_minor for each in self.lines)

    @property
    def balance_after_minor(self) -> int:
        """What the customer's balance holds once this is paid."""
        return 0 if self.due.minor else self.total.minor + self.balance_minor

    @property
    def kept(self) -> Money:
        """How much of what is given back waits on the customer's balance for invoices after this one."""
        return self._sum([max(0, min(0, self.balance_minor) - self.balance_after_minor)])

    def _sum(self, minors: Iterable[int]) -> Money:
        return Money(sum(minors), self.due.currency)


def bill(at: int, lines: Iterable[BillLine], balance_minor: int, currency: str) -> Bill:
    """The bill of these lines, due as far as the balance does not pay for it."""
    rows = tuple(lines)
    due = max(0, sum(each.total_minor for each in rows) + balance_minor)
    return Bill(at, rows, balance_minor, Money(due, currency))


def without(lines: Iterable[BillLine], others: Iterable[BillLine]) -> tuple[BillLine, ...]:
    """Those of `lines` that are not among `others`, each of which takes away one like it."""
    left = list(others)
    kept = []
    for each in lines:
        if each in left:
            left.remove(each)
        else:
            kept.append(each)
    return tuple(kept)
