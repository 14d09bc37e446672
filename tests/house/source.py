"""Source files as the checks see them, and the offence a check reports.

A check is a plain function from all sources to offences; it may be fed text that lies on no disk.
"""

import ast
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]

# folders that are made, not written
MADE = {"__pycache__", "build", "dist", "htmlcov", "node_modules", "var"}
CODE = {".py", ".js", ".css", ".html", ".sh", ".sql", ".mako"}
PROSE = {".md", ".txt", ".in", ".ini", ".toml", ".yaml", ".yml", ".tf", ""}


@dataclass(frozen=True)
class Offence:
    """One place that breaks a rule, and how to repair it."""

    path: str
    line: int
    what: str
    repair: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}. Repair: {self.repair}"


@dataclass(frozen=True)
class Source:
    """One file: its path from the top of the repository (with slashes) and its text."""

    path: str
    text: str

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def module(self) -> str:
        """`billing/store/ledger.py` is `billing.store.ledger`; a package is named by its folder."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


Check = Callable[["Project"], Iterator[Offence]]


@dataclass(frozen=True)
class Project:
    """All sources together, by path."""

    sources: tuple[Source, ...]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Project":
        return cls(tuple(Source(path, text) for path, text in sorted(texts.items())))

    @functools.cached_property
    def python(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.is_python)

    @functools.cached_property
    def modules(self) -> frozenset[str]:
        return frozenset(source.module for source in self.python)

    def python_under(self, *starts: str) -> tuple[Source, ...]:
        return tuple(source for source in self.python if source.path.startswith(starts))


@functools.cache
def this_project() -> Project:
    """Every written text file below the top; what is made (`.venv`, `var`, caches) is left out."""
    return Project.of({str(path.relative_to(TOP).as_posix()): path.read_text("utf-8") for path in _written(TOP)})


def _written(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_dir() and not (hidden or path.is_symlink() or path.name in MADE or path.name.endswith(".egg-info")):
            yield from _written(path)
        elif path.is_file() and path.suffix in CODE | PROSE and (not hidden or path.name == ".dockerignore"):
            yield path
