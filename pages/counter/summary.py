"""What is bought, for how much, and what it makes of the balance: stands there before anything is paid.

Tax is never guessed: until it is computed the sum says that it is still to come.
"""

from __future__ import annotations

from billing.rules.catalog import Package
from billing.rules.money import Money
from billing.rules.tax import TaxQuote
from billing.rules.views import AccountView
from pages.counter.visit import Visit
from pages.parts import format as written
from pages.parts.tags import Tag
from pages.words import N_, _

BY_CHECKOUT = N_("Tax is added where it applies; Stripe shows the total before you pay.")
BY_US = N_("Tax is added where it applies; you see the total before you pay.")


class Summary:
    """Built in the current slot; `show` fills it."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        with Tag("div", classes="stack tight") as self.element:
            with Tag("dl", classes="summary"):
                self._credits = _Row(_("You get"))
                self._bonus = _Row(_("Bonus"))
                self._expires = _Row(_("Expires"))
                self._price = _Row(_("Price"))
                self._tax = _Row(_("Tax"))
                self._total = _Row(_("Total"), "summary-total", id="due")
                self._after = _Row(_("Balance after"))
                self._account = _Row(_("Credited to"))
            self._note = Tag("p", _(BY_US if visit.asks_address else BY_CHECKOUT), "hint")

    def show(self, package: Package, account: AccountView, quote: TaxQuote | None = None) -> None:
        """The figures for this package and this account; `quote` is the tax, once it is computed."""
        self._credits.say(written.counted(package.credits))
        self._bonus.element.set_visibility(package.bonus.micro > 0)
        self._bonus.say(written.signed(package.bonus))
        # as settling writes the lots of a purchase
        self._expires.say(_("never"))
        self._expires.element.set_visibility(True)
        self._after.say(written.counted(account.balance + package.credits + package.bonus))
        # the balance of somebody else is not the buyer's business
        self._after.element.set_visibility(self._visit.is_own)
        self._account.say(account.name)
        self._say_price(package.amount, quote)

    def blank(self) -> None:
        """No figures: what stands in the field cannot be bought."""
        for row in (self._credits, self._total, self._after):
            row.say(written.NONE)
        for row in (self._bonus, self._price, self._tax, self._expires):
            row.element.set_visibility(False)

    def _say_price(self, price: Money, quote: TaxQuote | None) -> None:
        waits = self._visit.is_taxed and quote is None
        self._note.set_visibility(waits)
        for row in (self._price, self._tax):
            row.element.set_visibility(quote is not None)
        if quote is not None:
            self._price.say(written.money(price))
            name, tax = tax_line(quote)
            self._tax.say(tax, name)
        total = total_of(price, quote)
        self._total.say(_("{money} plus tax", money=total) if waits else written.money(total))


class _Row:
    """A term and what it is."""

    def __init__(self, term: str, classes: str = "", **props: str) -> None:
        with Tag("div", classes=classes) as self.element:
            self._term = Tag("dt", term)
            self._value = Tag("dd", **props)

    def say(self, value: str, term: str = "") -> None:
        """Another value; another term too when one is given."""
        self._value.text = value
        if term:
            self._term.text = term


def total_of(price: Money, quote: TaxQuote | None) -> Money:
    """What will be charged: tax that is part of the price already comes not on top."""
    return price if quote is None else Money(price.minor + quote.added.minor, price.currency)


def tax_line(quote: TaxQuote) -> tuple[str, str]:
    """The tax by its name, and how much of it; where none is due, that is said too."""
    name = quote.name or _("Tax")
    if quote.included.minor > 0 and quote.added.minor == 0:
        return _("{tax}, in the price", tax=name), written.money(quote.included)
    return name, written.money(quote.added)
