"""The packages on sale as radio cards. Only the counter shows them; prices come from the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from billing.rules.catalog import Package, preselected
from billing.rules.money import MICRO, Credits, Money
from pages.parts import format as written
from pages.parts.tags import Tag, focus
from pages.words import _, apart

Chosen = Callable[[Package], None]


class PackageChoice:
    """Radio cards, cheapest first. `package` is what is chosen, as this server remembers it."""

    def __init__(self, packages: tuple[Package, ...], chosen: Package, on_change: Chosen) -> None:
        self.package = chosen
        self._on_change = on_change
        self._radios: dict[str, Tag] = {}
        self.element = Tag("fieldset", classes="packages")
        self.show(packages, chosen)

    def show(self, packages: tuple[Package, ...], chosen: Package) -> None:
        """These packages instead of the ones before."""
        self.package = chosen
        self._radios.clear()
        self.element.clear()
        with self.element:
            Tag("legend", _("Package"), "scrip-heard")
            for package in packages:
                self._card(package, rated=len(packages) > 1)

    def focus(self) -> None:
        """Leads to the package that is chosen."""
        focus(self._radios[self.package.key])

    def _card(self, package: Package, *, rated: bool) -> None:
        """Each radio has a listener of its own, bound to its package: the browser sends no name and no price."""
        with Tag("label", classes="package"):
            radio = Tag("input", type="radio", name="package", value=package.key, autocomplete="off")
            radio.put("data_draft", "package")
            radio.put("checked", package == self.package)
            self._radios[package.key] = radio
            radio.on("change", lambda: self._choose(package), [])
            with Tag("span", classes="package-what"):
                Tag("span", _("Other amount") if package.own else apart(package.name), "package-name")
                Tag("span", apart(package.description), "package-about")
            with Tag("span", classes="package-worth"):
                _worth(package)
                if rated:
                    # A price per 1,000 is there to be compared; of a single offer it is only one more number.
                    rate = _("{money} per {amount}", money=per_thousand(package), amount=1000)
                    Tag("span", rate, "package-rate")

    def _choose(self, package: Package) -> None:
        self.package = package
        self._on_change(package)


def _worth(package: Package) -> None:
    if package.own:
        least, most = package.limits
        Tag("span", _("{least} to {most} credits", least=least, most=most), "package-credits")
        Tag("span", _("from {money}", money=package.times(package.least).amount), "package-price")
        return
    Tag("span", written.counted(package.credits), "package-credits")
    if package.bonus.micro > 0:
        Tag("span", bonus_words(package.bonus), "package-bonus")
    Tag("span", written.money(package.amount), "package-price")


def bonus_words(bonus: Credits) -> str:
    """+50 bonus."""
    return _("{amount} bonus", amount=written.signed(bonus))


def currencies(packages: tuple[Package, ...]) -> tuple[str, ...]:
    """The currencies in which something is on sale, that of the preselected package first."""
    first = preselected(packages)
    found = {package.amount.currency for package in packages}
    return tuple(sorted(found, key=lambda each: (first is None or each != first.amount.currency, each)))


def in_currency(packages: tuple[Package, ...], currency: str) -> tuple[Package, ...]:
    """The packages of one currency: prices in two of them invite a wrong comparison."""
    return tuple(package for package in packages if package.amount.currency == currency)


def like(packages: tuple[Package, ...], wanted: Package) -> Package:
    """The one of these that gives as many credits, else the preselected one; there must be some."""
    alike = tuple(each for each in packages if each.own == wanted.own and (each.own or each.credits == wanted.credits))
    found = preselected(alike) or preselected(packages)
    assert found is not None
    return found


def per_thousand(package: Package) -> Money:
    """The price of 1,000 credits, rounded to what the currency can be paid in, halves up."""
    scaled, micro = package.amount.minor * 1000 * MICRO, package.credits.micro
    return Money((2 * scaled + micro) // (2 * micro), package.amount.currency)


def named(packages: tuple[Package, ...], key: str | None) -> Package | None:
    """The package a link asks for, else the preselected one."""
    return next((package for package in packages if package.key == key), None) or preselected(packages)
