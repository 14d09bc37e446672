"""All objects of the sandbox, in memory, and the file that lets them survive a restart.
Every resource works on a `World`.
"""

from __future__ import annotations

import json
import os
import random
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.clock import Clock, WallClock
from sandbox.errors import Json, missing

ALPHABET = string.ascii_letters + string.digits
_dice = random.SystemRandom()


def new_id(prefix: str, length: int = 14) -> str:
    """An id with Stripe's prefix: `new_id("cus_")`, or `new_id("pi_3", 23)` for the longer newer kind."""
    return prefix + "".join(_dice.choices(ALPHABET, k=length))


@dataclass
class World:
    """One test account. `tables` maps an object type to its objects by id, oldest first.

    Keys that start with an underscore belong to the sandbox and are never shown (see `expand.render`).
    """

    clock: Clock = field(default_factory=WallClock)
    tables: dict[str, dict[str, Json]] = field(default_factory=dict)
    listeners: list[Callable[[Json], None]] = field(default_factory=list)
    revision: int = 0

    def table(self, noun: str) -> dict[str, Json]:
        return self.tables.setdefault(noun, {})

    def add(self, thing: Json) -> Json:
        self.table(thing["object"])[thing["id"]] = thing
        self.touch()
        return thing

    def touch(self) -> None:
        """Something changed: the state file is due."""
        self.revision += 1

    def clear(self) -> None:
        self.tables.clear()
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

    @property
    def now(self) -> int:
        return self.world.clock.now()

    def find(self, noun: str, param: str, *, name: str | None = None) -> Json:
        """The object named in the path; 404 when absent. `param` and `name` are the words Stripe uses in its error."""
        found = self.world.table(noun).get(self.ids["id"])
        if found is None:
            raise missing(name or noun, self.ids["id"], param)
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
        return found


def load(world: World, path: Path) -> None:
    """Fills the world from the file; a file that does not exist yet is an empty account."""
    if not path.exists():
        return
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    world.tables.clear()
    world.tables.update(stored["tables"])


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
    return json.dumps({"tables": world.tables}, separators=(",", ":"))
