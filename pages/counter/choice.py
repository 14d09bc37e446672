"""The first step at the counter: which package or how many credits, and in which currency where there are several."""

from __future__ import annotations

from collections.abc import Callable

from billing.rules.catalog import Package
from pages.counter.own_amount import OwnAmount
from pages.counter.quantity import Quantity
from pages.parts.packages import PackageChoice, currencies, in_currency, like, named
from pages.parts.tags import Tag
from pages.words import _


class Choice:
    """Packages of one currency. An account buys in the currency of its first purchase, so this is asked only once."""

    def __init__(self, packages: tuple[Package, ...], chosen: Package, on_change: Callable[[], None]) -> None:
        self._packages, self._on_change = packages, on_change
        currency = chosen.amount.currency
        with Tag("div", classes="stack") as self._element:
            if len(currencies(packages)) > 1:
                self._segments(currency)
            offered = in_currency(packages, currency)
            self._cards = PackageChoice(offered, named(offered, chosen.key) or chosen, self._choose)
            self._quantity = Quantity(chosen, on_change)
            self._own = OwnAmount(chosen, on_change)

    @property
    def package(self) -> Package:
        """What is chosen, and how many of it, as this server remembers it."""
        return (self._own if self._cards.package.own else self._quantity).package

    @property
    def is_clear(self) -> bool:
        """Whether that is what the visitor sees: not while something stands in the field that cannot be bought."""
        return not self._cards.package.own or self._own.is_good

    def show(self, shown: bool) -> None:
        """Whether a package may be chosen now."""
        self._element.set_visibility(shown)

    def focus(self) -> None:
        """Leads back to what was chosen."""
        self._cards.focus()

    def lead(self) -> None:
        """Leads to what is not clear."""
        self._own.lead()

    def _segments(self, chosen: str) -> None:
        with Tag("fieldset", classes="segments"):
            Tag("legend", _("Currency"))
            for currency in currencies(self._packages):
                self._segment(currency, is_chosen=currency == chosen)
        Tag("p", _("Your first purchase settles the currency for those that follow."), "hint")

    def _segment(self, currency: str, *, is_chosen: bool) -> None:
        """A listener of its own, bound to its currency: the browser sends no name and no price."""
        with Tag("label"):
            radio = Tag("input", type="radio", name="currency", value=currency, autocomplete="off")
            radio.put("checked", is_chosen)
            radio.on("change", lambda: self._change(currency), [])
            Tag("span", currency)

    def _change(self, currency: str) -> None:
        packages = in_currency(self._packages, currency)
        self._cards.show(packages, like(packages, self._cards.package))
        self._choose(self._cards.package)

    def _choose(self, package: Package) -> None:
        self._quantity.choose(package)
        self._own.choose(package)
        self._on_change()
