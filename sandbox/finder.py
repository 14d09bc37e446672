"""Finds the route of an address without looking through them all. Used by `registry` only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.routes import Route

# Routes can only fit an address with the same method, as many steps and the same noun.
Place = tuple[str, int, str]


@dataclass(frozen=True)
class Match:
    """A route and the ids its path holds."""

    route: Route
    ids: dict[str, str]


class Finder:
    """All routes of the sandbox, laid out by their places."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._places: dict[Place, list[tuple[list[str], Route]]] = {}
        for route in sorted(routes, key=lambda route: route.path.count("{")):
            steps = route.path.split("/")
            self._places.setdefault((route.method, len(steps), steps[2]), []).append((steps, route))

    def match(self, method: str, path: str) -> Match | None:
        """The route for this address; a literal path wins over one with an id in the same place."""
        asked = path.split("/")
        noun = asked[2] if len(asked) > 2 else ""
        for steps, route in self._places.get((method, len(asked), noun), ()):
            ids = _ids(steps, asked)
            if ids is not None:
                return Match(route, ids)
        return None


def _ids(steps: list[str], asked: list[str]) -> dict[str, str] | None:
    ids: dict[str, str] = {}
    for step, word in zip(steps, asked, strict=True):
        if step[:1] == "{" and word:
            ids[step[1:-1]] = word
        elif step != word:
            return None
    return ids
