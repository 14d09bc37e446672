"""What Stripe can do and this sandbox cannot, read from the source text of the installed SDK.

Used by `dispatch` to choose between 501 (Stripe has it) and 404 or 400 (nobody has it). Nothing is imported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from sandbox.sdk_types import classes_beside, sdk

_CALL = re.compile(r'self\._request\(\s*"(get|post|delete)",\s*"(/v[12]/[^"]+)"')
_PARAMS = re.compile(r'\bparams: (?:Optional\[\s*)?"(\w+)"')
_DEF = re.compile(r"^    def (\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class KnownRoute:
    """One method of one SDK service. `params_class` names the TypedDict of its parameters: `RefundCreateParams`, or
    `checkout.SessionCreateParams` when the SDK keeps it in a folder.
    """

    method: str
    path: str
    params_class: str | None


def knows_route(method: str, path: str) -> bool:
    return _match(method, path) is not None


def knows_param(method: str, path: str, param: str) -> bool:
    """Whether the SDK's types have this parameter, nested ones included (`automatic_payment_methods[enabled]`)."""
    route = _match(method, path)
    if route is None or route.params_class is None:
        return False
    classes = classes_beside(route.params_class)
    fields = classes.get(route.params_class.rpartition(".")[2], {})
    for name in re.findall(r"[^\[\]]+", param):
        if name.isdigit():
            continue
        if name not in fields:
            return False
        inner = [word for word in re.findall(r"\w+", fields[name]) if word in classes]
        fields = {key: value for word in inner for key, value in classes[word].items()}
    return True


@cache
def known_routes() -> tuple[KnownRoute, ...]:
    """Every (method, path) of the SDK's services, about 647 of them; read once, in a fraction of a second."""
    return tuple(route for file in sorted(sdk().glob("**/*_service.py")) for route in _routes_in(file))


def _routes_in(file: Path) -> list[KnownRoute]:
    text = file.read_text(encoding="utf-8")
    folder = "".join(f"{part}." for part in file.parent.relative_to(sdk()).parts)
    starts = [found.start() for found in _DEF.finditer(text)] + [len(text)]
    routes = []
    for start, end in pairwise(starts):
        body = text[start:end]
        call = _CALL.search(body)
        params = _PARAMS.search(body)
        if call:
            routes.append(KnownRoute(call[1].upper(), call[2], folder + params[1] if params else None))
    return routes


def _match(method: str, path: str) -> KnownRoute | None:
    return next((r for r in known_routes() if r.method == method and _fits(r.path, path)), None)


def _fits(pattern: str, path: str) -> bool:
    ours, theirs = pattern.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(
        a == b or (a.startswith("{") and b != "") for a, b in zip(ours, theirs, strict=True)
    )
