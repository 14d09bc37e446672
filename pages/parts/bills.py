"""A bill that is to come, line by line down to what is due. The pages plan and invoices show it."""

from __future__ import annotations

from billing.rules.bills import Bill
from billing.rules.money import Money
from pages.parts import format as written
from pages.parts.tags import Tag
from pages.words import _


def bill_details(bill: Bill) -> None:
    """The same folded away, for whoever wants to know how the amount came about."""
    if bill.lines:
        with Tag("details", classes="more"):
            Tag("summary", _("How it is made up"))
            bill_lines(bill)


def bill_lines(bill: Bill) -> None:
    """Its lines in the provider's words, what is taken off or added, and what is asked for in the end."""
    currency = bill.due.currency
    with Tag("dl", classes="figures"):
        for each in bill.lines:
            Tag("dt", each.text or _("Other lines"))
            _amount(Money(each.line.amount_minor, currency))
        if bill.discount.minor:
            Tag("dt", _("Discount"))
            _amount(Money(-bill.discount.minor, currency))
        if bill.tax.minor:
            Tag("dt", _("Tax"))
            _amount(bill.tax)
        applied = bill.due.minor - bill.total.minor
        if applied and bill.total.minor >= 0:
            Tag("dt", _("From your balance") if applied < 0 else _("Owed from before"))
            _amount(Money(applied, currency))
        Tag("dt", _("To be paid"), "total strong")
        Tag("dd", written.money(bill.due), "total number")
    if bill.kept.minor:
        Tag("p", _("{amount} stay on your account for the next invoices.", amount=bill.kept), "muted")


def _amount(amount: Money) -> None:
    Tag("dd", written.money(amount), "number")
