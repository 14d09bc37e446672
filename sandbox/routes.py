"""How a resource declares itself: its routes and which of its fields can be expanded. Every resource imports this."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.errors import Json
from sandbox.params import Flag, Group, Kind, Many, Span, Text, Whole
from sandbox.state import Call

Handler = Callable[[Call], Json]

PAGING: dict[str, Kind] = {
    "limit": Whole(least=1, most=100),
    "starting_after": Text(unset=False),
    "ending_before": Text(unset=False),
}
LISTING: dict[str, Kind] = {**PAGING, "created": Span()}
ACTIVE: dict[str, Kind] = {"active": Flag()}


@dataclass(frozen=True)
class Route:
    """One (method, path). `browser` routes may be called with the publishable key and the object's client secret."""

    method: str
    path: str
    handler: Handler
    accepts: Mapping[str, Kind] = field(default_factory=dict)
    browser: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))

    @cached_property
    def shape(self) -> Group:
        names = {**self.accepts, "expand": Many(of=Text(), most=20)}
        if self.browser:
            names |= {"key": Text(), "client_secret": Text()}
        return Group(names=names)


@dataclass(frozen=True)
class Resource:
    """A noun of the API. `links` maps an object type to its expandable fields and the types they hold."""

    routes: tuple[Route, ...] = ()
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
