"""How many of a package are bought at once, where more than one may be. Only the counter's choice shows it.

What the browser sends is a number at most: it is read here, and the package's own bounds decide.
"""

from __future__ import annotations

from collections.abc import Callable

from nicegui.events import GenericEventArguments

from billing.rules.catalog import Package
from billing.rules.errors import BadInput
from pages.parts.modal import Field
from pages.words import _, worded

TYPED = "(event) => emit(event.target.value)"
LONGEST = 9


class Quantity:
    """A number beside the package that is chosen; hidden where there is nothing to choose."""

    def __init__(self, package: Package, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._package = package
        self._field = Field("input", "quantity", _("How many"), "", type="number", inputmode="numeric", step="1")
        self._field.control.put("data_draft", "quantity")
        self._field.control.mark("quantity").on("change", self._typed, js_handler=TYPED)
        self.choose(package)

    @property
    def package(self) -> Package:
        """The package, as many times as was typed last and may be bought."""
        return self._package

    def choose(self, package: Package) -> None:
        """Another package, as many times as the least of it that can be bought."""
        self._package = package
        self._field.clear()
        for name, value in (("min", package.least), ("max", package.most), ("value", package.quantity)):
            self._field.control.put(name, str(value))
        self._field.element.set_visibility(package.least < package.most and not package.own)

    def _typed(self, event: GenericEventArguments) -> None:
        given = event.args.strip() if isinstance(event.args, str) else ""
        # the browser draws the field anew with what it is told here, so that must be what was typed
        self._field.control.put("value", given[:LONGEST])
        number = int(given) if given.isascii() and given.isdecimal() and len(given) <= LONGEST else 0
        try:
            self._package = self._package.times(number)
        except BadInput as refused:
            self._field.refuse(worded(refused.sentence))
            return
        self._field.clear()
        self._on_change()
