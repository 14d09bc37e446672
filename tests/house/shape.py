"""The size of things: files, functions, nesting, and the first lines that say what a file is for."""

import ast
from collections.abc import Iterator

from tests.house.source import Offence, Project, Source

SHORTEST_FILE, LONGEST_FILE, LONGEST_FUNCTION, DEEPEST = 40, 250, 40, 3

# a step of a migration is as long as the tables it makes, and is never edited again
HISTORY = "migrations/versions/"
# Alembic wants env.py beside its versions, however little there is to say
MAY_BE_SHORT = ("__init__.py", "__main__.py", "migrations/env.py")

Function = ast.FunctionDef | ast.AsyncFunctionDef
DEEPER = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
MARKUP = (ast.With, ast.AsyncWith)


def file_sizes(project: Project) -> Iterator[Offence]:
    for source in project.sources:
        length = len(source.lines)
        code = source.path.endswith((".py", ".js", ".css")) and not source.path.endswith((".min.js", ".min.css"))
        if not code or source.path.startswith(HISTORY):
            continue
        if length > LONGEST_FILE:
            repair = "split it by noun; the most interesting function stays first"
            yield Offence(source.path, LONGEST_FILE, f"{length} lines, at most {LONGEST_FILE}", repair)
        elif source.is_python and length < SHORTEST_FILE and not source.path.endswith(MAY_BE_SHORT):
            repair = "join it with the module that uses it"
            yield Offence(source.path, 1, f"{length} lines, at least {SHORTEST_FILE}", repair)


def function_sizes(project: Project) -> Iterator[Offence]:
    for source, function in _functions(project):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            what = f"`{function.name}` has {length} lines, at most {LONGEST_FUNCTION}"
            yield Offence(source.path, function.lineno, what, "name its parts and move them below it")


def nesting(project: Project) -> Iterator[Offence]:
    for source, function in _functions(project):
        # in pages a `with` says what lies inside what on the screen, it is no branch
        counted = tuple(set(DEEPER) - set(MARKUP)) if source.path.startswith("pages/") else DEEPER
        depth = _depth(function.body, counted)
        if depth > DEEPEST:
            what = f"`{function.name}` nests {depth} deep, at most {DEEPEST}"
            repair = "return early, or give the inner block a name of its own"
            yield Offence(source.path, function.lineno, what, repair)


def opening_lines(project: Project) -> Iterator[Offence]:
    for source in project.python:
        if not (ast.get_docstring(source.tree) or "").strip():
            repair = "open with one to three lines in a docstring: its duty, and who may import it"
            yield Offence(source.path, 1, "the file does not say what it is for", repair)


def _functions(project: Project) -> Iterator[tuple[Source, Function]]:
    for source in project.python:
        if not source.path.startswith(HISTORY):
            yield from ((source, node) for node in source.nodes if isinstance(node, Function))


def _depth(body: list[ast.stmt], counted: tuple[type[ast.stmt], ...]) -> int:
    return max((_depth_of(statement, counted) for statement in body), default=0)


def _depth_of(statement: ast.stmt, counted: tuple[type[ast.stmt], ...]) -> int:
    if isinstance(statement, (Function, ast.ClassDef)):
        return 0  # counted as a function of its own
    inside = max((_depth(block, counted) for block in _blocks(statement)), default=0)
    otherwise = _otherwise(statement, counted)
    return max(inside + isinstance(statement, counted), otherwise)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for part in ("body", "finalbody"):
        yield getattr(statement, part, [])
    if not _is_elif(statement):
        yield getattr(statement, "orelse", [])
    for arm in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield arm.body


def _otherwise(statement: ast.stmt, counted: tuple[type[ast.stmt], ...]) -> int:
    """An `elif` stands beside its `if`, not inside it."""
    return _depth(statement.orelse, counted) if isinstance(statement, ast.If) and _is_elif(statement) else 0


def _is_elif(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and len(statement.orelse) == 1 and isinstance(statement.orelse[0], ast.If)
