"""What somebody new does first, with what is done already ticked. Only the overview has it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from nicegui import ui

from billing.rules.kinds import Kind
from billing.rules.views import Line
from pages.parts.halves import half
from pages.parts.stills import Still, each
from pages.parts.tags import Tag
from pages.words import _

FEW = 8

_DONE = Markup('<li class="done"><span class="strong">{name}</span><span class="scrip-heard">{told}</span></li>')
_NEXT = Markup('<li><a class="link strong" href="{href}">{name}</a><span class="muted">{about}</span></li>')


class FirstSteps:
    """Built in the current slot, hidden; `show` fills it, until the first credit was used."""

    def __init__(self) -> None:
        with Tag("section", classes="panel", aria_label=_("First steps")).mark("first-steps") as self._place:
            Tag("h2", _("First steps"))
            self._list = Checklist()
        self._place.set_visibility(False)

    def show(self, lines: Sequence[Line], unit: str) -> None:
        """`lines` are the account's newest."""
        came = any(line.amount.micro > 0 and line.kind is not Kind.WELCOME for line in lines)
        self._list.show(
            (_("Open your account"), _("It is yours, and here is where you see all of it."), True, ""),
            (_("Buy {unit}", unit=unit), _("Pay by card; they are here within seconds."), came, "/buy"),
            (_("Use them"), _("Every use appears under Transactions, with the balance after it."), False, "/usage"),
        )
        self._place.set_visibility(is_beginning(lines))

    def hide(self) -> None:
        """Nothing can be said now."""
        self._place.set_visibility(False)


class Checklist(ui.element):
    """One element, however many steps."""

    def __init__(self) -> None:
        super().__init__(half("checklist"))
        self.props["done"] = _("done")

    def show(self, *steps: tuple[str, str, bool, str]) -> None:
        """Each with its name, what it is for, whether it is done, and the page where it is done."""
        names = ("name", "about", "done", "href")
        self.props["steps"] = [dict(zip(names, step, strict=True)) for step in steps]
        self.update()

    def still(self, _inner: Markup) -> Still:
        """The same."""
        told = self.props["done"]
        steps = [each(_DONE if step["done"] else _NEXT, [{**step, "told": told}]) for step in self.props["steps"]]
        return Still("ol", {"class": "steps-first"}, Markup().join(steps))


def is_beginning(lines: Sequence[Line]) -> bool:
    """Whether so little happened that nothing was used yet."""
    return len(lines) < FEW and not any(line.kind is Kind.USAGE for line in lines)
