"""The server under load, in a process of its own: the real doors behind the real guard. Only benchmarks import it.

With `null=True` everything is the same but the till: it answers at once and touches no database. What that server
reaches is what every ratio is measured against.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import uvicorn
from fastapi import FastAPI

from api import doors
from auth.guard import Guard
from auth.middleware import SessionMiddleware
from benchmarks.wire import HOST, SECRET
from billing.gateways.stripe import StripeGateway
from billing.logs import configure_logging
from billing.portal import Bell, Portal
from billing.rules.moments import system_clock
from billing.rules.postings import Posted, Posting
from billing.settings import Settings, load_settings
from billing.store.database import Database
from billing.store.inbox import EventState
from billing.store.till import Till
from billing.store.writer import calm_collector
from billing.webhooks import Arrival

STARTING_SECONDS = 90
"""Far more than it takes, for a busy machine."""


class NullTill(Till):
    """Answers at once what a till would answer when all goes well."""

    async def ask(self, run: Callable[..., Any], payload: Any) -> Any:  # noqa: ARG002 - a till's signature
        """Takes nothing, waits for nothing."""
        if isinstance(payload, Arrival):
            return EventState.HANDLED
        asked, now = payload
        return _posted(asked, now) if isinstance(asked, Posting) else [_posted(each, now) for each in asked]


def _posted(posting: Posting, now: int) -> Posted:
    return Posted(1, posting.account_id, posting.amount_micro, CALM, now)


CALM = 1_000_000_000
"""A balance, for answers that come from nowhere."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int


@contextmanager
def serving(url: str, *, null: bool = False) -> Iterator[Server]:
    """Starts a server over the migrated database at `url` and ends it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(url, null, there))
    process.start()
    there.close()
    try:
        if not here.poll(STARTING_SECONDS):
            raise RuntimeError("The server did not start.")
        yield Server(here.recv())
    finally:
        here.close()
        process.join(15)
        process.kill()


def settings_for(url: str) -> Settings:
    """Settings of a portal at full durability; nothing but the database is there to be asked."""
    return load_settings(
        {
            "SCRIP_DATABASE_URL": url,
            "SCRIP_STRIPE__API_KEY": "sk_test_sandbox_benchmarks",
            "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_benchmarks",
            "SCRIP_STRIPE__WEBHOOK_SECRETS": SECRET,
            "SCRIP_STRIPE__PRODUCT": "prod_scrip",
            "SCRIP_STRIPE__API_BASE": "http://127.0.0.1:9",
            "SCRIP_SESSION__SECRET": "0123456789abcdefghijklmnopqrstuvwxyz",
            "SCRIP_SWEEP_SECONDS": "0",
        }
    )


@contextmanager
def open_portal(url: str, *, null: bool = False) -> Iterator[Portal]:
    """A portal over the database at `url`, refused when that is not durable."""
    settings = settings_for(url)
    database = Database(url)
    database.assert_durable()
    bell = Bell()
    till = (NullTill if null else Till)(database, bell.ring)
    till.start()
    try:
        yield Portal(settings, database, till, StripeGateway.of(settings), system_clock, bell)
    finally:
        till.stop()
        database.engine.dispose()


def application(portal: Portal) -> Guard:
    """The layers of app.py without the pages."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with portal.till.with_teller("WARNING"):
            yield

    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    doors.include(outer, portal)
    return Guard(SessionMiddleware(outer, portal), portal.settings)


def _serve(url: str, null: bool, parent: Connection) -> None:
    configure_logging("WARNING")
    with open_portal(url, null=null) as portal:
        config = uvicorn.Config(
            application(portal), host=HOST.decode(), port=0, access_log=False, log_config=None, server_header=False
        )
        server = uvicorn.Server(config)
        calm_collector()
        listening = config.bind_socket()
        listening.listen(128)  # who comes before the server has started waits instead of being refused
        parent.send(listening.getsockname()[1])
        threading.Thread(target=_stop_with, args=(parent, server), daemon=True).start()
        server.run([listening])


def _stop_with(parent: Connection, server: uvicorn.Server) -> None:
    """Ends when the parent ends, however that happens."""
    parent.poll(None)
    server.should_exit = True
