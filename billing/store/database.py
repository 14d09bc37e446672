"""Opens the database with the durability that money needs. Only billing verbs, auth and app may import it.

SQLite runs in WAL mode with every commit synced; PostgreSQL must have fsync and synchronous_commit on. An engine
that is weaker is refused at start unless the settings name it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from billing.rules.errors import BadInput, LedgerUnavailable
from billing.rules.sentences import sentence
from billing.store import arrays

BUSY_TIMEOUT_MS = 10_000
CHANNEL = "scrip_accounts"
UNFIT = sentence("The text holds a character that cannot be kept.")
_ANNOUNCE = f"SELECT pg_notify('{CHANNEL}', id) FROM unnest(%b::text[]) AS id"
_TEXTS = arrays.packer("text")
_BY_INDEX = "; ".join(f"SET LOCAL enable_{way} = off" for way in ("seqscan", "hashjoin", "mergejoin"))
ID_BLOCK = 1000
"""The increment of the sequence `ledger_ids`; the migration and this number must agree."""

# Each on its own may be NULL, and SQLite's max() of anything and NULL is NULL.
_LAST_ID = "SELECT max(coalesce((SELECT max(id) FROM transfers), 0), coalesce((SELECT max(id) FROM lots), 0))"

DBAPI_ERRORS = (DBAPIError, sqlite3.Error, psycopg.Error)
"""What a database may raise: wrapped by SQLAlchemy, or raw from the batch statements."""


class WeakDurability(Exception):
    """The engine may lose a commit that was answered; the text says which setting."""


class Database:
    """An engine and what differs between the two kinds of it."""

    def __init__(self, url: str, *, relaxed: bool = False) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.relaxed = relaxed
        self._blocks = _IdBlocks()
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = self._sqlite() if self.is_sqlite else self._postgres()

    def _sqlite(self) -> Engine:
        engine = create_engine(
            self.url, connect_args={"check_same_thread": False, "cached_statements": 512}, pool_size=16
        )
        event.listen(engine, "connect", self._prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres(self) -> Engine:
        arrays.register()
        return create_engine(self.url, pool_size=16, pool_pre_ping=True)

    def _prepare_sqlite(self, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        # Take transaction control from the driver: it would open them too late and spend twice.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            # Small pages: a batch touches many places a little, and every page it touches is written to the log.
            "page_size=2048",
            "journal_mode=WAL",
            f"synchronous={'NORMAL' if self.relaxed else 'FULL'}",
            "foreign_keys=ON",
            "cache_size=-65536",
            # The log is copied back after 40 MB instead of 4: pages that change all the time are copied once.
            "wal_autocheckpoint=20000",
            # What one statement could have to undo is kept in memory; else each batch makes and deletes a file.
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading one consistent state. Raises LedgerUnavailable when the database is away."""
        with unavailable(), self.engine.connect() as connection:
            yield connection if self.is_sqlite else connection.execution_options(isolation_level="REPEATABLE READ")

    def plan_by_index(self, connection: Connection) -> None:
        """For this write transaction PostgreSQL finds rows by their keys, whatever its statistics say.

        A plan is kept for the connection's life. Made while a table was small, it read the whole table, and went on
        doing so at a hundred times the size until the next ANALYZE: each batch took longer than the one before.
        """
        if not self.is_sqlite:
            connection.exec_driver_sql(_BY_INDEX)

    def next_ids(self, connection: Connection, count: int) -> Iterator[int]:
        """`count` ids that no other transfer or lot has, growing. Call it in a write transaction."""
        if self.is_sqlite:
            # The write lock is held, so nobody else can take the same ones; MAX of a key reads one page.
            last = connection.exec_driver_sql(_LAST_ID).scalar() or 0
            return iter(range(last + 1, last + 1 + count))
        return self._blocks.take(connection, count)

    def announce(self, connection: Connection, account_ids: set[str]) -> None:
        """PostgreSQL tells every process at commit; SQLite's only process tells itself."""
        if account_ids and not self.is_sqlite:
            # past SQLAlchemy: a tenth of what a batch of webhooks cost the writer went into reading this text anew
            connection.connection.cursor().execute(_ANNOUNCE, (_TEXTS(list(account_ids)),))

    def serialize(self, connection: Connection, name: str) -> None:
        """Lets only one transaction at a time go on past this line for `name`; SQLite's writers are alone anyway."""
        if not self.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    def assert_durable(self) -> None:
        """Raises WeakDurability unless an answered commit survives a power cut (or settings say otherwise)."""
        if self.relaxed:
            return
        with unavailable(), self.engine.connect() as connection:
            if self.is_sqlite:
                weak = _weak_sqlite(connection)
            else:
                shown = {name: connection.scalar(text(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")}
                weak = [name for name, value in shown.items() if value == "off"]
        if weak:
            raise WeakDurability(
                f"The database may lose answered commits ({', '.join(weak)}); set durability: relaxed to accept that."
            )


class _IdBlocks:
    """Ids by the thousand: one look at the sequence serves many batches. A lost block costs nothing but numbers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0
        self._last = -1

    def take(self, connection: Connection, count: int) -> Iterator[int]:
        ids: list[int] = []
        with self._lock:
            while len(ids) < count:
                if self._next > self._last:
                    self._next = connection.scalar(text("SELECT nextval('ledger_ids')")) or 0
                    self._last = self._next + ID_BLOCK - 1
                taken = min(count - len(ids), self._last - self._next + 1)
                ids.extend(range(self._next, self._next + taken))
                self._next += taken
        return iter(ids)


def _begin_sqlite(connection: Connection) -> None:
    # A reader needs no lock; a writer must hold the write lock before it reads what it decides on.
    mode = "BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN"
    connection.exec_driver_sql(mode)


def _weak_sqlite(connection: Connection) -> list[str]:
    weak = []
    if connection.scalar(text("PRAGMA synchronous")) not in (2, 3):
        weak.append("synchronous")
    if connection.scalar(text("PRAGMA journal_mode")) not in ("wal", "delete"):
        weak.append("journal_mode")
    return weak


@contextmanager
def unavailable() -> Iterator[None]:
    """Turns a database that is away, locked or full into LedgerUnavailable, and a text none can hold into BadInput.

    An address may ask for anything; half a character is refused by both engines, a zero byte by PostgreSQL alone.
    Programming errors stay what they are.
    """
    try:
        yield
    except UnicodeEncodeError as error:
        raise BadInput(UNFIT) from error
    except DBAPI_ERRORS as error:
        if "cannot contain NUL" in str(getattr(error, "orig", "")):
            raise BadInput(UNFIT) from error
        if is_transient(error):
            raise LedgerUnavailable(
                "The ledger cannot be reached right now. Nothing was changed; please try again."
            ) from error
        raise


_SQLITE_PASSING = ("locked", "busy", "unable to open", "disk", "readonly", "full")


def is_transient(error: BaseException) -> bool:
    """Whether trying again later can help: the database is away, locked, full, or asks for a retry."""
    original = getattr(error, "orig", error)
    if getattr(error, "connection_invalidated", False):
        return True
    if isinstance(original, sqlite3.OperationalError):
        return any(word in str(original) for word in _SQLITE_PASSING)
    state = getattr(original, "sqlstate", None)
    if state is None:
        return type(original).__name__ in ("OperationalError", "InterfaceError", "AdminShutdown", "PoolTimeout")
    return state[:2] in ("08", "40", "53", "55", "57", "58")


def wants_retry(error: BaseException) -> bool:
    """Whether PostgreSQL undid the transaction only because of another one (serialization failure, deadlock)."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) in ("40001", "40P01")
