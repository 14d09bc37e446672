"""The guard around everything: what it refuses before anybody is asked, and what every answer carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from auth.guard import Guard
from tests.world.portals import settings_for

OURS = "http://localhost:8080"
EVIL = "https://evil.example"
PUBLIC = {"SCRIP_PUBLIC_URL": "https://credits.example.org", "SCRIP_ENVIRONMENT": "development"}


def small_app() -> FastAPI:
    """Answers everything; NiceGUI's pages are known by their header."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def anything(request: Request, path: str) -> Any:
        body = await request.body()
        if path == "nicegui":
            nonce = request.state.csp_nonce
            return HTMLResponse(nonce, headers={"X-NiceGUI-Content": "page", "Cache-Control": "max-age=9"})
        if path.startswith(("static/", "_nicegui/")):
            return PlainTextResponse("file", 404 if "absent" in path else 200, {"Cache-Control": "public, max-age=9"})
        if path == "stream":
            return StreamingResponse(_pieces())
        prefix = request.headers.get("x-forwarded-prefix", "none")
        return PlainTextResponse(f"{len(body)} {prefix} {getattr(request.state, 'csp_nonce', '')}")

    return app


async def _pieces() -> AsyncIterator[bytes]:
    for number in range(3):
        yield str(number).encode()


def browser(app: Any = None, address: str = OURS, **changes: str) -> httpx.AsyncClient:
    guard = Guard(app or small_app(), settings_for("sqlite://", **changes))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=guard), base_url=address)


def policy_of(answer: httpx.Response) -> dict[str, str]:
    parts = (each.partition(" ") for each in answer.headers["content-security-policy"].split("; "))
    return {name: sources for name, _, sources in parts}


async def test_every_page_has_a_nonce_of_its_own_in_state_and_policy() -> None:
    async with browser() as client:
        first, second = await client.get("/nicegui"), await client.get("/nicegui")
    assert first.text != second.text
    assert len(first.text) >= 20
    assert f"'nonce-{first.text}'" in policy_of(first)["script-src"]


async def test_only_niceguis_pages_may_evaluate_and_nobody_may_inline_scripts() -> None:
    async with browser() as client:
        page, plain = policy_of(await client.get("/nicegui")), policy_of(await client.get("/sign-in"))
    assert "'unsafe-eval'" in page["script-src"]
    assert "'unsafe-eval'" not in plain["script-src"]
    assert "'unsafe-inline'" not in page["script-src"] + plain["script-src"]
    for policy in (page, plain):
        assert (policy["default-src"], policy["object-src"], policy["frame-ancestors"]) == ("'none'",) * 3
        assert (policy["base-uri"], policy["form-action"]) == ("'self'",) * 2
        assert policy["style-src"] == "'self' 'unsafe-inline'"


async def test_with_stripe_its_origins_and_no_others_are_in_the_policy() -> None:
    real = {"SCRIP_STRIPE__API_KEY": "sk_test_51abc", "SCRIP_STRIPE__API_BASE": "https://api.stripe.com"}
    signing_in = {"SCRIP_OIDC__ISSUER": "https://id.x", "SCRIP_OIDC__CLIENT_ID": "c", "SCRIP_OIDC__CLIENT_SECRET": "s"}
    async with browser(address="https://credits.example.org", **real, **signing_in, **PUBLIC) as client:
        answer = await client.get("/nicegui")
    policy = policy_of(answer)
    assert policy["script-src"].endswith("'unsafe-eval' https://js.stripe.com https://*.js.stripe.com")
    assert policy["frame-src"] == "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
    assert policy["connect-src"] == "'self' wss://credits.example.org https://api.stripe.com"
    assert policy["img-src"] == "'self' data: https://*.stripe.com"
    assert 'payment=(self "https://js.stripe.com" "https://hooks.stripe.com")' in answer.headers["permissions-policy"]


async def test_with_the_sandbox_its_origin_stands_for_stripes() -> None:
    async with browser(SCRIP_STRIPE__JS_URL="http://127.0.0.1:12111/stripe.js") as client:
        policy = policy_of(await client.get("/nicegui"))
    assert policy["script-src"].endswith("'unsafe-eval' http://127.0.0.1:12111")
    assert policy["frame-src"] == "http://127.0.0.1:12111"
    assert policy["connect-src"] == "'self' ws://localhost:8080 http://127.0.0.1:12111 http://127.0.0.1:9"


@pytest.mark.parametrize("path", ["/", "/nicegui", "/sign-in", "/api/v1/usage", "/livez", "/static/plain.css"])
async def test_every_answer_carries_the_safe_headers(path: str) -> None:
    async with browser(address="https://credits.example.org", **PUBLIC) as client:
        headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=31536000")


async def test_plain_http_promises_no_https() -> None:
    async with browser() as client:
        assert "strict-transport-security" not in (await client.get("/")).headers


async def test_a_page_isolates_its_window_but_lets_the_bank_open_one() -> None:
    async with browser() as client:
        assert (await client.get("/")).headers["cross-origin-opener-policy"] == "same-origin-allow-popups"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/nicegui", "no-store"),
        ("/api/v1/balance", "no-store"),
        ("/webhooks/stripe", "no-store"),
        ("/static/plain.css", "public, max-age=9"),
        ("/_nicegui/3.18.0/static/vue.js", "public, max-age=9"),
        ("/static/absent.css", "no-store"),
        ("/_nicegui/client/id/file", "no-store"),
        ("/_nicegui/3.18.0/dynamic_resources/x", "no-store"),
    ],
)
async def test_only_files_that_are_there_may_be_kept_by_caches(path: str, kept: str) -> None:
    async with browser() as client:
        assert (await client.get(path)).headers.get_list("cache-control") == [kept]


@pytest.mark.parametrize("path", ["/webhooks/stripe", "/api/v1/usage", "/static/plain.css", "/metrics"])
async def test_what_is_no_page_gets_no_nonce(path: str) -> None:
    async with browser() as client:
        assert "nonce" not in (await client.get(path)).headers.get("content-security-policy", "")


async def test_answers_stream_through_piece_by_piece() -> None:
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            sent.append(message["body"])

    async def receive() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"} if sent[-1:] == [b""] else {"type": "http.request", "body": b""}

    guard = Guard(small_app(), settings_for("sqlite://"))
    scope: Scope = {
        "type": "http", "method": "GET", "path": "/stream", "raw_path": b"/stream", "query_string": b"",
        "headers": [(b"host", b"localhost:8080")], "http_version": "1.1", "scheme": "http", "root_path": "",
    }  # fmt: skip
    await guard(scope, receive, send)
    assert [piece for piece in sent if piece] == [b"0", b"1", b"2"]


async def test_a_forwarded_prefix_never_reaches_the_application() -> None:
    async with browser() as client:
        answer = await client.get("/", headers={"X-Forwarded-Prefix": "//evil.example"})
    assert answer.text.split()[1] == "none"


async def test_the_lifespan_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return None

    await Guard(app, settings_for("sqlite://"))({"type": "lifespan"}, nothing, nothing)
    assert seen == ["lifespan"]
