"""Brings the database to the newest schema, and checks that it is. app, the command line and tests call it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from billing.store.database import Database, unavailable
from billing.store.tables import APPEND_ONLY, BY_TRIGGER, metadata

_FOLDER = Path(__file__).resolve().parents[2] / "migrations"
_MIGRATION_LOCK = 7_263_554_901


class NewerSchema(Exception):
    """The database was written by a newer Scrip than this one."""


def migrate(database: Database) -> None:
    """Applies what is missing in one transaction. Of two processes one works, the other waits and finds it done."""
    if is_current(database):
        return
    alembic = config()
    with unavailable(), _rebuilding(database) as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        _refuse_newer(connection)
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("The migration broke a foreign key; nothing of it was kept.")


@contextmanager
def _rebuilding(database: Database) -> Iterator[Connection]:
    """A connection for migrations. SQLite changes a table by building another one in its place, and would follow the
    foreign keys of the dropped one; so they rest meanwhile, and are looked at whole before anything is kept.
    """
    with database.engine.connect().execution_options(write=True) as connection:
        if not database.is_sqlite:
            yield connection
            return
        sqlite = connection.connection.cursor()
        sqlite.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            sqlite.execute("PRAGMA foreign_keys=ON")
            sqlite.close()


def is_current(database: Database) -> bool:
    """Whether the schema is this version's."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _history().get_current_head()


def drift(database: Database) -> list[str]:
    """Differences between the tables as declared and as they are; empty when they agree."""
    with database.read() as connection:
        options = {"include_object": _is_kept_by_both} if not database.is_sqlite else {}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        return [str(each) for each in found] + [
            f"no trigger {name}" for name in _missing_triggers(connection, database)
        ]


def trigger_names() -> list[str]:
    """The triggers that keep the append-only tables append-only on both engines."""
    return [f"{table}_no_{verb}" for table in APPEND_ONLY for verb in ("update", "delete")]


def _is_kept_by_both(_object: object, name: str | None, _type: str, _reflected: bool, _other: object) -> bool:
    """Whether PostgreSQL has it in the form in which it is declared."""
    return name != BY_TRIGGER


def _missing_triggers(connection: Connection, database: Database) -> Iterable[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger"
    )
    there = set(connection.scalars(text(query)))
    wanted = trigger_names()
    if not database.is_sqlite:
        wanted += [f"{table}_no_truncate" for table in APPEND_ONLY] + ["transfers_of_known_accounts"]
    return sorted(set(wanted) - there)


def config() -> Config:
    """Alembic's settings: where the migrations lie."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.set_main_option("path_separator", "os")
    return made


@cache
def _history() -> ScriptDirectory:
    """The migrations there are. Reading them compiles every one, which a process needs only once."""
    return ScriptDirectory.from_config(config())


def _refuse_newer(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return
    try:
        _history().get_revision(current)
    except CommandError:
        raise NewerSchema(
            f"The database has schema {current}, which this version of Scrip does not know. Start a newer Scrip."
        ) from None
