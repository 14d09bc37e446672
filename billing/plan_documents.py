"""YAML documents of plan files, and the places in them that a refusal names. Only the `plan_*.py` verbs import it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from billing.rules.errors import BadInput
from billing.settings_names import nearest
from billing.settings_sources import PlainReader

LARGEST_FILE = 1_000_000
MOST_VALUES = 50_000
"""So many once every alias is followed: a few lines of YAML can otherwise stand for billions."""

Loc = Sequence[str | int]
Model = TypeVar("Model", bound=BaseModel)


class Form(BaseModel):
    """A part of a plan file. Nothing is guessed: an unknown word, or a number that stands as text, is refused."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True
    )


@dataclass(frozen=True)
class Document:
    """One document of a file, with the lines its values stand in when it came from text."""

    file: str
    value: Any
    node: yaml.Node | None = None

    def place(self, loc: Loc = ()) -> str:
        """Where this stands: file, line and, inside, the dotted name."""
        dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")
        where = self.file if self.node is None else f"{self.file}, line {_line(self.node, loc)}"
        return f"{where}: {dotted}" if dotted else where

    @contextmanager
    def at(self, *loc: str | int) -> Iterator[None]:
        """What is refused inside is told with its place."""
        try:
            yield
        except BadInput as refused:
            raise BadInput(f"{self.place(loc)}: {refused.sentence}", **refused.details) from None

    def read(self, model: type[Model]) -> Model:
        """The document in this form. Raises BadInput with the place of the first mistake, and what may be meant."""
        try:
            return model.model_validate(self.value)
        except ValidationError as error:
            mistakes = error.errors(include_input=False, include_url=False)
        first = min(mistakes, key=lambda one: one["type"] != "extra_forbidden")
        if first["type"] == "extra_forbidden":
            *above, name = first["loc"]
            sentence = f" is not known here{nearest(str(name), _words(model, above))}"
        else:
            sentence = f": {first['msg'].removeprefix('Value error, ').removesuffix('.')}."
        raise BadInput(self.place(first["loc"]) + sentence)


def documents(path: Path) -> list[Document]:
    """Every document of the file. Raises BadInput for what is no file of plans, before any of it is believed."""
    text = _text(path)
    try:
        found = list(_documents(str(path), PlainReader(text)))
    except yaml.MarkedYAMLError as mistake:
        line = mistake.problem_mark.line + 1 if mistake.problem_mark else 1
        wrong = f"{path}, line {line}: this is not valid YAML ({mistake.problem or mistake.context})."
    except yaml.YAMLError:
        wrong = f"{path} is not valid YAML."
    except RecursionError:
        wrong = f"{path} is nested too deeply to be a file of plans."
    else:
        if found:
            return found
        wrong = f"{path} is empty: it must list plans, products or features."
    raise BadInput(wrong)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            wrong = f"{path} is larger than {LARGEST_FILE // 1000} kB, so it is no file of plans."
        else:
            return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        wrong = f"{path} cannot be read: is it there, is it text, may this user read it?"
    raise BadInput(wrong)


def _documents(file: str, reader: PlainReader) -> Iterator[Document]:
    while reader.check_node():
        node = reader.get_node()
        if node is None:
            continue
        _weigh(file, node, set(), [0])
        value = reader.construct_document(node)
        if value is not None:
            yield Document(file, value, node)


def _weigh(file: str, node: yaml.Node, above: set[int], weight: list[int]) -> None:
    """Refuses a value that contains itself, and one that only aliases make enormous."""
    weight[0] += 1
    where = f"{file}, line {node.start_mark.line + 1}"
    if id(node) in above:
        raise BadInput(f"{where}: this contains itself; a plan file has no cycles.")
    if weight[0] > MOST_VALUES:
        raise BadInput(f"{where}: aliases repeat too much here.")
    inside = node.value if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) else ()
    for each in inside:
        for one in each if isinstance(each, tuple) else (each,):
            _weigh(file, one, above | {id(node)}, weight)


def _line(node: yaml.Node, loc: Loc) -> int:
    """The line of the innermost part that is there, counted from one."""
    line = node.start_mark.line
    for part in loc:
        inside = next(_step(node, part), None)
        if inside is None:
            break
        key, node = inside
        line = key.start_mark.line
    return int(line) + 1


def _step(node: yaml.Node, part: str | int) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key, value) for key, value in node.value if getattr(key, "value", None) == part)
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        yield from ((value, value) for value in node.value[part : part + 1])


def _words(model: type[BaseModel], above: Loc) -> list[str]:
    """The names that are known where the unknown one stands."""
    here = model
    for name in above:
        field = here.model_fields.get(name) if isinstance(name, str) else None
        here = next(_models(field.annotation), here) if field else here
    return list(here.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
