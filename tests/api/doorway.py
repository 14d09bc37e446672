"""What tests of the doors hold: the app, a client, keys of each kind, and a way to take the database away."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql
from starlette.types import Receive, Scope, Send

from api import doors
from auth import keys
from auth.policy import Principal, Role
from billing import grants
from billing.grants import Grant
from billing.rules.money import Credits
from billing.store import database as database_module
from billing.store import schema
from tests.world.portals import World

ADDRESS = "http://localhost:8080"
PROBLEM = "application/problem+json"
Headers = dict[str, str]


@dataclass
class Api:
    """The doors of one world. `program` and `manager` are headers with a key that speaks for every account."""

    world: World
    app: FastAPI
    client: httpx.AsyncClient
    program: Headers
    manager: Headers

    def bound(self, account_id: str, role: Role = Role.PROGRAM) -> Headers:
        """Headers with a key of this account alone."""
        return bearer(self.world, role, account_id)

    def funded(self, credits: str = "100", name: str = "Ada") -> str:
        """An account with credits."""
        account_id = self.world.account(name)
        grants.give(
            self.world.portal, Grant(account_id, Credits.of(credits), "credits for a test", "usr_test", account_id)
        )
        return account_id

    async def debit(self, account_id: str, amount: Any, key: str, **more: Any) -> httpx.Response:
        """One usage debit by the program."""
        body = {"account": account_id, "amount": amount, "idempotency_key": key, **more}
        return await self.client.post("/api/v1/usage", json=body, headers=self.program)

    @asynccontextmanager
    async def browser(self, principal: Principal) -> AsyncIterator[httpx.AsyncClient]:
        """A client whose requests carry this person's session, as the session middleware leaves it."""

        async def signed_in(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("state", {})["principal"] = principal
            await self.app(scope, receive, send)

        async with client_of(signed_in) as client:
            yield client


def client_of(app: Any) -> httpx.AsyncClient:
    """A client on the app's ASGI side; an error that leaves the app is an error of the test."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS)


def app_of(world: World) -> FastAPI:
    """An app with every door and nothing else."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    doors.include(app, world.portal, lambda portal: schema.is_current(portal.database))
    return app


@asynccontextmanager
async def api_of(world: World) -> AsyncIterator[Api]:
    """The doors of `world`."""
    app = app_of(world)
    async with client_of(app) as client:
        yield Api(world, app, client, bearer(world, Role.PROGRAM), bearer(world, Role.MANAGER))


def bearer(world: World, role: Role, account_id: str | None = None) -> Headers:
    """Headers with a fresh key."""
    _, secret = keys.create(world.portal, name="a test", role=role, account_id=account_id, by="test")
    return {"Authorization": f"Bearer {secret}"}


@contextmanager
def database_away(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """PostgreSQL lets nobody in; SQLite's file is locked by another program for longer than anybody waits."""
    database = world.portal.database
    if not database.is_sqlite:
        with _nobody_may_enter(world):
            yield
        return
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    database.engine.dispose()
    other = sqlite3.connect(database.url.database or "", isolation_level=None)
    try:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _nobody_may_enter(world: World) -> Iterator[None]:
    url = world.portal.database.url
    name, folder = url.database, url.query["host"]
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(str(name))))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(str(name))))
