"""What was measured of pages, as a document that holds it against others. Only benchmarks/pages uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

QUIET = 0.5
"""A machine with more to do than that measures others as well."""

PEERS: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    ("control-layer, Cost Management", "cold", (28, 520, 548, "729", "981", "–", "282", "6.2")),
    ("control-layer, Cost Management", "warm", (28, 8.5, 400, "563", "874", "–", "282", "6.2")),
    ("control-layer, Cost Management", "slow cold", (28, 520, 3240, "4030", "4390", "–", "–", "6.4")),
    ("control-layer, Cost Management", "slow warm", (28, 8.5, 1180, "1750", "2160", "–", "–", "–")),
    ("control-layer, Usage", "cold", (24, 506, 408, "–", "876", "–", "325", "5.6")),
    ("control-layer, Usage", "warm", (24, 7.8, 464, "–", "931", "–", "325", "5.6")),
)
"""Measured beside an earlier prototype of ours with one script: its production build, gzip, its own API."""

HEAD = """\
# How soon a page is there

Made by `python -m benchmarks.pages`. Chromium visits over loopback, at 1440 by 900 pixels, signed in, with 60 uses and
a grant in the account; static files are compressed as in an image. *Cold* is a browser that was never here, *warm* its
next visit, *slow* a line of 1.6 Mbit/s with 150 ms of delay and a processor at a quarter of its speed. Bytes are those
on the wire with their headers, and what the browser had already counts as a request all the same; a time counts from
the navigation until the balance, or a row of the table, was painted with a digit in it, and *usable* from when the
scripts had drawn the page: what stands there before can be read, but not pressed. Ours are medians.
"""
PEERS_HEAD = """\
The peer was measured on the same kind of machine (two cores) on another day by another script of the same method: the
production build of control-layer behind gzip, with its own API; differences under a third mean nothing. It buys on
Stripe's site, so its page has no card form; tab stops were counted by hand.
"""


@dataclass(frozen=True)
class Target:
    """What was aimed at, and what came of it."""

    name: str
    most: float
    reached: float
    unit: str = ""

    @property
    def held(self) -> bool:
        """Whether it is no more than was aimed at."""
        return self.reached <= self.most


def document(kept: dict[str, Any]) -> str:
    """The whole page in Markdown."""
    return "\n".join([HEAD, ours(kept), "", _aims(kept), "", PEERS_HEAD, _peers(), "", _where(kept)]) + "\n"


def ours(kept: dict[str, Any]) -> str:
    """Our own figures."""
    return "\n".join([_head("page"), *_rows(kept)])


def targets(kept: dict[str, Any]) -> list[Target]:
    """Everything that was aimed at."""
    home, usage = kept["pages"]["/"], kept["pages"]["/usage"]
    found = [
        Target("overview, cold, on the wire", 400, home["cold"]["wire_bytes"] / 1000, "kB"),
        Target("usage, cold, on the wire", 800, usage["cold"]["wire_bytes"] / 1000, "kB"),
        Target("overview, cold, requests", 20, home["cold"]["requests"]),
        Target("tab stops to *Buy credits*", 3, kept["tab_stops"]["by the skip link"]),
    ]
    for case, most in (("cold", 600), ("warm", 350), ("slow cold", 3000), ("slow warm", 1300)):
        if home[case]:
            found.append(Target(f"balance seen, {case}", most, home[case]["balance"], "ms"))
            found.append(Target(f"table seen, {case}", most, home[case]["table"], "ms"))
    return found


def _head(first: str) -> str:
    names = [first, "visit", "requests", "kB", "first paint", "balance", "table", "usable", "DOM nodes", "heap MB"]
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def _rows(kept: dict[str, Any]) -> Iterator[str]:
    for path, cases in kept["pages"].items():
        for case, each in cases.items():
            if each:
                cells = [
                    f"`{path}`", case, each["requests"], f"{each['wire_bytes'] / 1000:.1f}", f"{each['fcp']} ms",
                    f"{each['balance']} ms", f"{each['table']} ms", f"{each['usable']} ms",
                    each["nodes"], f"{each['heap_bytes'] / 1e6:.1f}",
                ]  # fmt: skip
                yield f"| {' | '.join(map(str, cells))} |"


def _aims(kept: dict[str, Any]) -> str:
    lines = ["| aim | at most | reached | |", "|---|---|---|---|"]
    for each in targets(kept):
        held = "held" if each.held else "**missed**"
        lines.append(f"| {each.name} | {each.most:g} {each.unit} | {each.reached:.0f} {each.unit} | {held} |")
    return "\n".join(lines)


def _peers() -> str:
    rows = [f"| {name} | {case} | {' | '.join(_shown(place, each) for place, each in enumerate(found))} |"
            for name, case, found in PEERS]  # fmt: skip
    return "\n".join([_head("peer"), *rows, "", "Its tab stops to *Add to credit balance*: 32."])


def _shown(place: int, value: object) -> str:
    return f"{value} ms" if place in (2, 3, 4, 5) and value != "–" else str(value)


def _where(kept: dict[str, Any]) -> str:
    here = kept["machine"]
    said = f"Measured on {here['cores']} cores at {here['when']}, with a load of {here['load_before']} before it began."
    return said if here["load_before"] <= QUIET else f"{said} That is a busy machine: its times are upper bounds."
