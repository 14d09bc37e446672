"""The databases of tests are real, durable, separate and gone afterwards; and no test leaves this machine."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.conftest import LeftTheMachine, is_here
from tests.house.source import TOP
from tests.world.databases import Databases
from tests.world.postgres import Cluster, running_cluster


def make_table(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
        connection.execute(text("INSERT INTO t VALUES (1)"))
    engine.dispose()


def count_rows(url: str) -> int:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = int(connection.execute(text("SELECT count(*) FROM t")).scalar_one())
    engine.dispose()
    return rows


def test_each_test_has_an_empty_database(database_url: str) -> None:
    make_table(database_url)
    assert count_rows(database_url) == 1


def test_two_databases_know_nothing_of_each_other(databases: Databases) -> None:
    first, second = databases.fresh(), databases.fresh()
    make_table(first)
    with pytest.raises(DBAPIError):
        count_rows(second)


def test_a_template_is_prepared_once_and_copied(databases: Databases) -> None:
    calls: list[str] = []

    def prepare(url: str) -> None:
        calls.append(url)
        make_table(url)

    urls = [databases.prepared("once", prepare) for _ in range(3)]
    assert len(calls) == 1
    assert len(set(urls)) == 3
    assert [count_rows(url) for url in urls] == [1, 1, 1]


@pytest.mark.postgres
def test_postgres_keeps_its_full_durability(postgres: Cluster) -> None:
    with psycopg.connect(host=str(postgres.folder), user="postgres", dbname="postgres") as connection:
        shown = {
            name: (connection.execute(f"SHOW {name}").fetchone() or ("",))[0]
            for name in ("fsync", "synchronous_commit")
        }
        room = int((connection.execute("SHOW max_connections").fetchone() or ("0",))[0])
    assert shown == {"fsync": "on", "synchronous_commit": "on"}
    assert room >= 100


@pytest.mark.postgres
def test_a_dropped_database_is_gone_even_when_in_use(postgres: Cluster) -> None:
    with postgres.database() as url:
        name = url.split("/")[-1].partition("?")[0]
        engine = create_engine(url)
        kept_open = engine.connect()
        kept_open.execute(text("SELECT 1"))
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(host=str(postgres.folder), user="postgres", dbname=name)
    kept_open.invalidate()
    kept_open.close()
    engine.dispose()


@pytest.mark.crash
@pytest.mark.postgres
def test_a_committed_row_outlives_a_crash_of_the_server() -> None:
    with running_cluster() as cluster:
        url = cluster.url(cluster.create())
        make_table(url)
        cluster.stop(signal.SIGQUIT)
        cluster.start()
        assert count_rows(url) == 1


@pytest.mark.crash
@pytest.mark.postgres
def test_the_server_goes_when_its_tests_are_killed() -> None:
    program = (
        "import time; from tests.world.postgres import running_cluster\n"
        "with running_cluster() as c: print(c.folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=TOP) as child:
        assert child.stdout is not None
        folder = Path(child.stdout.readline().strip())
        assert folder.is_dir()
        child.kill()
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


def test_a_far_address_is_refused_with_advice() -> None:
    with socket.socket() as reach, pytest.raises(LeftTheMachine, match="double from tests/world"):
        reach.connect(("192.0.2.1", 443))


@pytest.mark.parametrize("address", [("127.0.0.1", 1), ("::1", 1, 0, 0), ("localhost", 1), "/tmp/socket"])
def test_what_lies_on_this_machine_is_near(address: object) -> None:
    assert is_here(address)


@pytest.mark.parametrize("address", [("192.0.2.1", 1), ("api.stripe.com", 443), ("0.0.0.0", 1), ("localhost.evil", 1)])
def test_everything_else_is_far(address: object) -> None:
    assert not is_here(address)
