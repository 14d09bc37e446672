"""The form encoding Stripe's SDKs speak, `items[0][price]=x`, `expand[]=y`, and the JSON of its version 2.
Used by `dispatch` only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from sandbox.errors import malformed

Raw = str | dict[str, "Raw"]

_SEGMENT = re.compile(r"\[([^\[\]]*)\]")
_KEY = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")
MAX_PAIRS = 1000


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Raw]:
    """Folds flat pairs into nested dicts. Arrays stay dicts keyed "0", "1", ...: only the parameter's own type
    can tell an array from metadata whose keys happen to be digits."""
    root: dict[str, Raw] = {}
    for key, value in pairs:
        if not _KEY.fullmatch(key):
            raise malformed(f"Invalid request: the parameter name '{key}' could not be parsed.", key)
        name = key.split("[", 1)[0]
        _place(root, [name, *_SEGMENT.findall(key)], value, key)
    return root


def _place(root: dict[str, Raw], steps: list[str], value: str, key: str) -> None:
    here = root
    for step in steps[:-1]:
        below = here.setdefault(step or str(len(here)), {})
        if isinstance(below, str):
            raise malformed("Invalid object", key)
        here = below
    last = steps[-1] or str(len(here))
    if isinstance(here.get(last), dict):
        raise malformed("Invalid string", key)
    here[last] = value


def pairs_of(text: str) -> list[tuple[str, str]]:
    """Decodes a body or a query string; empty values are kept because they mean "unset"."""
    return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PAIRS)


def fold(body: str) -> dict[str, Raw]:
    """A JSON body in the same form, so that the same kinds of parameters read it. null unsets, as "" does."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise malformed("Invalid request body: it must be a JSON object.", "body")
    return {name: _folded(value) for name, value in told.items()}


def _folded(value: Any) -> Raw:
    if isinstance(value, dict):
        return {name: _folded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return {str(place): _folded(inner) for place, inner in enumerate(value)}
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
