"""Puts everything together and runs it; the only file that sees all rooms. Nobody imports it but tests and benchmarks.

`python -m app` (or `scrip`) is the command line; `build` makes the web application around a portal.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import typer
import uvicorn
from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.types import ASGIApp

import cli
import cli_stripe
from api import doors as api_doors
from auth import demo
from auth import doors as auth_doors
from auth.guard import Guard
from auth.middleware import SessionMiddleware
from billing import background, mail_texts, plan_sync, setup
from billing.gateways import sandbox_process
from billing.gateways.mail import mailer_of
from billing.gateways.provider import gateway_of, setup_of
from billing.logs import configure_logging
from billing.plan_files import catalogue_of
from billing.portal import Bell, Portal
from billing.rules.moments import Clock, system_clock
from billing.settings import Settings, SettingsError, complete, load_settings, unheard
from billing.setup import Installation
from billing.store import schema
from billing.store.database import Database, WeakDurability
from billing.store.listener import Listener
from billing.store.schema import NewerSchema
from billing.store.till import Till
from billing.store.writer import calm_collector
from pages import (
    buy,
    cards,
    costs,
    edges,
    home,
    invoices,
    nonce,
    open_invitations,
    organisation,
    plan,
    profile,
    receipt,
    theme,
    transactions,
    usage,
)
from pages.manage import account, accounts, attention, audit, batch, bulk, event, events, insights, movements, payments
from pages.precompressed import Precompressed, precompress
from pages.settings import alerts as alerts_page
from pages.settings import keys as keys_page
from pages.settings import mount as settings_mount
from pages.settings import sessions as sessions_page

PAGES: tuple[Callable[[Portal], None], ...] = (
    home.mount,
    buy.mount,
    receipt.mount,
    transactions.mount,
    usage.mount,
    plan.mount,
    invoices.mount,
    costs.mount,
    cards.mount,
    organisation.mount,
    profile.mount,
    open_invitations.mount,
    settings_mount,
    sessions_page.mount,
    alerts_page.mount,
    keys_page.mount,
    accounts.mount,
    account.mount,
    bulk.mount,
    batch.mount,
    events.mount,
    event.mount,
    attention.mount,
    audit.mount,
    insights.mount,
    payments.mount,
    movements.mount,
)
"""Every page of the portal, one line each."""


@contextmanager
def open_installation(settings: Settings | None = None, *, clock: Clock = system_clock) -> Iterator[Installation]:
    """The settings and the provider's account, as far as they are there. Raises SettingsError."""
    settings = settings or load_settings(setting_up=True)
    if settings.mode == "sandbox":
        settings = complete(settings)
    account = setup_of(settings)
    try:
        yield Installation(settings, account, clock)
    finally:
        if account is not None:
            account.close()


@contextmanager
def open_portal(settings: Settings | None = None, *, clock: Clock = system_clock) -> Iterator[Portal]:
    """A portal over a migrated database, closed at the end. Raises SettingsError, BadInput for a file of plans,
    WeakDurability, NewerSchema.
    """
    settings = settings or complete(load_settings())
    configure_logging(settings.log_level)
    catalogue = catalogue_of(settings)
    mail_texts.check(settings)
    database = Database(settings.database_url.get_secret_value(), relaxed=settings.durability == "relaxed")
    schema.migrate(database)
    database.assert_durable()
    bell = Bell()
    gateway = gateway_of(settings, clock)
    till = Till(database, bell.ring)
    till.start()
    listener = None if database.is_sqlite else Listener(database, bell.ring, bell.ring_all)
    if listener is not None:
        listener.start()
    try:
        yield Portal(settings, database, till, gateway, clock, bell, catalogue, mailer_of(settings))
    finally:
        gateway.close()
        if listener is not None:
            listener.stop()
        till.stop()
        database.engine.dispose()


