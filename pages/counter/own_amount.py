"""How many credits, where buyers may choose that themselves. Only the counter's choice shows it.

What the browser sends is text: it is read here, as the visitor's language writes numbers, and the package's own limits
decide. Only this server knows what it costs.
"""

from __future__ import annotations

from collections.abc import Callable

from nicegui.events import GenericEventArguments

from billing.rules.bonuses import BonusStep
from billing.rules.catalog import Package
from billing.rules.errors import BadInput
from billing.rules.money import Credits
from pages.parts import format as written
from pages.parts.modal import TYPING_SECONDS, Field
from pages.parts.tags import Tag
from pages.words import _, worded

TYPED = "(event) => emit(event.target.value)"
LONGEST = 40


class OwnAmount:
    """A field below the packages, hidden while one of them is chosen."""

    def __init__(self, package: Package, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._package, self._wrong = package, ""
        self._place = Tag("div", classes="own-amount")
        self._field: Field | None = None
        self.choose(package)

    @property
    def package(self) -> Package:
        """What was typed last and may be bought."""
        return self._package

    @property
    def is_good(self) -> bool:
        """Whether that is what stands in the field."""
        return not self._wrong

    def choose(self, package: Package) -> None:
        """Another package: the field shows how much of it is chosen, if that is for its buyer to say."""
        self._package, self._wrong = package, ""
        self._place.clear()
        self._field = self._fresh(package) if package.own else None

    def lead(self) -> None:
        """Leads to what is wrong."""
        if self._field is not None:
            self._field.refuse(self._wrong)

    def _fresh(self, package: Package) -> Field:
        """A field with the package's credits in it. From then on its text is the browser's: what is written into a
        field from here would take back what somebody types meanwhile. So it is an attribute, which Vue marks by ^.
        """
        with self._place:
            made = Field(
                "input", "credits", _("How many credits"), _hint(package), type="text", inputmode="decimal",
                maxlength=LONGEST, **{"^value": written.typed(package.credits)},
            )  # fmt: skip
        made.control.mark("own-amount")
        # Every key a moment later, and whatever is left at once: what was typed last is read before a button is.
        made.control.on("input", self._typed, throttle=TYPING_SECONDS, leading_events=False, js_handler=TYPED)
        made.control.on("change", self._typed, js_handler=TYPED)
        return made

    def _typed(self, event: GenericEventArguments) -> None:
        field, text = self._field, event.args if isinstance(event.args, str) else ""
        if field is None:
            return
        try:
            self._package = self._package.giving(written.read_credits(text[:LONGEST]))
        except BadInput as refused:
            self._wrong = worded(refused.sentence)
            field.refuse(self._wrong, leads=False)
        else:
            self._wrong = ""
            field.clear()
        self._on_change()


def _hint(package: Package) -> str:
    least, most = package.limits
    steps = _("{least} to {most}, in steps of {step}.", least=least, most=most, step=package.single.credits)
    return " ".join([steps, *map(_promise, sorted(package.bonuses, key=lambda step: step.least))])


def _promise(step: BonusStep) -> str:
    if step.percent:
        share = written.percent(Credits(step.percent), Credits(100))
        return _("From {credits} on you get {percent} more.", credits=step.least, percent=share)
    return _("From {credits} on you get {bonus} more.", credits=step.least, bonus=step.credits)
