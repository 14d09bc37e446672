"""The request classes of the installed SDK, read as text and only as far as somebody asks. Nothing is imported.
Used by `known_routes` and `shapes`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_CLASS = re.compile(r"^class (\w+)\(", re.MULTILINE)
_DOCUMENTATION = re.compile(r'"""[\s\S]*?"""')
_FIELD = re.compile(r"^    (\w+): ([\s\S]+?)(?=\n    \w|\n *\n|\Z)", re.MULTILINE)
_BEFORE_A_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class Annotations(Mapping[str, dict[str, str]]):
    """The TypedDicts of one file: class name to {field: its annotation as text}. A file can hold a hundred classes of
    which a resource wants three, so each is parsed when it is first looked up.
    """

    def __init__(self, text: str = "") -> None:
        starts = [(found[1], found.start()) for found in _CLASS.finditer(text)]
        ends = [*(start for _, start in starts[1:]), len(text)]
        self._texts = {name: text[start:end] for (name, start), end in zip(starts, ends, strict=False)}
        self._read: dict[str, dict[str, str]] = {}

    def __getitem__(self, name: str) -> dict[str, str]:
        if name not in self._read:
            self._read[name] = _fields(self._texts[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def classes_beside(name: str) -> Annotations:
    """The classes of the file that holds this one. `RefundCreateParams` lies in the SDK's own folder of parameters,
    `checkout.SessionCreateParams` in a folder of it; a name that could mean several files is a ValueError.
    """
    folder, _, plain = name.rpartition(".")
    file = f"_{_BEFORE_A_CAPITAL.sub('_', plain).lower()}.py"
    folders = _param_files().get(file, ())
    if folder in folders:
        return Annotations((sdk() / "params" / folder.replace(".", "/") / file).read_text(encoding="utf-8"))
    if folder or not folders:
        return Annotations()
    if len(folders) > 1:
        msg = f"{plain} is in several folders of the SDK: say {' or '.join(f'{each}.{plain}' for each in folders)}"
        raise ValueError(msg)
    return classes_beside(f"{folders[0]}.{plain}")


@cache
def sdk() -> Path:
    """Where the installed SDK lies."""
    spec = find_spec("stripe")
    if spec is None or spec.origin is None:
        msg = "the stripe package is not installed"
        raise RuntimeError(msg)
    return Path(spec.origin).parent


@cache
def _param_files() -> dict[str, tuple[str, ...]]:
    """Each file of parameters and the folders that have one of this name, as `test_helpers.treasury`."""
    base = str(sdk() / "params")
    found: dict[str, tuple[str, ...]] = {}
    for place, _, names in sorted(os.walk(base)):
        folder = place.removeprefix(base).strip(os.sep).replace(os.sep, ".")
        for name in names:
            found[name] = (*found.get(name, ()), folder)
    return found


def _fields(text: str) -> dict[str, str]:
    """Read by its lines and not by Python's parser, which would take a third of the sandbox's start."""
    plain = _DOCUMENTATION.sub("", text)
    return {found[1]: " ".join(found[2].split()) for found in _FIELD.finditer(plain)}
