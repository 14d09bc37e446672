"""All doors for programs in one place. app.py calls `include` before it hangs the pages behind them.

`app.state` carries what doors need: the portal, its counters, the check of the schema.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api import balance, docs, exports, health, manage, openapi, problems, reverts, usage, webhooks
from api.asking import door
from api.health import Check
from api.metrics import Metrics
from api.problems import Otherwise
from billing.portal import Portal

__all__ = ["OPEN", "door", "include"]

PROBES_AT_ONCE = 2
ALL_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})

OPEN = {
    webhooks.PATH: "the signature of the body proves the sender",
    "/livez": "says nothing but that the process lives",
    "/readyz": "says only which of our own parts are there",
    "/metrics": "decides inside: this machine, or a manager's key",
    "/openapi.json": "describes the API, holds nothing of anybody",
    "/api/docs": "the same, to read",
    "/api/docs.css": "how it looks",
    "/api/{rest:path}": "answers that there is nothing",
}
"""Routes without a door, and why they need none."""


def include(
    app: FastAPI, portal: Portal, schema_check: Check | None = None, otherwise: Otherwise | None = None
) -> None:
    """Adds every door for programs and the edge behind them.

    `schema_check(portal)` says for /readyz whether the schema is the newest; `otherwise` answers errors of pages.
    """
    problems.install(app, portal, otherwise)
    metrics = Metrics(portal)
    app.state.portal, app.state.metrics = portal, metrics
    app.state.schema_check = schema_check or health.accounts_answer
    app.state.probes = CapacityLimiter(PROBES_AT_ONCE)
    # In the order in which they are asked for most: routes are tried one after the other.
    routes: list[BaseRoute] = [webhooks.route(portal, metrics)]
    for each in (usage, balance, reverts, manage, exports, health):
        routes.extend(each.router.routes)
    described = [route for route in routes if isinstance(route, APIRoute)]
    document = openapi.document(described, portal.settings.product_name, portal.settings.public_url)
    app.openapi = lambda: document  # type: ignore[method-assign]
    routes.append(Route("/openapi.json", _sender(JSONResponse(document)), methods=["GET"]))
    routes.extend(docs.routes(document))
    app.router.routes.extend([*routes, *_closed(routes), Route("/api/{rest:path}", _nothing, methods=ALL_METHODS)])
    app.include_router(APIRouter(lifespan=_watching))


@asynccontextmanager
async def _watching(app: FastAPI) -> AsyncIterator[None]:
    """While the server runs, the event loop's lag is measured."""
    metrics: Metrics = app.state.metrics
    async with metrics.watching():
        yield


def _closed(routes: Sequence[BaseRoute]) -> list[Route]:
    """For each path the methods it does not take: without these, pages mounted behind would answer with a 404."""
    taken: dict[str, set[str]] = {}
    for route in routes:
        if isinstance(route, Route | APIRoute):
            taken.setdefault(route.path, set()).update(route.methods or ())
    return [_refusing(path, methods) for path, methods in taken.items()]


def _refusing(path: str, methods: set[str]) -> Route:
    async def refuse(_request: Request) -> Response:
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})

    return Route(path, refuse, methods=ALL_METHODS - methods, include_in_schema=False)


def _sender(response: Response) -> docs.Endpoint:
    async def answer(_request: Request) -> Response:
        return response

    return answer


async def _nothing(_request: Request) -> Response:
    raise HTTPException(404)
