"""The HTTP face of the sandbox: Stripe's API, the browser files and the control API, on loopback only.
Started by `__main__`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from sandbox.control import control
from sandbox.dispatch import Answer, Ask
from sandbox.errors import Refusal
from sandbox.frames import frames
from sandbox.machine import Machine
from sandbox.pages import pages

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Browser tests forward these names to the sandbox, so that a page can load stripe.js from its real address.
FORWARDED = frozenset({"api.stripe.com", "js.stripe.com"})
CORS = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, stripe-version",
    "Access-Control-Expose-Headers": "request-id",
    "Access-Control-Max-Age": "300",
    "Vary": "Origin",
}
Next = Callable[[Request], Awaitable[Response]]


def build(machine: Machine) -> FastAPI:
    """The app. Its lifespan starts and stops the machine."""

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
    app.middleware("http")(_guard)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Exception, _broke)
    app.include_router(control(machine))
    app.include_router(frames(machine))
    app.include_router(pages())
    _add_api(app, machine)
    return app


def _add_api(app: FastAPI, machine: Machine) -> None:
    async def api(request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        query = request.url.query
        ask = Ask(
            method=request.method,
            path=request.url.path,
            encoded="&".join(part for part in (query, body) if part),
            headers=dict(request.headers),
            origin=f"{request.url.scheme}://{request.headers['host']}",
        )
        answer = await machine.dispatcher.answer(ask)
        if machine.faults.lose_next and machine.faults.loses_answer():
            return _BrokenLine()
        return _response(answer)

    methods = ["GET", "POST", "DELETE", "PUT", "PATCH"]
    app.add_api_route("/v1/{rest:path}", api, methods=methods, include_in_schema=False)
    app.add_api_route("/v2/{rest:path}", api, methods=methods, include_in_schema=False)


async def _guard(request: Request, call_next: Next) -> Response:
    """Refuses names that are not this machine (a web page could point its own name here) and foreign browser
    origins.
    """
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if host not in LOOPBACK | FORWARDED:
        return JSONResponse({"error": {"message": "This sandbox answers on loopback only."}}, status_code=421)
    origin = request.headers.get("origin")
    if origin is None:
        return await call_next(request)
    if urlsplit(origin).hostname not in LOOPBACK | FORWARDED:
        return JSONResponse({"error": {"message": "This sandbox answers local pages only."}}, status_code=403)
    answer = Response(status_code=204) if request.method == "OPTIONS" else await call_next(request)
    answer.headers.update({**CORS, "Access-Control-Allow-Origin": origin})
    return answer


async def _refused(_: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    return JSONResponse({"error": refusal.error}, status_code=refusal.status)


async def _broke(_: Request, error: Exception) -> Response:
    """A mistake of the sandbox itself, printed by the server too; nobody must take it for an answer of Stripe."""
    message = f"The sandbox itself failed: {type(error).__name__}. Its own output says where."
    return JSONResponse({"error": {"type": "api_error", "message": message}}, status_code=500)


def _response(answer: Answer) -> Response:
    return Response(answer.content, answer.status, answer.headers, media_type="application/json")


class _BrokenLine(StreamingResponse):
    """Promises a body and sends none, so the server closes the connection and the client sees a broken line."""

    def __init__(self) -> None:
        super().__init__(iter(()), headers={"Content-Length": "1", "Connection": "close"})
