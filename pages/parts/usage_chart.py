"""Bars over time, drawn in the browser by ECharts. Only pages about usage and insights have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nicegui
from nicegui import ui

from billing.rules.windows import Window
from pages.parts import format as written
from pages.parts.halves import half

LIBRARY = Path(nicegui.__file__).parent / "elements" / "echart" / "dist"
"""NiceGUI brings ECharts along; its own element would fetch it before the page is drawn."""

REST = "--chart-rest"


@dataclass(frozen=True, slots=True)
class Series:
    """The bars of one group, a value for each label: `heights` are plain decimals, `texts` the same as people read."""

    name: str
    colour: str
    heights: Sequence[str]
    texts: Sequence[str]


class UsageChart(ui.element, esm={"nicegui-echart": str(LIBRARY)}):
    """What it shows is said by `about` as well; `on_pick` hears the place of a bar that was clicked."""

    def __init__(self, failed: str, on_pick: Callable[..., Any]) -> None:
        """`failed` is said where the drawing would be, when the library cannot be fetched."""
        super().__init__(half("usage_chart"))
        self.props["failed"] = failed
        self.show("", [], [], [], [])
        self.on("pick", on_pick)

    def show(
        self, about: str, labels: Sequence[str], marks: Sequence[str], totals: Sequence[str], series: Sequence[Series]
    ) -> None:
        """Replaces everything. `marks` name a bar in full where its label is short."""
        self.props["about"], self.props["labels"], self.props["marks"] = about, list(labels), list(marks)
        self.props["totals"], self.props["series"] = list(totals), [asdict(each) for each in series]
        self.update()


def colour(place: int) -> str:
    """The name of the token for the series at that place."""
    return f"--chart-{place + 1}"


def step_names(window: Window) -> tuple[list[str], list[str]]:
    """What stands under the bars, short; and in full."""
    if window.hourly:
        hours = window.edges[:-1]
        return list(map(written.hour, hours)), list(map(written.moment, hours))
    days = [window.day(each) for each in range(window.steps)]
    return list(map(written.short_day, days)), list(map(written.long_day, days))
