"""A small portal with doors, guard and session reader, browsers that ask it, and a provider beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Table, func, select

from auth import doors
from auth.guard import Guard
from auth.middleware import SessionMiddleware
from billing.store.tables_trade import people, sessions
from tests.api.doorway import Api, api_of
from tests.auth.tokens import settings
from tests.world.databases import SqliteDatabases, migrated
from tests.world.oidc import CLIENT_ID, CLIENT_SECRET, Behaviour, FakeProvider, running_provider
from tests.world.portals import World, open_world

OURS = "http://localhost:8080"


@dataclass
class Site:
    """A portal's doors as browsers meet them."""

    world: World
    app: Any

    @asynccontextmanager
    async def browser(self, address: str = OURS, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of its own, with its own cookies."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url=address, headers=headers) as client:
            yield client

    def count(self, table: Table) -> int:
        with self.world.portal.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0

    def nobody_came_in(self) -> bool:
        """No person, no session: nothing of a refused sign-in is left behind."""
        return self.count(people) == 0 and self.count(sessions) == 0


def site_of(world: World) -> Site:
    """The doors of a world, as app.py puts them together."""
    app = FastAPI()
    app.include_router(doors.router(world.portal))
    return Site(world, Guard(SessionMiddleware(app, world.portal), world.portal.settings))


@pytest.fixture
def own_url(tmp_path: Path, sqlite_templates: Path) -> str:
    """An empty database with its tables, on SQLite."""
    return SqliteDatabases(tmp_path, sqlite_templates).prepared("schema", migrated)


@pytest.fixture
def own_world(own_url: str) -> Iterator[World]:
    with open_world(own_url) as made:
        yield made


@pytest.fixture
def site(own_world: World) -> Site:
    return site_of(own_world)


@pytest.fixture(scope="session")
def _running_provider() -> Iterator[FakeProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(_running_provider: FakeProvider) -> FakeProvider:
    """The provider, keeping every rule again."""
    _running_provider.behave = Behaviour()
    _running_provider.asked.clear()
    return _running_provider


@pytest.fixture
def provided(provider: FakeProvider, own_url: str) -> Iterator[Site]:
    """A portal whose people sign in through the provider."""
    with open_world(
        own_url,
        SCRIP_OIDC__ISSUER=provider.issuer, SCRIP_OIDC__CLIENT_ID=CLIENT_ID, SCRIP_OIDC__CLIENT_SECRET=CLIENT_SECRET,
        SCRIP_OIDC__MANAGER_CLAIM="groups", SCRIP_OIDC__MANAGER_VALUES="credit-managers",
        SCRIP_OIDC__BILLING_MANAGER_VALUES="billing",
    ) as world:  # fmt: skip
        yield site_of(world)


@pytest.fixture
async def token_api(provider: FakeProvider, own_url: str) -> AsyncIterator[Api]:
    """The API of a portal that takes the provider's access tokens."""
    with open_world(own_url, clock=None, **settings(provider)) as world:
        async with api_of(world) as made:
            yield made
