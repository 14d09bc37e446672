"""What settings are called, by us and in a system's documents. Only the other `billing/settings*.py` import it.

A profile lists its documents' names under `names`. They are data: here they are translated, and what is spelt like one
of them but is none is refused, for a misspelt name would silently leave a default in place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from billing.settings_form import PREFIX, SEPARATOR, Settings, variable, walk
from billing.settings_values import Group, SettingsError, Words, as_list

Tree = dict[str, Any]

OWN = f"{PREFIX}CONFIG"
NOT_SETTINGS = f"{PREFIX}TEST_"
"""How names begin that the test bench keeps for itself; they may stand in the environment of a portal under test."""

MORE = "[]"
"""After a setting: the value is one more of its list, so that several names may fill it together."""


def _known() -> dict[str, str]:
    """Every setting's dotted name with its own variable."""
    return {".".join(path): variable(path) for path, _field in walk(Settings)}


def _is_setting(name: str, known: Container[str]) -> bool:
    """Whether it is one, or an entry of one that maps names of an operator's own choice."""
    mapping, _dot, entry = name.rpartition(".")
    return name in known or (bool(entry) and mapping in _MAPPINGS)


_MAPPINGS = frozenset(
    ".".join(path) for path, field in walk(Settings) if getattr(field.annotation, "__origin__", None) is dict
)


class Names(Group):
    """The names of one system's documents, each with the setting it stands for.

    `file` holds dotted names of a YAML file; with `file_prefix`, or several, each of them is a variable too, in
    capitals and with `file_separator` for the dot. A variable that begins with one of `prefixes` must be among them.
    """

    environment: dict[str, str] = Field(default_factory=dict)
    prefixes: tuple[str, ...] = ()
    file: dict[str, str] = Field(default_factory=dict)
    file_prefix: Words = ()
    file_separator: str = SEPARATOR

    @property
    def variables(self) -> dict[str, str]:
        """Every variable of the documents with the setting it stands for."""
        theirs = {
            prefix + name.replace(".", self.file_separator).upper(): setting
            for prefix in self.file_prefix
            for name, setting in self.file.items()
        }
        return self.environment | theirs

    def given(self, environment: Mapping[str, str]) -> Tree:
        """The settings that the documents' variables give. A blank one counts as not given."""
        return _gathered(
            (name, setting, environment[name].strip())
            for name, setting in self.variables.items()
            if environment.get(name, "").strip()
        )

    def translated(self, tree: Tree, path: Path) -> Tree:
        """The file at `path` in this project's own names. Raises SettingsError for a name that nobody knows."""
        known = _known()
        branches = {name[: dot.start()] for name in (*known, *self.file) for dot in re.finditer(r"\.", name)}
        leaves = []
        for name, value in _leaves(tree):
            if name in self.file:
                leaves.append((name, self.file[name], None if value == "" else value))
            elif _is_setting(name, known):
                leaves.append((name, name, value))
            elif name not in branches:
                raise SettingsError(f"{path}: {name} is not a setting{_suggestion(name, [*known, *self.file])}")
            elif value:
                raise SettingsError(f"{path}: {name} holds several settings: write each with its name below it.")
        return _gathered(leaves)

    def refuse_unknown_variables(self, environment: Mapping[str, str], profile: str) -> None:
        """Our own variables and the documents': each that begins like one must be one."""
        own, theirs = {OWN, *_known().values()}, self.variables
        for name in sorted(environment):
            if name.startswith(PREFIX) and name not in own and not name.startswith(NOT_SETTINGS):
                raise SettingsError(f"{name} is not a setting{nearest(name, own)}")
            if self.prefixes and name.startswith(self.prefixes) and name not in theirs:
                raise SettingsError(f"{name} is not a setting of profile {profile}{nearest(name, theirs)}")

    def spoken(self, line: str) -> str:
        """The line about settings, with the variable by which the documents know it beside each of them."""
        theirs = {setting.removesuffix(MORE): name for name, setting in reversed(self.variables.items())}
        own = _known()

        def named(found: re.Match[str]) -> str:
            said, place, ours = found[1], found[2] or "", found[3]
            return f"{said}{place} ({own[said]} or {theirs[said]})" if ours else f"{said}{place} ({theirs[said]})"

        words = "|".join(map(re.escape, sorted(theirs, key=len, reverse=True)))
        return re.sub(rf"(?<![\w.])({words})(\[\d+\])?( \({PREFIX}\w+\))?(?!\w|\.\w)", named, line) if theirs else line

    @field_validator("environment", "file")
    @classmethod
    def _stand_for_settings(cls, names: dict[str, str]) -> dict[str, str]:
        known = _known()
        for name, setting in names.items():
            if not _is_setting(setting.removesuffix(MORE), known):
                raise ValueError(f"{name} stands for {setting}, which is not a setting{nearest(setting, known)}")
        return names

    @model_validator(mode="after")
    def _leaves_our_own_alone(self) -> Names:
        taken = [name for name in (*self.variables, *self.prefixes) if name.startswith(PREFIX)]
        if taken:
            raise ValueError(f"{taken[0]} begins like a variable of our own.")
        return self


def names_of(written: object, path: Path) -> Names:
    """The names a profile declares. Raises SettingsError when they do not fit the settings."""
    try:
        return Names.model_validate({} if written is None else written)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")
    raise SettingsError(f"{path}: names: {wrong}")


def nearest(name: str, known: Iterable[str]) -> str:
    """How a refusal of `name` ends: with a question, when something known looks like it."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)  # not money: a likeness of two words
    return f"; did you mean {near[0]}?" if near else "."


def _suggestion(name: str, known: list[str]) -> str:
    """One in the same branch is likelier meant than one elsewhere, and the same last word likelier than another."""
    branch, _dot, last = name.rpartition(".")
    beside = [each for each in known if each.rpartition(".")[0] == branch]
    alike = [each for each in known if re.search(rf"(^|\.){re.escape(last)}$", each)]
    return next((end for some in (beside, alike, known) if (end := nearest(name, some)) != "."), ".")


def _leaves(tree: Tree, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _gathered(leaves: Iterable[tuple[str, str, Any]]) -> Tree:
    """One tree of (name, setting, value); None is not given. Two names of one setting must not say different things."""
    tree: Tree = {}
    said: dict[str, tuple[str, Any]] = {}
    for name, setting, value in leaves:
        if value is None:
            continue
        if setting.endswith(MORE):
            _put(tree, setting.removesuffix(MORE), value, more=True)
            continue
        first, before = said.setdefault(setting, (name, value))
        if str(before).strip() != str(value).strip():
            raise SettingsError(f"{first} and {name} are both {setting}, with different values: keep one of them.")
        _put(tree, setting, value)
    return tree


def _put(tree: Tree, setting: str, value: Any, *, more: bool = False) -> None:
    *branches, last = setting.split(".")
    for branch in branches:
        tree = tree.setdefault(branch, {})
    tree[last] = [*as_list(tree.get(last, [])), *as_list(value)] if more else value
