"""Everything a person reads can be said in their language: no text that is seen stands outside of the catalogues."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from html.parser import HTMLParser

from locales.__main__ import OPERATORS, SPOKEN, error_names
from tests.house.source import Offence, Project, Source

ROOMS = ("pages/", "auth/")
LOWER = ("billing/", "locales/", *ROOMS)
# what is seen of each call: the places of its arguments
SEEN: dict[str, tuple[int, ...]] = {
    "Tag": (1,), "link": (0,), "button": (0,), "heard": (0,), "chip": (0,), "said": (0,), "refused": (0,),
    "box": (1, 2), "no_account": (0,), "Modal": (0,), "Field": (2, 3), "PlainTable": (0, 1), "Cell": (0,),
    "frame": (2,), "Item": (1,), "page_title": (0,), "skip_link": (0,), "notify": (0,), "looks": (0,),
    "Step": (0,), "BalancePanel": (3,),
}  # fmt: skip
SEEN_NAMES = {"text", "aria_label", "title", "placeholder", "alt", "heading", "safe", "close_button", "summary"}
SEEN_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt"}
# the same in every language: names of things
SAME = {"API", "Link", "UTC"}
NAMES = re.compile(r"[A-Za-z]{2,}")
REPAIR = "say it with `_` (or `n_`), mark it with `N_` where it is said later, and run `make words`"


def hard_coded_words(project: Project) -> Iterator[Offence]:
    for source in project.python_under(*ROOMS):
        constants = _constants(source)
        for seen in (each for node in source.nodes for each in _seen(node)):
            for text in _texts(seen, constants):
                yield Offence(source.path, seen.lineno, f"`{text[:40]}` is seen in English alone", REPAIR)


def words_put_together(project: Project) -> Iterator[Offence]:
    """A sentence that is put together before it is looked up is in no catalogue."""
    names = {*SPOKEN, "worded", "tell", "say"}
    for source in project.python_under(*LOWER):
        for call in calls(source):
            if name_of(call) in names and call.args and isinstance(call.args[0], (ast.JoinedStr, ast.BinOp)):
                repair = "write one literal with {places}, and give the values as arguments"
                yield Offence(source.path, call.lineno, f"`{ast.unparse(call)[:60]}` is in no catalogue", repair)


def refusals_in_english_alone(project: Project) -> Iterator[Offence]:
    names = set(error_names())
    for source in project.python_under(*LOWER):
        if any(fnmatch(source.path, pattern) for pattern in OPERATORS):
            continue
        constants = _constants(source)
        for call in calls(source):
            if name_of(call) not in names or not call.args:
                continue
            said = call.args[0]
            if isinstance(said, (ast.JoinedStr, ast.BinOp)) or (isinstance(said, ast.Name) and said.id in constants):
                repair = "make it with `sentence(...)` of billing/rules/sentences.py, and run `make words`"
                yield Offence(source.path, call.lineno, f"`{ast.unparse(call)[:60]}` cannot be translated", repair)


def words_in_templates(project: Project) -> Iterator[Offence]:
    """The same for what browsers draw: Jinja's templates and those in components."""
    for source in project.sources:
        if not source.path.startswith(ROOMS) or not source.path.endswith((".html", ".js")):
            continue
        for line, markup in _markup(source):
            reader = _Reader()
            reader.feed(markup)
            for place, text in reader.found:
                yield Offence(source.path, line + place - 1, f"`{text[:40]}` is drawn in English alone", REPAIR)


class _Reader(HTMLParser):
    """Finds text and visible attributes that are no expression."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script")
        for name, value in attrs:
            if name in SEEN_ATTRIBUTES:
                self._judge(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._judge(data)

    def _judge(self, text: str) -> None:
        plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", text, flags=re.DOTALL)
        if NAMES.search(plain):
            self.found.append((self.getpos()[0], plain.strip()))


def _markup(source: Source) -> Iterator[tuple[int, str]]:
    if source.path.endswith(".html"):
        yield 1, source.text
    for found in re.finditer(r"template:\s*`(.*?)`", source.text, re.DOTALL):
        yield source.text.count("\n", 0, found.start(1)) + 1, found[1]


def _seen(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions in a node that become visible."""
    if isinstance(node, ast.Call):
        name = name_of(node)
        yield from (node.args[place] for place in SEEN.get(name, ()) if place < len(node.args))
        if name in SEEN or name == "put":
            yield from (each.value for each in node.keywords if each.arg in SEEN_NAMES)
        if name == "put" and len(node.args) == 2 and ast.unparse(node.args[0]).strip("'") in SEEN_NAMES:
            yield node.args[1]
    if isinstance(node, ast.Assign):
        parts = [
            each for target in node.targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])
        ]
        if any(isinstance(part, ast.Attribute) and part.attr == "text" for part in parts):
            yield node.value


def _texts(node: ast.AST, constants: dict[str, str]) -> Iterator[str]:
    """The words in an expression that no call says: what a call makes of its arguments is judged where it is made."""
    if isinstance(node, ast.Call):
        return
    if isinstance(node, (ast.Compare, ast.Subscript)):
        return  # what is compared or looked up is not shown
    text = (
        node.value if isinstance(node, ast.Constant) else constants.get(node.id) if isinstance(node, ast.Name) else None
    )
    if isinstance(text, str) and NAMES.search(text) and text not in SAME:
        yield text
    inner = [node.body, node.orelse] if isinstance(node, ast.IfExp) else ast.iter_child_nodes(node)
    for child in inner:
        yield from _texts(child, constants)


def _constants(source: Source) -> dict[str, str]:
    """Texts that have a name in the module; those made by a call are marked already."""
    return {
        name: value.value
        for name, value in map(_named, source.tree.body)
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value
    }


def _named(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id, statement.value
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id, statement.value
    return "", None


def calls(source: Source) -> Iterator[ast.Call]:
    return (node for node in source.nodes if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))
