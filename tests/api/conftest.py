"""Fixtures of the doors: `api` on each engine, `shared_api` on SQLite for matrices that must change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from structlog.typing import EventDict

from tests.api.doorway import Api, api_of
from tests.world.portals import World, open_world


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    """The doors over a fresh database, on SQLite and then on PostgreSQL."""
    async with api_of(world) as made:
        yield made


@pytest.fixture(scope="module")
async def shared_api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """One set of doors for a whole module: for cases that are refused, or that only read."""
    path = tmp_path_factory.mktemp("doors") / "scrip.db"
    with open_world(f"sqlite:///{path}") as world:
        async with api_of(world) as made:
            yield made


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """What was logged during the test, as events."""
    with structlog.testing.capture_logs() as events:
        yield events


@pytest.fixture
def ada(shared_api: Api) -> str:
    """An account with 100 credits among the shared doors."""
    return shared_api.funded()
