"""Results as a table for a person and as JSON for whoever compares runs. Only benchmarks import it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).with_name("results")
LIBRARIES = ("fastapi", "uvicorn", "uvloop", "sqlalchemy", "psycopg")


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` is the median of the rounds' own ratios, a over b; for `p99 ...` it is milliseconds.

    `at_most` turns the goal round: lower is better.
    """

    figure: str
    engine: str
    ratio: float
    goal: float
    least: float
    a_per_second: float
    b_per_second: float
    rounds: tuple[float, ...]
    at_most: bool = False

    @property
    def met(self) -> str:
        """goal, least or missed."""
        sign = -1 if self.at_most else 1
        if sign * self.ratio >= sign * self.goal:
            return "goal"
        return "least" if sign * self.ratio >= sign * self.least else "missed"


def compared(
    figure: str, engine: str, pairs: Sequence[tuple[float, float]], goal: float, least: float, *, at_most: bool = False
) -> Result:
    """The result of rounds that alternated between a and b; each pair holds what they reached a second."""
    ratios = tuple(round(a / b, 4) for a, b in pairs)
    a, b = (round(median(side), 1) for side in zip(*pairs, strict=True))
    return Result(figure, engine, median(ratios), goal, least, a, b, ratios, at_most)


def table(results: Sequence[Result]) -> str:
    """One line a figure, the missed ones marked."""
    lines = [
        f"{'figure':<28}{'engine':<10}{'ratio':>8}{'goal':>9}{'least':>8}  {'met':<7}{'a/s':>11}{'b/s':>11}  spread"
    ]
    for each in results:
        sign = "<" if each.at_most else ">"
        lines.append(
            f"{each.figure:<28}{each.engine:<10}{each.ratio:>8.3f}{sign:>3} {each.goal:<5g}{each.least:>8g}  "
            f"{each.met:<7}{each.a_per_second:>11,.0f}{each.b_per_second:>11,.0f}"
            f"  {min(each.rounds):.3f} .. {max(each.rounds):.3f}"
        )
    return "\n".join(lines)


def save(results: Sequence[Result], name: str = "latest.json") -> Path:
    """Writes the results with what is needed to judge them."""
    here = machine()
    return write([asdict(each) | {"met": each.met, "machine": here} for each in results], name)


def write(found: object, name: str) -> Path:
    """The same for whatever JSON can hold."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / name
    path.write_text(json.dumps(found, indent=1) + "\n")
    return path


def machine() -> dict[str, Any]:
    """Where and when it was measured, and what others were doing there."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "versions": {library: version(library) for library in LIBRARIES},
        "load_before": _LOAD,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }


_LOAD = round(os.getloadavg()[0], 2)
"""What others were doing here when the run began: above 0.5, figures are somebody else's noise."""
