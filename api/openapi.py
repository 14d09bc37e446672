"""The API as a document: /openapi.json. api/doors.py and api/docs.py use it.

Made from the routes themselves; what FastAPI cannot see (bodies read by hand, keys, problems) is added here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from api import organisation_shapes, organisations, shapes, shapes_batches, shapes_changes, shapes_plans
from api.asking import entrance_of
from api.metrics import build_version

_ABOUT = """\
Credits for programs: read balances, debit usage, and, with a manager's key, grant and remove credits.

Amounts are decimal strings with up to six decimals, so that nothing is ever rounded. Every POST takes an idempotency
key, in the body or as the header `Idempotency-Key`: the same request again gives the same answer, with the header
`Idempotent-Replayed: true`, and moves nothing. Refusals are problem documents (RFC 9457)."""

_BEARER = """\
An API key, or, where the portal takes them, an access token of the sign-in provider: then a person asks, for their own
account, for the organisation the token names, or for the one in the header `Scrip-Account`."""

_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Instead of the field `idempotency_key`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_REPLAYED_HEADER = {
    "description": "`true` when the same request was answered before.",
    "schema": {"type": "string", "enum": ["true"]},
}
_TAKES_KEY_HEADER = ("/api/v1/usage", "/api/v1/transactions", "/admin/api/v1/transactions")


def document(routes: Iterable[APIRoute], product: str, public_url: str) -> dict[str, Any]:
    """The whole document for these routes."""
    listed = [route for route in routes if route.include_in_schema]
    made = get_openapi(
        title=f"{product} API",
        version=build_version(),
        description=_ABOUT,
        routes=listed,
        servers=[{"url": public_url.rstrip("/")}],
    )
    parts = made.setdefault("components", {})
    with_organisations = any(route.path.startswith(organisations.router.prefix) for route in listed)
    requests: tuple[type[shapes.Shape], ...] = (
        *shapes.REQUESTS,
        *shapes_plans.REQUESTS,
        *shapes_changes.REQUESTS,
        shapes_batches.BatchConfirmation,
        *(organisation_shapes.REQUESTS if with_organisations else ()),
    )
    parts["schemas"] = _schemas(parts.get("schemas", {}), requests)
    parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "description": _BEARER}}
    for route in listed:
        for method in route.methods or ():
            _complete(made["paths"][route.path_format][method.lower()], route, method)
    return made


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    guarded = entrance_of(route)
    if guarded is not None:
        operation["security"] = [{"bearer": []}]
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds: `{guarded.action.value}`.".strip()
    if method == "POST" and route.path in _TAKES_KEY_HEADER:
        operation.setdefault("parameters", []).append(_KEY_HEADER)
        operation["responses"]["200"].setdefault("headers", {})["Idempotent-Replayed"] = _REPLAYED_HEADER


def _schemas(found: dict[str, Any], requests: Iterable[type[shapes.Shape]]) -> dict[str, Any]:
    wanted = [(shape, "validation") for shape in requests] + [(shapes.Problem, "serialization")]
    _, more = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    merged = {**found, **more.get("$defs", {})}
    for unused in ("HTTPValidationError", "ValidationError"):
        merged.pop(unused, None)
    return dict(sorted(merged.items()))
