"""Who asks, and whether this door opens to them. Only api/ imports it.

A door is declared beside its route: `principal: Principal = door(Action.DEBIT_USAGE)`. A test walks all routes and
fails when one has neither a door nor a stated reason to be open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.metrics import Metrics
from auth import keys
from auth.bearers import ACTS_FOR, LONGEST_TOKEN, AccessTokens, looks_like_token
from auth.policy import Action, Principal, authorize
from billing.portal import Portal
from billing.rules.errors import BadInput, Forbidden, SignedOut

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in whoever the policy allows `action`; the route itself asks again once it knows the account."""

    action: Action

    async def __call__(self, request: Request) -> Principal:
        return authorize(await asker(request), self.action)


def door(action: Action) -> Any:
    """The declaration of a route's policy; the route receives the Principal."""
    return Depends(Door(action))


class QuickRoute(APIRoute):
    """A route for hot doors: its endpoint takes the request and the principal, and answers with a Response.

    FastAPI describes it and then stands aside; its own way to an endpoint costs as much as the rest of a debit.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        entrance = entrance_of(self)
        if entrance is None or scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive, send)
        response: Response = await self.endpoint(request, await entrance(request))
        await response(scope, receive, send)


def entrance_of(route: APIRoute) -> Door | None:
    """The door that stands before a route."""
    found = (each.call for each in route.dependant.dependencies)
    return next((call for call in found if isinstance(call, Door)), None)


async def asker(request: Request) -> Principal | None:
    """The holder of the bearer key, or else of the browser session; a wrong key is never overlooked."""
    given = request.headers.getlist("authorization")
    if given:
        return await _holder(request, _secret(given))
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is not None and request.method not in SAFE:
        _refuse_other_sites(request)
    return principal


async def _holder(request: Request, secret: str) -> Principal:
    """A key that was just seen is answered from memory; only a first look waits for the database, in a thread."""
    portal = portal_of(request)
    tokens: AccessTokens = request.app.state.tokens
    if tokens.are_taken and looks_like_token(secret):
        return await tokens.principal_of(secret, request.headers.get(ACTS_FOR))
    known = keys.remembered(portal, secret)
    return known if known is not None else await run_in_threadpool(keys.principal_of, portal, secret)


def account_of(principal: Principal, asked: str | None) -> str:
    """The account that is asked about: the one named, or the asker's own."""
    if asked:
        return asked
    if principal.account_id is None:
        raise BadInput("This key speaks for every account: say which one.", field="account")
    return principal.account_id


def origin_of(request: Request) -> str:
    """The address of whoever asks, for the audit log."""
    return request.client.host if request.client else ""


def portal_of(request: Request) -> Portal:
    """The portal of the app that serves this request."""
    portal: Portal = request.app.state.portal
    return portal


def metrics_of(request: Request) -> Metrics:
    """The counters of the app that serves this request."""
    metrics: Metrics = request.app.state.metrics
    return metrics


def _secret(given: list[str]) -> str:
    scheme, _, secret = given[0].partition(" ")
    secret = secret.strip()
    if len(given) > 1 or scheme.lower() != "bearer" or not secret.isascii() or not 0 < len(secret) <= _longest(secret):
        raise SignedOut("This is no API key: send one header `Authorization: Bearer <key>`.")
    return secret


def _longest(secret: str) -> int:
    return LONGEST_TOKEN if looks_like_token(secret) else LONGEST_KEY


def _refuse_other_sites(request: Request) -> None:
    """A cookie comes along with whatever page makes the browser ask, so only our own pages may change something."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    public = urlsplit(portal_of(request).settings.public_url)
    own = {f"{public.scheme}://{public.netloc}", f"{request.url.scheme}://{request.url.netloc}"}
    if site in ("same-origin", "none") or (site is None and (origin is None or origin in own)):
        return
    raise Forbidden("Only the portal's own pages may ask for this with a browser session.")
