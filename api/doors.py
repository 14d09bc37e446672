"""All doors for programs in one place. app.py calls `include` before it hangs the pages behind them.

`app.state` carries what doors need: the portal, its counters, the check of the schema.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache

from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api import (
    balance,
    credit_limits,
    customers,
    dataxpipe,
    docs,
    entitlements,
    explained,
    exports,
    grant_batches,
    health,
    insight_exports,
    manage,
    manage_exports,
    members,
    openapi,
    organisations,
    plan_changes,
    problems,
    reverts,
    usage,
    usage_reports,
    webhooks,
)
from api.asking import door
from api.datalayer import plans, topup, wallet
from api.doubleword import payments, transactions, users
from api.health import Check
from api.metrics import Metrics
from api.problems import Otherwise
from auth.bearers import AccessTokens
from billing.portal import Portal
from billing.settings import Settings

__all__ = ["OPEN", "door", "include", "open_paths"]

PROBES_AT_ONCE = 2
BUY = "/buy"
ALL_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})

NOWHERE = ("/api/{rest:path}", "/admin/api/{rest:path}")
"""Below these all is for programs: what is not there is told as a problem, not as a page."""

OPEN = {
    webhooks.PATH: "the signature of the body proves the sender",
    "/livez": "says nothing but that the process lives",
    "/readyz": "says only which of our own parts are there",
    "/metrics": "decides inside: this machine, or a manager's key",
    "/openapi.json": "describes the API, holds nothing of anybody",
    "/api/docs": "the same, to read",
    "/api/docs.css": "how it looks",
    **dict.fromkeys(NOWHERE, "answers that there is nothing"),
}
"""Routes without a door, and why they need none."""

OWN: tuple[APIRouter, ...] = tuple(
    each.router
    for each in (
        usage, entitlements, balance, explained, usage_reports, reverts, manage, credit_limits, plan_changes,
        customers, grant_batches, exports, manage_exports, insight_exports, health,
    )
)  # fmt: skip
"""Doors of this portal, in the order in which they are asked for most: routes are tried one after the other."""

OTHERS: Mapping[str, tuple[APIRouter, ...]] = {
    "datalayer": (topup.router, plans.router, wallet.router),
    "dataxpipe": (dataxpipe.router,),
    "doubleword": (transactions.router, payments.router, users.router),
}
"""Doors as other systems' clients know them, by their name in the setting `doors`; the others do not exist here."""


def include(
    app: FastAPI, portal: Portal, schema_check: Check | None = None, otherwise: Otherwise | None = None
) -> None:
    """Adds every door for programs and the edge behind them.

    `schema_check(portal)` says for /readyz whether the schema is the newest; `otherwise` answers errors of pages.
    """
    problems.install(app, portal, otherwise)
    metrics = Metrics(portal)
    app.state.portal, app.state.metrics = portal, metrics
    app.state.tokens = AccessTokens(portal)
    app.state.schema_check = schema_check or health.accounts_answer
    app.state.probes = CapacityLimiter(PROBES_AT_ONCE)
    routes: list[BaseRoute] = [*webhooks.routes(portal, metrics)]
    for router in (*OWN, *_others(portal.settings)):
        routes.extend(router.routes)
    described = [route for route in routes if isinstance(route, APIRoute)]
    name, url = portal.settings.product_name, portal.settings.public_url
    # Only who reads it waits for it: made at the start, it would take a good part of the start.
    app.openapi = cache(lambda: openapi.document(described, name, url))  # type: ignore[method-assign]
    routes.extend(docs.routes(app.openapi))
    routes.extend(Route(path, _to_buy, methods=["GET"]) for path in _names_of_buy(portal.settings))
    nowhere = [Route(path, _nothing, methods=ALL_METHODS) for path in NOWHERE]
    app.router.routes.extend([*routes, *_closed(routes), *nowhere])
    app.include_router(APIRouter(lifespan=_watching))


def open_paths(settings: Settings) -> dict[str, str]:
    """Routes without a door in a portal with these settings, and why they need none."""
    told = dict.fromkeys(settings.webhook_paths, OPEN[webhooks.PATH])
    return {**OPEN, **told, **dict.fromkeys(_names_of_buy(settings), "leads to a page, which asks who is there")}


def _others(settings: Settings) -> Iterator[APIRouter]:
    if settings.organisations.enabled:
        yield from (organisations.router, members.router)
    for name in settings.doors:
        yield from OTHERS.get(name, ())


def _names_of_buy(settings: Settings) -> list[str]:
    """Other systems' documents call the page where credits are bought by a name of their own."""
    named = f"/{settings.checkout_route}"
    return [named] if settings.checkout_route and named != BUY else []


async def _to_buy(request: Request) -> Response:
    """With the query that came along; the page itself asks who is there."""
    query = request.scope["query_string"].decode("ascii", "replace")
    return RedirectResponse(f"{BUY}?{query}" if query else BUY, 307)


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


async def _nothing(_request: Request) -> Response:
    raise HTTPException(404)
