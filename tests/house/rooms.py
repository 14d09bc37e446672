"""Who may import whom: the rooms of the house, the direction between them, and who may hold which foreign library.

app > cli, cli_*, pages, api > auth > billing verbs > { locales, billing.store, billing.gateways } > billing.rules
"""

import ast
import sys
from collections.abc import Iterator

from tests.house.source import Offence, Project, Source

EVERYTHING = {
    "app",
    "cli",
    "cli_grants",
    "cli_stripe",
    "pages",
    "api",
    "auth",
    "locales",
    "billing",
    "billing.store",
    "billing.gateways",
    "billing.rules",
}

# a room, and the other rooms it may import
ROOMS: dict[str, set[str]] = {
    "app": EVERYTHING,
    "cli": {"auth", "billing", "billing.rules", "cli_grants"},
    "cli_grants": {"billing", "billing.rules"},
    "cli_stripe": {"billing", "billing.rules"},
    "pages": {"auth", "locales", "billing", "billing.rules"},
    "api": {"auth", "billing", "billing.rules"},
    # sessions and keys live in the same database as the ledger, so auth may see the store
    "auth": {"locales", "billing", "billing.store", "billing.rules"},
    "locales": {"billing.rules"},
    # mail is written when nobody looks at a page that could say it
    "billing": {"locales", "billing.store", "billing.gateways", "billing.rules"},
    "billing.store": {"billing.rules"},
    "billing.gateways": {"billing.rules"},
    "billing.rules": set(),
    "sandbox": set(),  # app starts it as a process of its own; production images leave it out
    "migrations": {"billing.store", "billing.rules"},
    # these two look at everything from outside
    "tests": EVERYTHING | {"sandbox", "migrations", "benchmarks"},
    "benchmarks": EVERYTHING | {"sandbox", "migrations", "tests"},
}

# a foreign library, and the rooms that may hold it; tests, benchmarks look from outside
FOREIGN: dict[str, set[str]] = {
    "nicegui": {"app", "pages"},
    "fastapi": {"app", "api", "auth", "sandbox"},
    "starlette": {"app", "api", "auth", "sandbox"},
    "stripe": {"billing.gateways", "sandbox"},
}
OUTSIDE = {"tests", "benchmarks"}


def room_of(name: str) -> str | None:
    """The room a dotted name lies in, or None when it is no part of the project."""
    parts = name.split(".")
    inner = ".".join(parts[:2])
    return inner if inner in ROOMS else parts[0] if parts[0] in ROOMS else None


def imports_of(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything imported: `from a import b` is `a.b`."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(source, node)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _base(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = source.module.split(".")
    keep = len(parts) - node.level + source.path.endswith("/__init__.py")
    return ".".join([*parts[:keep], *([node.module] if node.module else [])])


def unknown_rooms(project: Project) -> Iterator[Offence]:
    for source in project.python:
        if room_of(source.module) is None:
            yield Offence(
                source.path,
                1,
                f"`{source.module}` lies in no room",
                f"move it into one of {', '.join(sorted(ROOMS))}, or give the new room its row in tests/house/rooms.py",
            )


def wrong_direction(project: Project) -> Iterator[Offence]:
    for source in project.python:
        room = room_of(source.module) or ""
        for line, name in imports_of(source):
            target = room_of(name)
            if target is None or target == room or target in ROOMS.get(room, EVERYTHING):
                continue
            allowed = ", ".join(sorted(ROOMS[room])) or "no other room"
            repair = f"`{room}` may import {allowed}; move the code down, or hand the value in as an argument"
            yield Offence(source.path, line, f"`{room}` imports `{name}` of `{target}`", repair)


def foreign_libraries(project: Project) -> Iterator[Offence]:
    for source in project.python:
        room = room_of(source.module) or ""
        for line, name in imports_of(source):
            holders = FOREIGN.get(name.split(".")[0])
            if holders is not None and room not in holders | OUTSIDE:
                repair = f"only {', '.join(sorted(holders))} may; let them translate into our own types"
                yield Offence(source.path, line, f"`{room}` imports `{name}`", repair)


def impure_rules(project: Project) -> Iterator[Offence]:
    for source in project.python_under("billing/rules/"):
        for line, name in imports_of(source):
            if room_of(name) is None and name.split(".")[0] not in sys.stdlib_module_names:
                repair = "rules know the standard library and each other only; do this outside, hand in plain values"
                yield Offence(source.path, line, f"a rule imports `{name}`", repair)
