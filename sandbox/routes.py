"""How a resource declares itself: its routes and which of its fields can be expanded. Every resource imports this."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.errors import Json
from sandbox.expand import Links
from sandbox.params import Flag, Group, Kind, Many, Span, Text, Whole
from sandbox.state import Call

Handler = Callable[[Call], Json]
Act = Callable[[Call, str], object]
Reaction = Callable[[Call, Json], object]

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
    """A noun of the API.

    `links` maps an object type to its expandable fields and what they hold.
    `acts` are what time brings, by the name `agenda.later` was given; each gets a call and the id of its subject.
    `reactions` are what follows from an event of another noun: each gets the call and the live object it told of.
    """

    routes: tuple[Route, ...] = ()
    links: Links = field(default_factory=dict)
    acts: Mapping[str, Act] = field(default_factory=dict)
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
