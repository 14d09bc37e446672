"""All objects of the sandbox in memory, the one source of its time, and the file that lets both survive a restart.
Every resource works on a `World`; what time brings is in `agenda`.
"""

from __future__ import annotations

import json
import os
import random
import string
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.errors import Json, missing

TEST_CLOCKS = "test_helpers.test_clock"
ALPHABET = string.ascii_letters + string.digits
_dice = random.Random()  # noqa: S311  ids must differ, nobody has to be kept from guessing them


def new_id(prefix: str, length: int = 14) -> str:
    """An id with Stripe's prefix: `new_id("cus_")`, or `new_id("pi_3", 23)` for the longer newer kind."""
    return prefix + "".join(_dice.choices(ALPHABET, k=length))


@dataclass
class Clock:
    """The machine's time, and how far somebody moved it ahead. Whole Unix seconds: Stripe's timestamps have no finer
    grain. Time never runs backwards, as with Stripe's test clocks.
    """

    ahead_seconds: int = 0

    def now(self) -> int:
        return int(time.time()) + self.ahead_seconds

    def advance_to(self, moment: int) -> None:
        """Moves ahead to this moment; a moment that is past already changes nothing."""
        self.ahead_seconds += max(0, moment - self.now())


@dataclass
class World:
    """One test account. `tables` maps an object type to its objects by id, oldest first.

    Keys that start with an underscore belong to the sandbox and are never shown (see `expand.render`).
    """

    clock: Clock = field(default_factory=Clock)
    tables: dict[str, dict[str, Json]] = field(default_factory=dict)
    listeners: list[Callable[[Json], None]] = field(default_factory=list)
    reactions: Mapping[str, Sequence[Callable[[Call, Json], object]]] = field(default_factory=dict)
    acts: Mapping[str, Callable[[Call, str], object]] = field(default_factory=dict)
    revision: int = 0

    def table(self, noun: str) -> dict[str, Json]:
        return self.tables.setdefault(noun, {})

    def add(self, thing: Json) -> Json:
        self.table(thing["object"])[thing["id"]] = thing
        self.touch()
        return thing

    def now(self, test_clock: str | None = None) -> int:
        """The time of everybody, or the one a test clock shows."""
        if test_clock is None:
            return self.clock.now()
        return int(self.tables[TEST_CLOCKS][test_clock]["frozen_time"])

    def touch(self) -> None:
        """Something changed: the state file is due."""
        self.revision += 1

    def clear(self) -> None:
        self.tables.clear()
        self.clock.ahead_seconds = 0
        self.touch()


@dataclass
class Call:
    """One act upon the world: what was asked, and by whom.
    Control actions have no request id, as in Stripe's dashboard.
    """

    world: World
    params: Json = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    request_id: str | None = None
    idempotency_key: str | None = None
    publishable: bool = False
    origin: str = ""
    test_clock: str | None = None

    @property
    def now(self) -> int:
        return self.world.now(self.test_clock)

    def live_by(self, thing: Json) -> None:
        """From here on this call happens at the time of the thing's test clock, or of its customer's."""
        customer = self.world.table("customer").get(str(thing.get("customer")), {})
        self.test_clock = thing.get("test_clock") or customer.get("test_clock") or self.test_clock

    def find(self, noun: str, param: str, *, name: str | None = None) -> Json:
        """The object named in the path; 404 when absent. `param` and `name` are the words Stripe uses in its error."""
        found = self.world.table(noun).get(self.ids["id"])
        if found is None:
            raise missing(name or noun, self.ids["id"], param)
        self.live_by(found)
        return found

    def refer(self, noun: str, param: str, *, name: str | None = None) -> Json | None:
        """The live object named by a parameter, None when the parameter is absent or empty; 400 when it does not
        exist.
        """
        object_id = self.params.get(param)
        if object_id is None:
            return None
        found = self.world.table(noun).get(object_id)
        if found is None or found.get("deleted"):
            raise missing(name or noun, object_id, param, status=400)
        self.live_by(found)
        return found


def load(world: World, path: Path) -> None:
    """Fills the world from the file; a file that does not exist yet is an empty account."""
    if not path.exists():
        return
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    world.tables.clear()
    world.tables.update(stored["tables"])
    world.clock.ahead_seconds = stored.get("ahead_seconds", 0)


def save(text: str, path: Path) -> None:
    """Replaces the file in one step, so that a crash leaves the old state or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(path.suffix + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def dump(world: World) -> str:
    stored = {"tables": world.tables, "ahead_seconds": world.clock.ahead_seconds}
    return json.dumps(stored, separators=(",", ":"))
