"""The outermost layer: refuses what can be refused without knowing who asks, and dresses every answer. app.py uses it.

It stands around everything, NiceGUI's socket included, which by itself checks neither origin nor cookie. It is on the
path of every webhook and debit, so all that can be computed at the start is.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.headers import NO_STORE, header_sets, origin_of
from auth.hosts import Hosts
from auth.metering import Meter
from billing.rules.errors import TooLarge
from billing.settings import Settings

SOCKET = "/_nicegui_ws/"
MACHINES = ("/webhooks/", "/api/v", "/api/iam/", "/admin/api/", "/livez", "/readyz", "/metrics", SOCKET)
PROGRAMS = ("/api/", "/admin/api/")
STATIC = ("/_nicegui/", "/static/", "/favicon.ico")
CHANGING_FILES = ("/_nicegui/client/", "/dynamic_resources/")
HEALTH = frozenset({"/livez", "/readyz", "/metrics"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_WANTED = frozenset({b"host", b"origin", b"sec-fetch-site", b"authorization", b"content-length", b"x-forwarded-prefix"})
_OWN_SITE = (None, b"same-origin", b"none")


class Refusal(NamedTuple):
    """An answer given before the application is asked."""

    status: int
    sentence: bytes


_WRONG_HOST = Refusal(400, b"This portal does not answer to that name.\n")
_FOREIGN = Refusal(403, b"This request came from another site, so it was not carried out.\n")
_BAD_LENGTH = Refusal(400, b"The length of the request is not a number.\n")
_TOO_LARGE = Refusal(413, b"The request is larger than this portal takes.\n")


class Guard:
    """Wraps the whole application. Pure ASGI: answers stream through it untouched."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._sets = header_sets(settings)
        self._hosts = Hosts(origin_of(settings.public_url))
        self._limit = settings.api.body_limit_bytes
        self._machines = (*MACHINES, *settings.webhook_paths)
        self._signed = ("/webhooks/", *settings.webhook_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything comes through here; only requests and sockets are looked at."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket" and self._is_foreign_socket(_read(scope)):
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        headers = _read(scope)
        refusal = self._refusal(scope["method"], path, headers)
        if refusal is not None:
            await self._refuse(refusal, send)
            return
        meter = Meter(receive, self._limit)
        dressed = self._dressing(scope, path, send)

        async def sending(message: Message) -> None:
            # What the application makes of an aborted body is not the answer; ours is.
            if not meter.is_over or meter.answered:
                meter.answered = True
                await dressed(message)

        try:
            await self._app(scope, meter, sending)
        except TooLarge:
            if not meter.is_over:
                raise
        if meter.is_over and not meter.answered:
            await self._refuse(_TOO_LARGE, send)

    def _refusal(self, method: str, path: str, headers: dict[bytes, bytes]) -> Refusal | None:
        host = headers.get(b"host")
        if not self._hosts.is_ours(host) and path not in HEALTH:
            return _WRONG_HOST
        if method in READING:
            # The polling transport reads by GET, with our cookies, and browsers send no Origin with it.
            if path.startswith(SOCKET) and not self._is_from_us(headers):
                return _FOREIGN
        elif not self._proves_itself(path, headers) and not self._may_change(headers):
            return _FOREIGN
        length = headers.get(b"content-length")
        if length is not None and not length.isdigit():
            return _BAD_LENGTH
        return _TOO_LARGE if length is not None and int(length[:20]) > self._limit else None

    def _may_change(self, headers: dict[bytes, bytes]) -> bool:
        """Browsers tell where a request comes from; what tells nothing is no browser and has no cookies to misuse."""
        origin = headers.get(b"origin")
        own_origin = origin is None or self._hosts.is_our_origin(origin, headers.get(b"host"))
        return own_origin and headers.get(b"sec-fetch-site") in _OWN_SITE

    def _proves_itself(self, path: str, headers: dict[bytes, bytes]) -> bool:
        """A signature or a bearer key is no cookie: no browser adds it by itself."""
        if path.startswith(self._signed):
            return True
        return path.startswith("/api/") and headers.get(b"authorization", b"")[:7].lower() == b"bearer "

    def _is_from_us(self, headers: dict[bytes, bytes]) -> bool:
        origin = headers.get(b"origin")
        if origin is None:
            return headers.get(b"sec-fetch-site") == b"same-origin"
        return self._hosts.is_our_origin(origin, headers.get(b"host"))

    def _is_foreign_socket(self, headers: dict[bytes, bytes]) -> bool:
        host, origin = headers.get(b"host"), headers.get(b"origin")
        return origin is None or not (self._hosts.is_ours(host) and self._hosts.is_our_origin(origin, host))

    def _dressing(self, scope: Scope, path: str, send: Send) -> Send:
        if path.startswith(self._machines):
            return _with_headers(send, self._sets.machine)
        if path.startswith(STATIC) and not any(word in path for word in CHANGING_FILES):
            return _static(send, self._sets.static)
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce
        return self._page(send, nonce.encode())

    def _page(self, send: Send, nonce: bytes) -> Send:
        sets = self._sets

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                is_nicegui = any(name == b"x-nicegui-content" for name, _value in given)
                before, after = sets.nicegui_policy if is_nicegui else sets.plain_policy
                policy = (b"content-security-policy", before + nonce + after)
                message["headers"] = [*_kept(given), *sets.page, policy]
            await send(message)

        return sending

    async def _refuse(self, refusal: Refusal, send: Send) -> None:
        length = str(len(refusal.sentence)).encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length), *self._sets.machine]
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": refusal.sentence})


def _read(scope: Scope) -> dict[bytes, bytes]:
    """The few headers that decide. X-Forwarded-Prefix goes: with it, anybody could make pages load foreign scripts."""
    headers = {name: value for name, value in scope["headers"] if name in _WANTED}
    if b"x-forwarded-prefix" in headers:
        scope["headers"] = [header for header in scope["headers"] if header[0] != b"x-forwarded-prefix"]
    return headers


def _with_headers(send: Send, added: list[tuple[bytes, bytes]]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*_kept(message.get("headers", ())), *added]
        await send(message)

    return sending


def _static(send: Send, added: list[tuple[bytes, bytes]]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = message.get("headers", ())
            # A file that is not there must not be kept for a year.
            missing = [*_kept(given), NO_STORE] if message["status"] >= 400 else given
            message["headers"] = [*missing, *added]
        await send(message)

    return sending


def _kept(given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [header for header in given if header[0] != b"cache-control"]
