"""Words that must not stand in the repository, names no module may bear, and tests that prove nothing."""

import ast
import re
from collections.abc import Iterator

from tests.house.source import Offence, Project

LOCKS = ("requirements.txt", "requirements-dev.txt")
UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
# a path that exists on one machine only, however the sentence around it begins
MACHINE = re.compile(r"(?<![\w.\-])/(?:" + "|".join(("root", "work", "Users", "home")) + r")/[\w.]")
# where packages come from is the business of whoever installs them
HOSTS = (r"python" + r"hosted\.org", r"pypi\.org/" + "simple", r"registry\." + "npmjs")
INDEX = re.compile("|".join(HOSTS) + r"|^--(?:extra-)?index-url|^--find-links|^-[fi] ", re.MULTILINE)
VAGUE = {"manager", "helper", "helpers", "util", "utils", "service", "services", "handler_impl"}
PROOFS = ("assert", "expect", "should_", "run_state_machine_as_test")
PYTEST_PROOFS = {"raises", "warns", "fail", "deprecated_call"}


def unfinished_work(project: Project) -> Iterator[Offence]:
    yield from _found(project, UNFINISHED, "unfinished work", "do it now, or take the sentence out", skip=LOCKS)


def machine_paths(project: Project) -> Iterator[Offence]:
    yield from _found(project, MACHINE, "a path of one machine", "make it relative, or take it from the settings")


def index_addresses(project: Project) -> Iterator[Offence]:
    repair = "leave it to whoever installs; `make lock` writes none"
    yield from _found(project, INDEX, "an address of a package index", repair)


def vague_names(project: Project) -> Iterator[Offence]:
    for source in project.python:
        for part in source.module.split("."):
            if part in VAGUE or part.endswith(tuple(f"_{word}" for word in VAGUE)):
                yield Offence(source.path, 1, f"`{part}` says nothing", "name the module after its noun")


def tests_without_proof(project: Project) -> Iterator[Offence]:
    for source in project.python_under("tests/"):
        functions = [node for node in source.nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        for test in functions:
            if test.name.startswith("test_") and not any(map(_proves, ast.walk(test))):
                repair = "assert what its name claims, or use pytest.raises"
                yield Offence(source.path, test.lineno, f"`{test.name}` asserts nothing", repair)


def _proves(node: ast.AST) -> bool:
    """An assertion that is not a constant, pytest.raises and its like, or a call named after expecting something."""
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    owner = getattr(getattr(node.func, "value", None), "id", "")
    return name.startswith(PROOFS) or (owner == "pytest" and name in PYTEST_PROOFS)


def _found(
    project: Project, pattern: re.Pattern[str], what: str, repair: str, skip: tuple[str, ...] = ()
) -> Iterator[Offence]:
    for source in project.sources:
        if source.path in skip:
            continue
        for match in pattern.finditer(source.text):
            line = source.text.count("\n", 0, match.start()) + 1
            yield Offence(source.path, line, f"{what}, `{match.group().strip()}`", repair)
