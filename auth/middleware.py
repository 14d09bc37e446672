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
from auth.pace import Pace, again_in
from auth.plain import RETRY_SECONDS, error_page
from auth.policy import Principal
from auth.returning import SESSION
from auth.sessions import cookie_name, principal
from auth.speaking import speech_of
from billing.portal import Portal
from billing.rules.errors import Unavailable

NOT_PAGES = ("/webhooks/", "/livez", "/readyz", "/metrics", "/static/", "/favicon.ico", "/_nicegui/")
PROBES = (SESSION,)
"""Read by open pages on their own, which is no sign of a person at the keyboard. Posting there is."""


STRANGERS_AT_ONCE, STRANGERS_PER_SECOND = 300, 5.0


class SessionMiddleware:
    """Reads the session of a request once, before anything that wants to know who asks.

    Strangers may ask for pages only so often: each page takes memory until its visitor has gone.
    """

    def __init__(self, app: ASGIApp, portal: Portal) -> None:
        self._app = app
        self._portal = portal
        self._name = cookie_name(portal.settings)
        self._mark = self._name.encode() + b"="
        self._pace = Pace(STRANGERS_AT_ONCE, STRANGERS_PER_SECOND)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; answers itself only when the database cannot say who asks."""
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(NOT_PAGES):
            await self._app(scope, receive, send)
            return
        try:
            who = await self._who(scope)
        except Unavailable as away:
            await _plain(503, away.sentence, scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = None if who is None else replace(who, origin=_origin(scope))
        wait = self._pace.take(_origin(scope)) if who is None and _is_page(scope) else 0
        if wait:
            await _plain(429, again_in(wait), scope, receive, send, wait)
        else:
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


def _is_page(scope: Scope) -> bool:
    """Programs are told apart by their keys, and a probe costs next to nothing."""
    return scope["type"] == "http" and not scope["path"].startswith(PROGRAMS) and scope["path"] not in PROBES


async def _plain(
    status: int, said: str, scope: Scope, receive: Receive, send: Send, seconds: int = RETRY_SECONDS
) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": ""})
        return
    nonce = str(scope.get("state", {}).get("csp_nonce", ""))
    speech = speech_of(HTTPConnection(scope))
    page = error_page(status, said, None, nonce, speech=speech, again_in=seconds)
    await page(scope, receive, send)
