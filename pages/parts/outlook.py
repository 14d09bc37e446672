"""How long the credits last, in a sentence and a small line of the last weeks. Only the overview has it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from nicegui import ui

from billing.rules.forecasts import Forecast
from billing.rules.money import Credits
from pages.parts import format as written
from pages.parts.halves import half
from pages.parts.stills import NOTHING, Still
from pages.parts.tags import Tag
from pages.words import _, n_

WIDTH, HEIGHT, EDGE = 240, 48, 3

_ZERO = Markup('<line class="zero" x1="0" x2="{x}" y1="{y}" y2="{y}"></line>')


class Outlook:
    """Built in `place`; `show` fills it, or hides it where nothing can be told yet."""

    def __init__(self, place: Tag) -> None:
        self._body = place.classes("outlook").mark("outlook")
        with self._body:
            self._sentence = Tag("p", classes="muted")
            self._line = Sparkline()
        self._body.set_visibility(False)

    def show(self, told: Forecast | None) -> None:
        """A balance that only a week old account has would draw a line of nothing."""
        self._body.set_visibility(told is not None)
        if told is not None:
            self._sentence.text = sentence(told)
            self._line.show(told.balances)


class Sparkline(ui.element):
    """A balance a day, oldest first. Positions are whole numbers, reckoned here: nothing is reckoned in the browser."""

    def __init__(self) -> None:
        super().__init__(half("sparkline"))
        self.props["label"] = self.props["points"] = ""

    def show(self, balances: Sequence[Credits]) -> None:
        """Draws them from the lowest to the highest, zero among them."""
        micros = [each.micro for each in balances]
        low, high = min(0, *micros), max(0, *micros)
        places = [_height(micro, low, high) for micro in micros]
        step = max(1, len(micros) - 1)
        self.props["points"] = " ".join(f"{place * WIDTH // step},{y}" for place, y in enumerate(places))
        self.props["zero"] = _height(0, low, high) if low < 0 else None
        days, first, last = len(micros) - 1, written.credits(balances[0]), written.credits(balances[-1])
        self.props["label"] = _("Balance of the last {n} days, from {first} to {last}.", n=days, first=first, last=last)
        self.update()

    def still(self, _inner: Markup) -> Still:
        """The same."""
        look = {"class": "sparkline", "viewBox": f"0 0 {WIDTH} {HEIGHT}", "preserveAspectRatio": "none"}
        zero, points = self.props.get("zero"), self.props["points"]
        line = NOTHING if zero is None else _ZERO.format(x=WIDTH, y=zero)
        return Still("svg", look, Markup('{}<polyline points="{}"></polyline>').format(line, points))


def sentence(told: Forecast) -> str:
    """How long, as exactly as a rate can tell it."""
    days = told.days_left
    if told.used.micro <= 0:
        return _("Nothing was used in the last 7 days.")
    if days is None:
        return _("Lasts more than a year at the last 7 days' rate.")
    if days < 1:
        return _("Lasts less than a day at the last 7 days' rate.")
    return n_("Lasts about {n} day at the last 7 days' rate.", "Lasts about {n} days at the last 7 days' rate.", days)


def _height(micro: int, low: int, high: int) -> int:
    """From the top of the drawing."""
    span = (high - low) or 1
    return EDGE + (high - micro) * (HEIGHT - 2 * EDGE) // span
