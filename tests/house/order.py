"""Verbs call verbs downwards only, in the order `billing/__init__.py` declares, and no modules form a ring."""

import ast
from collections.abc import Iterator

from tests.house.rooms import imports_of
from tests.house.source import Offence, Project, Source

HOME = "billing/__init__.py"


def declared_order(project: Project) -> tuple[str, ...] | None:
    """The names in `ORDER` of billing/__init__.py, highest first, or None when it declares none."""
    for source in project.python_under(HOME):
        for node in source.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == "ORDER" for target in targets):
                value = getattr(node, "value", None)
                return tuple(ast.literal_eval(value)) if isinstance(value, (ast.Tuple, ast.List)) else None
    return None


def verbs_out_of_order(project: Project) -> Iterator[Offence]:
    verbs = [source for source in project.python_under("billing/") if _is_verb(source)]
    order = declared_order(project)
    if order is None:
        if verbs:
            repair = 'write ORDER = ("highest", ..., "lowest") with the name of every verb file'
            yield Offence(HOME, 1, "no ORDER is declared", repair)
        return
    for name in order:
        if f"billing.{name}" not in project.modules:
            repair = "take the name out, or write the file"
            yield Offence(HOME, 1, f"ORDER names `{name}`, which does not exist", repair)
    for source in verbs:
        yield from _upward_calls(source, order)


def _upward_calls(source: Source, order: tuple[str, ...]) -> Iterator[Offence]:
    own = source.module.removeprefix("billing.")
    if own not in order:
        yield Offence(source.path, 1, f"`{own}` is not in ORDER", f"give it its place in {HOME}, above what it calls")
        return
    for line, name in imports_of(source):
        parts = name.split(".")
        if parts[0] == "billing" and len(parts) > 1 and parts[1] in order and order.index(parts[1]) < order.index(own):
            repair = f"verbs call downwards only; move the shared part below both, or change ORDER in {HOME}"
            yield Offence(source.path, line, f"`{own}` imports `{parts[1]}`, which stands above it", repair)


def _is_verb(source: Source) -> bool:
    return source.path.count("/") == 1 and source.path != HOME


def rings(project: Project) -> Iterator[Offence]:
    """Each ring of imports once, told from its first module in the alphabet."""
    graph = {source.module: _neighbours(source, project.modules) for source in project.python}
    paths = {source.module: source.path for source in project.python}
    for start in sorted(graph):
        ring = _way_back(graph, start)
        if ring and start == min(ring):
            way = " > ".join([*ring, start])
            repair = "move what both need into a third module below them, or hand it in as an argument"
            yield Offence(paths[start], 1, f"modules import each other in a ring: {way}", repair)


def _way_back(graph: dict[str, set[str]], start: str) -> list[str]:
    """The shortest way along imports from `start` back to itself, or nothing."""
    came_from: dict[str, str] = {}
    rim = [start]
    while rim:
        step = [(here, there) for here in rim for there in sorted(graph[here])]
        rim = []
        for here, there in step:
            if there == start:
                return _trail(came_from, start, here)
            if there not in came_from:
                came_from[there] = here
                rim.append(there)
    return []


def _trail(came_from: dict[str, str], start: str, last: str) -> list[str]:
    trail = [last]
    while trail[-1] != start:
        trail.append(came_from[trail[-1]])
    return trail[::-1]


def _neighbours(source: Source, known: frozenset[str]) -> set[str]:
    found = set()
    for _, name in imports_of(source):
        owner = name.rpartition(".")[0]
        target = name if name in known else owner if owner in known else None
        if target is not None and target != source.module:
            found.add(target)
    return found
