"""Examines an installation without changing anything: its settings, its database, its provider's account. cli calls it.

Each finding is one line: what was looked at, how it is, and what to do when it is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from billing import doctor_account
from billing.doctor_account import Finding, State
from billing.plan_files import catalogue_of
from billing.rules.errors import ScripError
from billing.settings import Settings
from billing.settings_rules import lacking
from billing.setup import Installation
from billing.store import schema
from billing.store.database import DBAPI_ERRORS, Database, WeakDurability

__all__ = ["Finding", "State", "examine"]


def examine(here: Installation) -> Iterator[Finding]:
    """Everything that can be known from here, finding by finding."""
    settings = here.settings
    yield from _settings(settings)
    yield from _plan_files(settings)
    if here.setup is not None:
        yield from doctor_account.examine(settings, here.setup, here.clock)
    yield from _database(settings)
    yield _sweep(settings)
    yield _mail(settings)


def _settings(settings: Settings) -> Iterator[Finding]:
    lines = list(lacking(settings))
    yield from (Finding(State.WRONG, "settings", line) for line in lines)
    if not lines:
        yield Finding(State.OK, "settings", f"whole, {settings.mode} mode")


def _plan_files(settings: Settings) -> Iterator[Finding]:
    """Whether the portal would start with them."""
    if not settings.catalog.plan_files:
        return
    try:
        found = catalogue_of(settings)
    except ScripError as error:
        yield Finding(State.WRONG, "plan files", error.sentence)
    else:
        yield Finding(State.OK, "plan files", f"{len(found.plans)} plans of {len(found.products)} products")


def _database(settings: Settings) -> Iterator[Finding]:
    """Looks into a database that is there; opening one that is not would make it."""
    url = make_url(settings.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield Finding(State.WRONG, "database", f"{url.database} is not there yet; run `scrip migrate`")
        return
    database = Database(settings.database_url.get_secret_value(), relaxed=settings.durability == "relaxed")
    try:
        yield from _opened(database)
    except ScripError as error:
        yield Finding(State.WRONG, "database", error.sentence)
    except DBAPI_ERRORS:
        told = "it cannot be read as this portal's database; see SCRIP_DATABASE_URL, or restore it from a backup"
        yield Finding(State.WRONG, "database", told)
    finally:
        database.engine.dispose()


def _opened(database: Database) -> Iterator[Finding]:
    try:
        database.assert_durable()
    except WeakDurability as weak:
        yield Finding(State.WRONG, "durability", str(weak))
    else:
        relaxed = "durability is relaxed: a power cut may lose what was answered"
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        yield Finding(State.OK, "durability", relaxed if database.relaxed else f"{kind} keeps every answered commit")
    if schema.is_current(database):
        yield Finding(State.OK, "schema", "the newest")
    else:
        yield Finding(State.WRONG, "schema", "not this version's; run `scrip migrate` with the newest Scrip")


def _sweep(settings: Settings) -> Finding:
    every, own = settings.sweep_seconds, settings.refresh.checkouts
    if every and own != 0:
        return Finding(State.OK, "sweep", f"open orders are checked every {own or every} seconds")
    name = "refresh.checkouts" if every else "sweep_seconds"
    return Finding(State.WRONG, "sweep", f"{name} is 0, so a lost webhook leaves a payment without credits; set 60")


def _mail(settings: Settings) -> Finding:
    """Nothing is sent to find out: `scrip mail-test` does that."""
    way = settings.mail.by(is_play=settings.is_play)
    if way == "smtp":
        told = f"by {settings.mail.host}:{settings.mail.server_port}; try it: scrip mail-test you@example.org"
        return Finding(State.OK, "mail", told)
    if way == "file":
        return Finding(State.OK, "mail", "kept as files; nobody gets any")
    return Finding(State.OK, "mail", "none is sent; with mail.host and mail.sender people are told of low credits")
