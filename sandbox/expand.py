"""What the caller gets to see of an object: private keys taken out, `expand[]` paths filled in.
Used by `dispatch` and `events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.errors import Json, malformed
from sandbox.state import World

Links = Mapping[str, Mapping[str, str]]
DEEPEST = 4


def render(world: World, thing: Json, paths: list[str], links: Links) -> Json:
    """A copy without private keys, in which each path such as `latest_charge.balance_transaction` is an object.

    An unknown path is refused with 400, as Stripe does; a path deeper than four steps too.
    """
    shown: Json = bare(thing)
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            message = f"You cannot expand more than {DEEPEST} levels of a property ({path})."
            raise malformed(message, "expand", "property_expansion_max_depth")
        _walk(world, shown, steps, path, links)
    return shown


def bare(value: Any) -> Any:
    """A deep copy without keys that start with an underscore."""
    if isinstance(value, dict):
        return {key: bare(inner) for key, inner in value.items() if not key.startswith("_")}
    if isinstance(value, list):
        return [bare(inner) for inner in value]
    return value


def _walk(world: World, here: Json, steps: list[str], path: str, links: Links) -> None:
    step, rest = steps[0], steps[1:]
    if here.get("object") == "list" and step == "data":
        if not rest:
            raise _not_expandable(path)
        for row in here["data"]:
            _walk(world, row, rest, path, links)
        return
    target = links.get(here.get("object", ""), {}).get(step)
    value = here.get(step)
    if target is None and not (rest and isinstance(value, dict)):
        raise _not_expandable(path)
    if target is not None and isinstance(value, str):
        here[step] = value = bare(world.table(target)[value])
    if rest and isinstance(value, dict):
        _walk(world, value, rest, path, links)


def _not_expandable(path: str) -> Exception:
    message = f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead."
    return malformed(message, "expand")
