"""Habits of the hand: where the environment is read, how errors are caught, and that no float comes near money."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.house.source import Offence, Project, Source

# who may catch everything, and why
BROAD = {
    "app.py": "the lifespan must stop everything it started, whatever broke",
    "api/problems.py": "the edge to programs: an unknown error becomes a plain 500, and is logged",
    "api/webhooks.py": "the door to Stripe: whatever a stranger sends is an answer, never a crash",
    "billing/webhooks.py": "whatever an event breaks is kept beside it in the inbox, and Stripe is asked to come again",
    "billing/store/writer.py": "one broken piece of work must not take its whole batch with it",
    "pages/frame.py": "the edge to people: an unknown error becomes a notice, and is logged",
}
# where reading the environment is no surprise: only settings.py in the product
READS_ENVIRONMENT = ("billing/settings.py", "sandbox/", "tests/", "benchmarks/", "migrations/")
PRINTS = ("app.py", "cli.py", "sandbox/__main__.py", "sandbox/main.py", "tests/", "benchmarks/")
IMPORTS = (ast.Import, ast.ImportFrom)
AT_THE_TOP = "import at the top; when that makes a ring, the layers are wrong"
NOT_MONEY = re.compile(r"#\s*not money:\s*\S")


def environment_readers(project: Project) -> Iterator[Offence]:
    for source in project.python:
        if source.path.startswith(READS_ENVIRONMENT):
            continue
        for line, name in _names(source):
            if name in {"os.environ", "os.environb", "os.getenv", "os.getenvb"}:
                repair = "only billing/settings.py reads the environment; take the value from the portal's settings"
                yield Offence(source.path, line, f"`{name}` is read", repair)


def hidden_imports(project: Project) -> Iterator[Offence]:
    for source in project.python:
        functions = [node for node in source.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        inside = {node.lineno for function in functions for node in ast.walk(function) if isinstance(node, IMPORTS)}
        for line in sorted(inside):
            yield Offence(source.path, line, "a function imports inside itself", AT_THE_TOP)
        for line, name in _names(source):
            if name.endswith("TYPE_CHECKING"):
                yield Offence(source.path, line, "`TYPE_CHECKING` hides an import", AT_THE_TOP)


def floats_near_money(project: Project) -> Iterator[Offence]:
    for source in project.python_under("billing/"):
        excused = _lines_not_money(source)
        for node in _floats(source):
            if not excused & {node.lineno, node.end_lineno}:
                repair = "use Money, Credits or int; where it is no value, end the line with `# not money: <why>`"
                yield Offence(source.path, node.lineno, f"a float, `{ast.unparse(node)}`, near money", repair)


def broad_catches(project: Project) -> Iterator[Offence]:
    for source in project.python:
        if source.path in BROAD:
            continue
        for line in _catches_everything(source):
            repair = "name the errors you expect; only the edges listed in tests/house/habits.py may catch everything"
            yield Offence(source.path, line, "everything is caught", repair)


def prints(project: Project) -> Iterator[Offence]:
    for source in project.python:
        for node in source.nodes:
            if isinstance(node, ast.Call) and _dotted(node.func) == "print" and not source.path.startswith(PRINTS):
                yield Offence(source.path, node.lineno, "`print` in the product", "log it with structlog, or return it")


def pages_in_the_core(project: Project) -> Iterator[Offence]:
    for source in project.python_under("billing/", "auth/"):
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and _dotted(node) == "ui.page":
                yield Offence(source.path, node.lineno, "`ui.page` in the core", "declare pages in pages/ only")


def _catches_everything(source: Source) -> Iterator[int]:
    for node in source.nodes:
        handler = isinstance(node, ast.ExceptHandler) and (node.type is None or _is_broad(node.type))
        suppressed = isinstance(node, ast.Call) and _dotted(node.func).endswith("suppress") and node.args
        if handler or (suppressed and any(map(_is_broad, suppressed))):
            yield getattr(node, "lineno", 1)


def _names(source: Source) -> Iterator[tuple[int, str]]:
    """Every dotted name in use, and what `from x import y` brings in as `x.y`."""
    for node in source.nodes:
        if isinstance(node, (ast.Attribute, ast.Name)):
            yield node.lineno, _dotted(node)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _is_broad(node: ast.expr) -> bool:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(_dotted(part).removeprefix("builtins.") in {"Exception", "BaseException"} for part in parts)


def _floats(source: Source) -> Iterator[ast.expr]:
    """Literals and uses of `float`; asking isinstance(x, float) is how a float is refused, so that passes."""
    questions = [node for node in source.nodes if isinstance(node, ast.Call) and _dotted(node.func) == "isinstance"]
    asked = {id(part) for question in questions for part in ast.walk(question)}
    for node in source.nodes:
        literal = isinstance(node, ast.Constant) and isinstance(node.value, (float, complex))
        if isinstance(node, ast.expr) and (literal or (_dotted(node) == "float" and id(node) not in asked)):
            yield node


def _lines_not_money(source: Source) -> set[int | None]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT and NOT_MONEY.match(token.string)}
