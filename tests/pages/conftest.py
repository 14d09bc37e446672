"""One whole portal for the tests of pages: guard, sessions and pages as app.py puts them together, over SQLite.

NiceGUI keeps one application per process, so it is put together once; a test gets people of its own instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog
from nicegui import ui
from structlog.typing import EventDict

import app
from tests.pages.visits import ORIGIN, Addressed, Site
from tests.world.portals import open_world


@pytest.fixture(scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """The portal, started and at the end stopped."""
    path = tmp_path_factory.mktemp("pages") / "scrip.db"
    with open_world(f"sqlite:///{path}") as world:
        application = app.build(world.portal)
        said: asyncio.Queue[Any] = asyncio.Queue()
        answers: asyncio.Queue[Any] = asyncio.Queue()

        async def live() -> None:
            await application({"type": "lifespan", "asgi": {}}, said.get, answers.put)

        running = asyncio.create_task(live())
        await said.put({"type": "lifespan.startup"})
        started = await answers.get()
        assert started["type"] == "lifespan.startup.complete", started
        for name in ("notify", "navigate", "download"):
            setattr(ui, name, Addressed(name))
        yield Site(world, httpx.ASGITransport(app=application), ORIGIN)
        await said.put({"type": "lifespan.shutdown"})
        await running


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What was logged during the test. An error nobody foresaw fails it: whoever expects one takes it off the list."""
    with structlog.testing.capture_logs() as events:
        yield events
    assert not [event for event in events if event["log_level"] in ("error", "critical")]
