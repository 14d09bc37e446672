"""Puts the principal behind every page request into `scope["state"]["principal"]`. Only app.py imports it.

Pure ASGI, no Set-Cookie, no work for requests that carry no session. The database is asked in a thread: a slow read
must not freeze everybody else's pages.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from anyio import to_thread
from starlette.requests import HTTPConnection, cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.guard import PROGRAMS
from auth.plain import error_page
from auth.policy import Principal
from auth.returning import SESSION
from auth.sessions import cookie_name, principal
from auth.speaking import speech_of
from billing.portal import Portal
from billing.rules.errors import Unavailable

NOT_PAGES = ("/webhooks/", "/livez", "/readyz", "/metrics", "/static/", "/favicon.ico", "/_nicegui/")
PROBES = (SESSION,)
"""Read by open pages on their own, which is no sign of a person at the keyboard. Posting there is."""


class SessionMiddleware:
    """Reads the session of a request once, before anything that wants to know who asks."""

    def __init__(self, app: ASGIApp, portal: Portal) -> None:
        self._app = app
        self._portal = portal
        self._name = cookie_name(portal.settings)
        self._mark = self._name.encode() + b"="

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; answers itself only when the database cannot say who asks."""
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(NOT_PAGES):
            await self._app(scope, receive, send)
            return
        try:
            who = await self._who(scope)
        except Unavailable as away:
            await _away(away, scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = None if who is None else replace(who, origin=_origin(scope))
        await self._app(scope, receive, send)

    async def _who(self, scope: Scope) -> Principal | None:
        cookie = self._cookie(scope)
        if cookie is None or (scope["path"].startswith(PROGRAMS) and _has_bearer(scope)):
            return None
        # A socket that reconnects by itself is no click either.
        is_probe = scope["path"] in PROBES and scope.get("method") != "POST"
        is_click = scope["type"] == "http" and not is_probe
        return await to_thread.run_sync(partial(principal, self._portal, cookie, is_click=is_click))

    def _cookie(self, scope: Scope) -> str | None:
        for name, value in scope["headers"]:
            if name == b"cookie" and self._mark in value:
                found: str | None = cookie_parser(value.decode("latin-1")).get(self._name)
                return found
        return None


def _origin(scope: Scope) -> str:
    """The address of whoever asks; behind a trusted proxy the server has put the far end's here."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _has_bearer(scope: Scope) -> bool:
    return any(name == b"authorization" and value[:7].lower() == b"bearer " for name, value in scope["headers"])


async def _away(away: Unavailable, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": ""})
        return
    nonce = str(scope.get("state", {}).get("csp_nonce", ""))
    page = error_page(503, away.sentence, None, nonce, speech=speech_of(HTTPConnection(scope)))
    await page(scope, receive, send)
