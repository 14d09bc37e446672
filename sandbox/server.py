"""The HTTP face of the sandbox: Stripe's API, the browser files and the control API, on loopback only.
Started by `__main__`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.answers import Answer
from sandbox.billing_portal.portal import portal
from sandbox.control import control
from sandbox.dispatch import Ask
from sandbox.errors import Refusal
from sandbox.frames import frames
from sandbox.invoices.hosted import hosted_invoices
from sandbox.machine import Machine
from sandbox.pages import pages

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Browser tests forward these names to the sandbox, so that a page can load stripe.js from its real address.
FORWARDED = frozenset({"api.stripe.com", "js.stripe.com"})
API = ("/v1/", "/v2/")
CORS = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, stripe-version",
    "Access-Control-Expose-Headers": "request-id",
    "Access-Control-Max-Age": "300",
    "Vary": "Origin",
}


def build(machine: Machine) -> ASGIApp:
    """Everything behind one guard. Stripe's API takes the short way, past the framework that serves the rest."""
    return Guard(ServerErrorMiddleware(Api(machine), handler=_broke), _rest(machine))


class Guard:
    """Refuses names that are not this machine (a web page could point its own name here) and foreign browser
    origins.
    """

    def __init__(self, api: ASGIApp, rest: ASGIApp) -> None:
        self.api = api
        self.rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.rest(scope, receive, send)
            return
        scope["told"] = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        inner = self.api if scope["path"].startswith(API) else self.rest
        refusal = _refusal(scope["told"])
        origin = scope["told"].get("origin")
        if refusal is not None:
            await refusal(scope, receive, send)
        elif origin is None:
            await inner(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204)(scope, receive, _with_cors(send, origin))
        else:
            await inner(scope, receive, _with_cors(send, origin))


class Api:
    """Stripe's own addresses."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[str, str] = scope["told"]
        ask = Ask(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            body=(await _body(receive)).decode("utf-8", "replace"),
            headers=headers,
            origin=f"{scope['scheme']}://{headers['host']}",
        )
        answer = await self.machine.dispatcher.answer(ask)
        await _response(answer)(scope, receive, send)


def _rest(machine: Machine) -> FastAPI:
    """Controls, frames and files. Its lifespan starts and stops the machine."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        machine.start()
        yield
        await machine.stop()

    app = FastAPI(
        title="Scrip sandbox",
        summary="Controls of a local Stripe. Nothing here touches Stripe or money.",
        openapi_url="/_sandbox/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Exception, _broke)
    app.include_router(control(machine))
    app.include_router(frames(machine))
    app.include_router(portal(machine))
    app.include_router(hosted_invoices(machine))
    app.include_router(pages())
    return app


def _refusal(headers: dict[str, str]) -> Response | None:
    if urlsplit(f"//{headers.get('host', '')}").hostname not in LOOPBACK | FORWARDED:
        return JSONResponse({"error": {"message": "This sandbox answers on loopback only."}}, status_code=421)
    if "origin" in headers and urlsplit(headers["origin"]).hostname not in LOOPBACK | FORWARDED:
        return JSONResponse({"error": {"message": "This sandbox answers local pages only."}}, status_code=403)
    return None


def _with_cors(send: Send, origin: str) -> Send:
    async def _send(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update({**CORS, "Access-Control-Allow-Origin": origin})
        await send(message)

    return _send


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _refused(_: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    return JSONResponse({"error": refusal.error}, status_code=refusal.status)


async def _broke(_: Request, error: Exception) -> Response:
    """A mistake of the sandbox itself, printed by the server too; nobody must take it for an answer of Stripe."""
    message = f"The sandbox itself failed: {type(error).__name__}. Its own output says where."
    return JSONResponse({"error": {"type": "api_error", "message": message}}, status_code=500)


def _response(answer: Answer) -> Response:
    if answer.broken:
        return _BrokenLine()
    return Response(answer.content, answer.status, answer.headers, media_type="application/json")


class _BrokenLine(StreamingResponse):
    """Promises a body and sends none, so the server closes the connection and the client sees a broken line."""

    def __init__(self) -> None:
        super().__init__(iter(()), headers={"Content-Length": "1", "Connection": "close"})