def build(portal: Portal) -> ASGIApp:
    """The web application: guard, then sessions, then our own routes, then NiceGUI's pages."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with portal.till.with_teller(portal.settings.log_level):
            with background.running(portal):
                yield

    title = portal.settings.product_name
    outer = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    outer.state.portal = portal
    otherwise = edges.Answers(title).answer
    api_doors.include(outer, portal, lambda each: schema.is_current(each.database), otherwise)
    outer.include_router(auth_doors.router(portal))
    edges.install(outer, portal)
    nonce.patch_templates()
    for mount in PAGES:
        mount(portal)
    edges.refuse_second_name(outer, portal.settings.checkout_route)
    ui.run_with(outer, **theme.run_options(title))
    nicegui_app.config.socket_io_js_transports = ["websocket"]
    return Guard(Precompressed(SessionMiddleware(outer, portal)), portal.settings)


def run() -> None:
    """Serves the portal; in sandbox mode with the sandbox beside it."""
    settings = complete(load_settings())
    if warning := unheard(settings):
        typer.echo(warning, err=True)
    # The server raises SIGTERM again once it has stopped; as an exit it lets everything here be closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ExitStack() as stack:
        if settings.mode == "sandbox":
            stack.enter_context(sandbox_process.beside(_sandbox(settings)))
            settings = _prepared(settings)
        portal = stack.enter_context(open_portal(settings))
        with open_installation(settings) as here:
            plan_sync.at_start(portal, here.setup)
        application = build(portal)
        if settings.is_play:
            typer.echo(demo.welcome(portal, demo.prepare(portal)))
        else:
            typer.echo(f"{settings.product_name} ({settings.mode} mode) on {settings.public_url}")
        calm_collector()
        uvicorn.run(
            application,
            host=settings.host,
            port=settings.port,
            access_log=False,  # its lines would carry the pages' client ids, which are bearers
            log_config=None,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
            timeout_graceful_shutdown=5,
        )


def _prepared(settings: Settings) -> Settings:
    """The sandbox as `scrip setup-stripe` would prepare an account, and the settings that lead to what is there."""
    with open_installation(settings) as here:
        return setup.filled_in(settings, setup.run(here, lambda _step: None))


def _sandbox(settings: Settings) -> sandbox_process.Sandbox:
    stripe = settings.stripe
    return sandbox_process.Sandbox(
        port=settings.sandbox_port,
        webhook_url=f"http://127.0.0.1:{settings.port}{_webhook_path(settings)}",
        webhook_secrets=tuple(secret.get_secret_value() for secret in stripe.webhook_secrets if secret),
        secret_key=stripe.api_key.get_secret_value() if stripe.api_key else "",
        publishable_key=stripe.publishable_key or "",
        state=Path(settings.var_dir) / "sandbox.json",
    )


def _webhook_path(settings: Settings) -> str:
    """Where Stripe would be told to post: the path a system's documents name, if they do."""
    return next(iter(settings.webhook_paths), "/webhooks/stripe")


def _sandbox_alone() -> None:
    settings = complete(load_settings())
    if settings.mode != "sandbox":
        given = "dummy" if settings.mode == "dummy" else "stripe.api_key"
        raise SettingsError(f"{given} is set, so there is no sandbox: remove it to practise.")
    raise typer.Exit(sandbox_process.alone(_sandbox(settings)))


def _precompress() -> None:
    typer.echo(f"{precompress()} files compressed.")


def main() -> None:
    """The command line: every command of cli, and `run`."""
    commands = cli.build(open_portal)
    cli_stripe.add(commands, open_installation)
    commands.command("run")(run)
    commands.command("sandbox", help="Run only the sandbox, in the foreground.")(_sandbox_alone)
    commands.command("precompress", help="Compress static files once, when an image is built.")(_precompress)
    sys.exit(cli.at_the_edge(commands, WeakDurability, NewerSchema, sandbox_process.SandboxTrouble))


if __name__ == "__main__":
    main()
