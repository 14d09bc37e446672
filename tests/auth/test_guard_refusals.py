"""Requests and sockets the guard turns away: foreign hosts, foreign sites, foreign sockets, bodies without end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from auth.guard import Guard
from billing.rules.errors import TooLarge
from tests.auth.test_guard import EVIL, OURS, PUBLIC, browser
from tests.world.portals import settings_for

LIMIT = {"SCRIP_API__BODY_LIMIT_BYTES": "10000"}


@pytest.mark.parametrize("host", ["localhost:8080", "localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1"])
async def test_on_this_machine_every_loopback_name_is_ours(host: str) -> None:
    async with browser() as client:
        assert (await client.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:8080@evil", "localhost:80x", "", "evil:8080", "[::2]"]
)
async def test_another_host_is_refused_in_plain_text(host: str) -> None:
    async with browser() as client:
        refused = await client.get("/", headers={"Host": host})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert refused.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("host", "status"), [("credits.example.org", 200), ("localhost:8080", 400), ("10.0.0.7", 400)])
async def test_a_public_portal_answers_to_its_public_name_only(host: str, status: int) -> None:
    async with browser(**PUBLIC) as client:
        assert (await client.get("/", headers={"Host": host})).status_code == status


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
async def test_health_is_told_under_any_name(path: str) -> None:
    async with browser() as client:
        assert (await client.get(path, headers={"Host": "10.0.0.7:8080"})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://localhost:8080.evil.example"},
        {"Origin": "https://localhost:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_another_site_changes_nothing(headers: dict[str, str], method: str) -> None:
    async with browser() as client:
        for path in ("/sign-out", "/api/v1/grants"):
            assert (await client.request(method, path, headers=headers)).status_code == 403
        assert (await client.get("/buy", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": OURS}, {"Sec-Fetch-Site": "same-origin", "Origin": OURS}, {"Sec-Fetch-Site": "none"}]
)
async def test_our_own_pages_and_plain_programs_may(headers: dict[str, str]) -> None:
    async with browser() as client:
        assert (await client.post("/sign-out", headers=headers)).status_code == 200


async def test_a_signature_or_a_bearer_key_needs_no_origin() -> None:
    foreign = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    async with browser() as client:
        assert (await client.post("/webhooks/stripe", headers=foreign)).status_code == 200
        bearer = {**foreign, "Authorization": "Bearer scrip_x"}
        assert (await client.post("/api/v1/usage", headers=bearer)).status_code == 200
        assert (await client.post("/sign-out", headers=bearer)).status_code == 403
        basic = {**foreign, "Authorization": "Basic eDp5"}
        assert (await client.post("/api/v1/usage", headers=basic)).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": EVIL}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": OURS}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_the_polling_transport_is_for_our_own_pages(headers: dict[str, str], status: int) -> None:
    async with browser() as client:
        found = await client.get("/_nicegui_ws/socket.io/?transport=polling", headers=headers)
    assert found.status_code == status


async def opened(origin: bytes | None, host: bytes = b"localhost:8080", **changes: str) -> list[Message]:
    """What a socket hears that comes with this Origin."""
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host), *([(b"origin", origin)] if origin is not None else [])]
    scope = {"type": "websocket", "path": "/_nicegui_ws/socket.io/", "headers": headers}
    await Guard(app, settings_for("sqlite://", **changes))(scope, receive, send)
    return sent


@pytest.mark.parametrize("origin", [b"http://localhost:8080", b"http://127.0.0.1:8080"])
async def test_a_socket_of_our_own_page_is_let_in(origin: bytes) -> None:
    assert await opened(origin, origin.removeprefix(b"http://")) == [{"type": "websocket.accept"}]


@pytest.mark.parametrize(
    "origin", [None, b"", b"null", b"https://evil.example", b"http://localhost:3000", b"http://localhost:8080/"]
)
async def test_every_other_socket_is_closed_before_it_opens(origin: bytes | None) -> None:
    assert [message["type"] for message in await opened(origin)] == ["websocket.close"]


async def test_a_socket_under_another_host_is_closed() -> None:
    assert [message["type"] for message in await opened(b"http://evil", b"evil")] == ["websocket.close"]
    own = b"https://credits.example.org"
    assert [message["type"] for message in await opened(own, b"evil", **PUBLIC)] == ["websocket.close"]
    assert [message["type"] for message in await opened(own, b"credits.example.org", **PUBLIC)] == ["websocket.accept"]


async def test_an_announced_length_above_the_limit_is_refused_unread() -> None:
    asked: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.append(scope["path"])

    async with browser(app, **LIMIT) as client:
        assert (await client.post("/webhooks/stripe", content=b"x" * 10_001)).status_code == 413
    assert asked == []


@pytest.mark.parametrize(("length", "status"), [("-1", 400), ("1e3", 400), ("٣", 400), ("9" * 500, 413)])
async def test_a_length_that_is_none_is_refused(length: str, status: int) -> None:
    async with browser(**LIMIT) as client:
        answer = await client.post("/", content=b"x", headers=[(b"content-length", length.encode())])
    assert answer.status_code == status


class Endless:
    """A body that announces no length; it counts what was read of it."""

    def __init__(self, most: int) -> None:
        self.most, self.read = most, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.read < self.most:
            self.read += 1000
            yield b"x" * 1000


@pytest.mark.parametrize("path", ["/webhooks/stripe", "/api/v1/usage", "/sign-in/demo"])
async def test_a_body_without_end_is_stopped_at_the_limit(path: str) -> None:
    body = Endless(1_000_000)
    async with browser(**LIMIT) as client:
        assert (await client.post(path, content=body)).status_code == 413
    # httpx hands the whole body over piece by piece only as it is asked for
    assert body.read <= 12_000


async def test_a_body_at_the_limit_is_read_whole() -> None:
    async with browser(**LIMIT) as client:
        assert (await client.post("/", content=Endless(10_000))).text.split()[0] == "10000"


async def gives_up(_scope: Scope, receive: Receive, _send: Send) -> None:
    with suppress(TooLarge):
        await read_all(receive)


async def answers_all_the_same(scope: Scope, receive: Receive, send: Send) -> None:
    await gives_up(scope, receive, send)
    await PlainTextResponse("all is well")(scope, receive, send)


def parses_json() -> FastAPI:
    """FastAPI makes a 400 of its own of any error while reading."""
    app = FastAPI()

    @app.post("/")
    async def reads(body: dict[str, str]) -> dict[str, str]:
        return body

    return app


async def read_all(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


@pytest.mark.parametrize("app", [gives_up, answers_all_the_same, parses_json()])
async def test_whatever_the_application_makes_of_an_aborted_body_the_answer_is_413(app: Any) -> None:
    async with browser(app, **LIMIT) as client:
        answer = await client.post("/", content=Endless(50_000), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
