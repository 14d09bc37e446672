"""What the caller gets to see of an object: private keys taken out, `expand[]` paths filled in.
Used by `dispatch` and `events`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import Json, malformed
from sandbox.state import World

# By object type, then by field; the field of a part is named by its way, `parent.subscription_details.subscription`.
# A field holds the id of an object of the named type, or a list of such ids; or it is left out unless asked for, and
# then computed.
Link = str | Callable[[World, Json], Any]
Links = Mapping[str, Mapping[str, Link]]
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


def _walk(
    world: World, here: Json, steps: list[str], path: str, links: Links, within: tuple[Json, str] | None = None
) -> None:
    """`within` is the object a plain part belongs to, and the way from it: `(an invoice, "parent.")`."""
    step, rest = steps[0], steps[1:]
    if here.get("object") in ("list", "search_result") and step == "data":
        if not rest:
            raise _not_expandable(path)
        for row in here["data"]:
            _walk(world, row, rest, path, links)
        return
    owner, way = within if within and "object" not in here else (here, "")
    target = links.get(owner.get("object", ""), {}).get(way + step)
    if target is None and not (rest and isinstance(here.get(step), dict | list)):
        raise _not_expandable(path)
    if target is not None:
        here[step] = _filled(world, owner, here, step, target)
    value = here[step]
    for inner in value if isinstance(value, list) else [value]:
        if rest and isinstance(inner, dict):
            _walk(world, inner, rest, path, links, (owner, f"{way}{step}."))


def _filled(world: World, owner: Json, here: Json, step: str, link: Link) -> Any:
    if not isinstance(link, str):
        return bare(link(world, world.table(owner["object"])[owner["id"]]))
    value, table = here.get(step), world.table(link)
    if isinstance(value, list):
        return [bare(table[inner]) if isinstance(inner, str) else inner for inner in value]
    return bare(table[value]) if isinstance(value, str) else value


def _not_expandable(path: str) -> Exception:
    message = f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead."
    return malformed(message, "expand")
