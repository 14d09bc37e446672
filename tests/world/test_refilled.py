"""A database of PostgreSQL that is used again is as good as new, or it is not used again."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import scalar_row

from tests.world import refilled as module
from tests.world.databases import migrated
from tests.world.portals import open_world
from tests.world.postgres import Cluster
from tests.world.refilled import Refilled

pytestmark = pytest.mark.postgres
TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"


def asked(cluster: Cluster, url: str, question: str) -> object:
    name = url.rpartition("/")[2].partition("?")[0]
    with psycopg.connect(host=str(cluster.folder), user="postgres", dbname=name, row_factory=scalar_row) as connection:
        return connection.execute(question).fetchone()


def changes(cluster: Cluster, url: str, change: str) -> None:
    name = url.rpartition("/")[2].partition("?")[0]
    with psycopg.connect(host=str(cluster.folder), user="postgres", dbname=name) as connection:
        connection.execute(change)


def test_it_comes_back_empty_with_what_its_template_held_and_its_triggers(postgres: Cluster) -> None:
    refilled = Refilled(postgres)
    with refilled.database("schema", migrated) as first:
        before = [asked(postgres, first, f"SELECT count(*) FROM {each}") for each in ("accounts", "transfers", "audit")]
        triggers = asked(postgres, first, TRIGGERS)
        numbered = asked(postgres, first, "SELECT nextval('ledger_ids')")
        with open_world(first) as world:
            world.account()
    with refilled.database("schema", migrated) as second:
        after = [asked(postgres, second, f"SELECT count(*) FROM {each}") for each in ("accounts", "transfers", "audit")]
        assert after == before
        assert asked(postgres, second, TRIGGERS) == triggers
        assert asked(postgres, second, "SELECT nextval('ledger_ids')") == numbered
        with open_world(second) as world:
            assert world.balance(world.account()).micro == 0


def test_who_still_has_the_old_address_finds_nothing(postgres: Cluster) -> None:
    refilled = Refilled(postgres)
    with refilled.database("schema", migrated) as first:
        pass
    with refilled.database("schema", migrated) as second:
        assert first != second
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            asked(postgres, first, "SELECT 1")


def test_one_that_somebody_came_back_to_is_not_used_again(postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    refilled, rename = Refilled(postgres), Refilled._rename

    def too_early(self: Refilled, name: str, fresh: str) -> None:
        with psycopg.connect(host=str(postgres.folder), user="postgres", dbname=name):
            rename(self, name, fresh)

    monkeypatch.setattr(Refilled, "_rename", too_early)
    with refilled.database("schema", migrated) as first:
        pass
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        asked(postgres, first, "SELECT 1")


def test_one_that_somebody_is_in_again_is_given_up_at_once(postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    refilled, seen = Refilled(postgres), list[str]()
    close_gaps, rename = module._close_gaps, Refilled._rename
    back: list[psycopg.Connection] = []

    def come_back(connection: psycopg.Connection) -> None:
        close_gaps(connection)
        back.append(psycopg.connect(host=str(postgres.folder), user="postgres", dbname=connection.info.dbname))

    def told(self: Refilled, name: str, fresh: str) -> None:
        seen.append(name)
        rename(self, name, fresh)

    monkeypatch.setattr(module, "_close_gaps", come_back)
    monkeypatch.setattr(Refilled, "_rename", told)
    with refilled.database("schema", migrated) as first:
        pass
    assert seen == [], "PostgreSQL would wait for whoever is in it"
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        asked(postgres, first, "SELECT 1")
    back[0].close()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE transfers DISABLE TRIGGER ALL",
        "ALTER TABLE accounts DROP CONSTRAINT accounts_above_floor",
        "ALTER TABLE lots ADD COLUMN odd integer",
        "CREATE TABLE odd (a integer)",
    ],
)
def test_one_whose_form_was_changed_is_not_used_again(postgres: Cluster, change: str) -> None:
    refilled = Refilled(postgres)
    with refilled.database("schema", migrated) as changed:
        changes(postgres, changed, change)
    with refilled.database("schema", migrated) as other:
        assert asked(postgres, other, "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'") == 0
        assert asked(postgres, other, "SELECT to_regclass('odd') IS NULL") is True
        assert asked(postgres, other, "SELECT count(*) FROM pg_attribute WHERE attname = 'odd'") == 0
        floor = "SELECT count(*) FROM pg_constraint WHERE conname LIKE '%above_floor'"
        assert asked(postgres, other, floor) == 1
