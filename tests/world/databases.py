"""Both engines, as URLs: a test that asks for `database_url` runs once on SQLite and once on PostgreSQL.

Each test gets an empty database of its own, gone afterwards. Whoever needs tables asks for `databases` and calls
`databases.prepared(key, prepare)`: `prepare(url)` fills one template per engine and run, which is copied from then on.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Protocol

import pytest
from sqlalchemy import make_url

from billing.store import schema
from billing.store.database import Database
from tests.world.postgres import Cluster
from tests.world.refilled import Refilled

Prepare = Callable[[str], None]
_ONE_AT_A_TIME = Lock()


class Databases(Protocol):
    """Makes databases of one engine; each call another one."""

    engine: str

    def fresh(self) -> str:
        """The URL of an empty database."""
        ...

    def prepared(self, key: str, prepare: Prepare) -> str:
        """The URL of a copy of what `prepare(url)` made, once in this run; it must close its connections."""
        ...


@dataclass
class SqliteDatabases:
    """Files in the test's own folder."""

    folder: Path
    templates: Path
    engine: str = "sqlite"
    _numbers: Iterator[int] = field(default_factory=count)

    def fresh(self) -> str:
        return f"sqlite:///{self._next()}"

    def prepared(self, key: str, prepare: Prepare) -> str:
        template = self.templates / f"{key}.db"
        if not template.exists():
            prepare(f"sqlite:///{template}")
        path = self._next()
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    def _next(self) -> Path:
        return self.folder / f"scrip-{next(self._numbers)}.db"


@dataclass
class PostgresDatabases:
    """Databases of the run's server: an empty one is dropped when the test ends, a prepared one is emptied."""

    cluster: Cluster
    refilled: Refilled
    stack: ExitStack
    engine: str = "postgres"

    def fresh(self) -> str:
        return self.stack.enter_context(self.cluster.database())

    def prepared(self, key: str, prepare: Prepare) -> str:
        return self.stack.enter_context(self.refilled.database(key, prepare))


def newest(url: str) -> Database:
    """The database at `url`, with the newest schema. A file of SQLite that is not there yet begins as a copy."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        begin_as_copy(Path(address.database))
    database = Database(url)
    schema.migrate(database)
    return database


def begin_as_copy(path: Path) -> None:
    """Puts an empty database of the newest schema there if nothing is: migrations take a hundred times as long."""
    if not path.exists():
        with _ONE_AT_A_TIME:  # migrations cannot be run by two threads of a process
            content = _newest_file()
        path.write_bytes(content)


@cache
def _newest_file() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "newest.db"
        database = Database(f"sqlite:///{path}")
        schema.migrate(database)
        database.engine.dispose()
        return path.read_bytes()


def migrated(url: str) -> None:
    """Prepares a database of the newest schema, for `databases.prepared`."""
    newest(url).engine.dispose()


@pytest.fixture(scope="session")
def refilled(postgres: Cluster) -> Refilled:
    return Refilled(postgres)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest, tmp_path: Path, sqlite_templates: Path) -> Iterator[Databases]:
    """One engine after the other; PostgreSQL starts only when a test of it runs."""
    if request.param == "sqlite":
        yield SqliteDatabases(tmp_path, sqlite_templates)
        return
    with ExitStack() as stack:
        yield PostgresDatabases(request.getfixturevalue("postgres"), request.getfixturevalue("refilled"), stack)


@pytest.fixture
def database_url(databases: Databases) -> str:
    """An empty database of each engine."""
    return databases.fresh()
