"""Migrations: whole or not at all, once for all processes, and never backwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from billing.store import schema
from billing.store.database import Database, WeakDurability
from tests.world.databases import Databases

ROOT = Path(__file__).parents[3]
MIGRATE = "import sys; from billing.store import schema; from billing.store.database import Database;"
MIGRATE += "schema.migrate(Database(sys.argv[1]))"


def test_a_fresh_database_has_exactly_the_declared_schema(database_url: str) -> None:
    database = Database(database_url)
    schema.migrate(database)
    assert schema.drift(database) == []
    assert schema.is_current(database)
    database.engine.dispose()


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    starts = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, database_url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ends = [(start.wait(60), start.communicate()[1]) for start in starts]
    assert [status for status, _ in ends] == [0, 0, 0], ends
    database = Database(database_url)
    assert schema.drift(database) == []
    database.engine.dispose()


def test_an_older_scrip_refuses_a_newer_database(database_url: str) -> None:
    database = Database(database_url)
    schema.migrate(database)
    with database.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.NewerSchema, match="newer"):
        schema.migrate(database)
    assert not schema.is_current(database)
    database.engine.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(databases.fresh())

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.ops.BulkInsertOp.bulk_insert", fail)
        with pytest.raises(RuntimeError):
            schema.migrate(database)
    with database.read() as connection:
        count = "sqlite_master" if database.is_sqlite else "pg_tables WHERE schemaname = 'public'"
        assert connection.scalar(text(f"SELECT count(*) FROM {count}")) == 0
    schema.migrate(database)
    assert schema.drift(database) == []
    database.engine.dispose()


def test_weak_durability_is_refused_unless_it_is_named(databases: Databases) -> None:
    url = databases.fresh()
    strong, named = Database(url), Database(url, relaxed=True)
    strong.assert_durable()
    named.assert_durable()
    if named.is_sqlite:
        named.engine.connect().close()  # its connection is kept, with what was set when it was opened
        named.relaxed = False
        with pytest.raises(WeakDurability, match="synchronous"):
            named.assert_durable()
    strong.engine.dispose()
    named.engine.dispose()
