"""The packages on sale as radio cards. Only the page buy shows them; prices come from the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from billing.rules.catalog import Package, preselected
from billing.rules.money import MICRO, Money
from billing.rules.views import AccountView
from pages.parts import format as written
from pages.parts.tags import Tag

Chosen = Callable[[Package], None]


class PackageChoice:
    """Radio cards, cheapest first. `package` is what is chosen, as this server remembers it."""

    def __init__(self, packages: tuple[Package, ...], chosen: Package, on_change: Chosen) -> None:
        self.package = chosen
        self._on_change = on_change
        with Tag("fieldset", classes="packages") as self.element:
            Tag("legend", "Package", "scrip-heard")
            for package in packages:
                self._card(package)

    def _card(self, package: Package) -> None:
        """Each radio has a listener of its own, bound to its package: the browser sends no name and no price."""
        with Tag("label", classes="package"):
            radio = Tag("input", type="radio", name="package", value=package.key, autocomplete="off")
            radio.put("checked", package == self.package)
            radio.on("change", lambda: self._choose(package), [])
            with Tag("span", classes="package-what"):
                Tag("span", package.name, "package-name")
                Tag("span", package.description, "package-about")
            with Tag("span", classes="package-worth"):
                Tag("span", f"{written.credits(package.credits)} credits", "package-credits")
                Tag("span", written.money(package.amount), "package-price")
                Tag("span", f"{written.money(per_thousand(package))} per 1,000", "package-rate")

    def _choose(self, package: Package) -> None:
        self.package = package
        self._on_change(package)


class Summary:
    """What is bought, for how much, and what it makes of the balance."""

    def __init__(self) -> None:
        with Tag("dl", classes="summary") as self.element:
            self._credits = _row("You get")
            self._total = _row("Total", "summary-total", id="due")
            self._after = _row("Balance after")
            self._account = _row("Credited to")

    def show(self, package: Package, account: AccountView) -> None:
        """The figures for this package and this account, before the card is asked for."""
        self._credits.text = f"{written.credits(package.credits)} credits"
        self._total.text = written.money(package.amount)
        self._after.text = f"{written.credits(account.balance + package.credits)} credits"
        self._account.text = account.name


def _row(term: str, classes: str = "", **props: str) -> Tag:
    with Tag("div", classes=classes):
        Tag("dt", term)
        return Tag("dd", **props)


def on_sale(packages: tuple[Package, ...]) -> tuple[Package, ...]:
    """The packages of one currency, that of the preselected one: prices in two currencies invite a wrong comparison."""
    first = preselected(packages)
    return tuple(package for package in packages if first and package.amount.currency == first.amount.currency)


def per_thousand(package: Package) -> Money:
    """The price of 1,000 credits, rounded to what the currency can be paid in, halves up."""
    scaled, micro = package.amount.minor * 1000 * MICRO, package.credits.micro
    return Money((2 * scaled + micro) // (2 * micro), package.amount.currency)


def named(packages: tuple[Package, ...], key: str | None) -> Package | None:
    """The package a link asks for, else the preselected one."""
    return next((package for package in packages if package.key == key), None) or preselected(packages)
