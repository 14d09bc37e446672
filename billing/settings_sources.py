"""Where settings come from: YAML files and the environment's names. Imported by `settings.py`, and by `plan_documents`.

The environment is handed in; nothing here reads it. Errors name the file and the setting, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource

from billing.settings_form import PREFIX, Settings, variable
from billing.settings_names import Names, Tree, names_of, nearest
from billing.settings_values import SettingsError

PROFILES = Path(__file__).parent / "profiles"
HERE = "HERE"

_REFERENCE = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{")


class GivenEnvironment(EnvSettingsSource):
    """pydantic-settings' reading of an environment, from the mapping it is given instead of the process's own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._given = {
            name.lower(): value for name, value in environment.items() if name.startswith(PREFIX) and value.strip()
        }
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._given)


class PlainReader(yaml.SafeLoader):
    """Plain YAML with two changes: a key may stand only once, and 18.00 stays text, for money is never a float."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _value in node.value]
        for name in names:
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


_TEXT = {"tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}
PlainReader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TEXT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, environment: Mapping[str, str]) -> Tree:
    """The settings in the file, with ${NAME} and ${NAME:-default} filled in; SettingsError names what is wrong.

    ${HERE} is the folder of the file itself, so that it can name files beside it wherever the portal is started.
    """
    around = {**environment, HERE: str(path.resolve().parent)}
    try:
        tree = _parsed(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        wrong = f"{path} cannot be read: is it there, is it text, may this user read it?"
    except yaml.MarkedYAMLError as mistake:
        line = mistake.problem_mark.line + 1 if mistake.problem_mark else 1
        wrong = f"{path}, line {line}: this is not valid YAML ({mistake.problem or mistake.context})."
    except yaml.YAMLError:
        wrong = f"{path} is not valid YAML."
    else:
        if tree is None:
            return {}
        if isinstance(tree, dict):
            filled: Tree = _fill(tree, around, path, "")
            return filled
        wrong = f"{path} must be a mapping of settings, such as `port: 8080`."
    raise SettingsError(wrong)


@lru_cache(maxsize=16)
def _parsed(text: str) -> Any:
    """The same few profiles are read again and again; whoever gets the tree leaves it as it is."""
    return PlainReader(text).get_single_data()


def read_profile(name: str, environment: Mapping[str, str]) -> tuple[Tree, Names]:
    """The settings a profile starts from and its documents' names; an unknown one is answered with the known ones."""
    known = known_profiles()
    if name not in known:
        raise SettingsError(f"profile (SCRIP_PROFILE): {name[:40]!r} is unknown; there are {', '.join(known)}.")
    path = PROFILES / f"{name}.yaml"
    tree = read_yaml(path, environment)
    names = names_of(tree.pop("names", None), path)
    return Names().translated(tree, path), names


def known_profiles() -> list[str]:
    """The names of all there are."""
    return sorted(path.stem for path in PROFILES.glob("*.yaml"))


def line_about(error: ValidationError) -> str:
    """The first mistake as one line: dotted name, variable, what is expected; never what was given."""
    mistakes = [
        one
        for one in error.errors(include_input=False, include_url=False)
        if one["type"] != "default_factory_not_called"
    ]
    mistakes.sort(key=lambda one: one["type"] != "extra_forbidden")
    first = mistakes[0]
    names = [part for part in first["loc"] if isinstance(part, str)]
    dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).removeprefix(".")
    if first["type"] == "extra_forbidden":
        return f"{dotted} is not a setting{nearest(names[-1], _siblings(names))}"
    return f"{dotted} ({variable(tuple(names[:2]))}): {first['msg'].removeprefix('Value error, ')}."


def _siblings(names: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for name in names[:-1]:
        field = model.model_fields[name]
        model = next(kind for kind in _kinds(field.annotation) if issubclass(kind, BaseModel))
    return list(model.model_fields)


def _kinds(annotation: object) -> Iterable[type]:
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and kind is not BaseSettings:
            yield kind


def _fill(value: Any, environment: Mapping[str, str], path: Path, dotted: str) -> Any:
    """The value with its references filled in. What a reference leaves blank becomes None: it is not given."""
    if isinstance(value, dict):
        return {name: _fill(inner, environment, path, f"{dotted}.{name}") for name, inner in value.items()}
    if isinstance(value, list):
        return _filled_list(value, environment, path, dotted)
    if not isinstance(value, str) or "$" not in value:
        return value

    def put(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if found[1] is None:
            raise SettingsError(
                f"{path}: {dotted[1:]} has a ${{ that is not ${{NAME}} or ${{NAME:-default}}; write $$ for a dollar."
            )
        given = environment.get(found[1], "").strip()
        if not given and found[2] is None:
            raise SettingsError(
                f"{path}: {dotted[1:]} needs the environment variable {found[1]}, which is not set or empty."
            )
        return given or found[2] or ""

    filled = _REFERENCE.sub(put, value)
    return filled if filled.strip() else None


def _filled_list(value: list[Any], environment: Mapping[str, str], path: Path, dotted: str) -> list[Any] | None:
    items = [_fill(inner, environment, path, f"{dotted}[{place}]") for place, inner in enumerate(value)]
    given = [_without_blanks(item) for item in items if item is not None]
    return given if given or not value else None


def _without_blanks(item: Any) -> Any:
    return {name: inner for name, inner in item.items() if inner is not None} if isinstance(item, dict) else item
