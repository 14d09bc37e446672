"""A client of the SDK whose answers are kept, so that every test also holds the sandbox to the SDK's types.
Used by `conftest`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import stripe
from stripe import HTTPXClient, RequestsClient

from tests.sandbox.contract import differences_in


@dataclass
class Wire:
    """What came over the wire in this test. Clear `seen` where a test spoils answers on purpose."""

    seen: dict[str, str] = field(default_factory=dict)
    lines: set[Watched] = field(default_factory=set)

    def keep(self, asked: str, content: Any, status: int) -> None:
        if 200 <= status < 300:
            text = content.decode() if isinstance(content, bytes) else str(content)
            self.seen.setdefault(text, asked)

    def differences(self) -> list[str]:
        """What broke the contract, each line with the request whose answer it was in."""
        return [f"{asked}: {line}" for text, asked in self.seen.items() for line in differences_in(_read(text))]

    def hang_up(self) -> None:
        """Connections are kept open for the length of a test, and not left to the garbage collector."""
        for line in self.lines:
            line.close()  # type: ignore[no-untyped-call]
        self.lines.clear()


WIRE = Wire()


class Watched(RequestsClient):
    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        WIRE.lines.add(self)
        content, status, headers = super().request(method, url, *args, **more)
        WIRE.keep(f"{method} {url}", content, status)
        return content, status, headers


class WatchedAsync(HTTPXClient):
    async def request_async(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        content, status, headers = await super().request_async(method, url, *args, **more)
        WIRE.keep(f"{method} {url}", content, status)
        return content, status, headers


def watched_client(key: str, url: str, **more: Any) -> stripe.StripeClient:
    """The real SDK, pointed at a sandbox and overheard, for plain and for awaited calls."""
    http = Watched(async_fallback_client=WatchedAsync())
    return stripe.StripeClient(key, base_addresses={"api": url, "meter_events": url}, http_client=http, **more)


@asynccontextmanager
async def awaited_client(key: str, url: str) -> AsyncIterator[stripe.StripeClient]:
    """A client for awaited calls, hung up at the end: its connections belong to the event loop of the test."""
    awaited = WatchedAsync()
    http = Watched(async_fallback_client=awaited)
    yield stripe.StripeClient(key, base_addresses={"api": url, "meter_events": url}, http_client=http)
    await awaited.close_async()  # type: ignore[no-untyped-call]


def _read(text: str) -> Any:
    """None for what is no JSON: a PDF, or a body that was spoiled."""
    try:
        return json.loads(text)
    except ValueError:
        return None
