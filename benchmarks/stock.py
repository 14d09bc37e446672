"""What a figure needs in its database beforehand, and the proof afterwards that nothing was lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, func, insert, select, text

from benchmarks import wire
from benchmarks.server import open_portal
from billing import check
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.money import Credits
from billing.rules.orders import Surface
from billing.rules.postings import Posting
from billing.store import accounts as account_rows
from billing.store import ledger, schema
from billing.store.database import Database
from billing.store.tables import transfers
from billing.store.tables_trade import api_keys, orders
from billing.store.writer import Tx
from tests.world.postgres import Cluster

KEY = "scrip_" + "b" * 40
RICH = Credits.whole(1_000_000)
LOG_FILES = 40
"""Enough for a figure: 16 MB each."""


class Void(RuntimeError):
    """The ledger does not hold what was answered, so the figure says nothing."""


@dataclass
class Stock:
    """One database: how many of each thing were made in it."""

    url: str
    accounts: int
    sent: dict[Kind, int] = field(default_factory=dict)
    ordered: int = 0

    def next(self, kind: Kind, count: int) -> int:
        """The first of `count` numbers that no request has had."""
        first = self.sent.get(kind, 0)
        self.sent[kind] = first + count
        return first

    def order(self, count: int) -> None:
        """Writes `count` more open orders, as `purchases.begin` leaves them."""
        now = int(time.time()) * 1_000_000
        rows = [self._order(number, now) for number in range(self.ordered, self.ordered + count)]
        database = Database(self.url)
        with database.engine.connect().execution_options(write=True) as connection, connection.begin():
            connection.execute(insert(orders), rows)
        database.engine.dispose()
        self.ordered += count

    def prove(self) -> None:
        """Raises Void unless there is exactly one transfer for each request and every invariant holds."""
        database = Database(self.url)
        with database.read() as connection:
            query = select(transfers.c.kind, func.count()).group_by(transfers.c.kind)
            found = {Kind(kind): count for kind, count in connection.execute(query)}
        wrong = [
            f"{count} of {kind} were answered, {found.get(kind, 0)} are there"
            for kind, count in self.sent.items()
            if found.get(kind, 0) != count
        ]
        wrong += [finding.sentence for finding in check.run(database)]
        database.engine.dispose()
        if wrong:
            raise Void("; ".join(wrong))

    def _order(self, number: int, now: int) -> dict[str, object]:
        place = wire.pick(number, self.accounts)
        return {
            "id": f"ord_bench{number}", "account_id": wire.account(place), "payer_id": wire.account(place),
            "person_id": "usr_bench", "surface": Surface.ELEMENTS,
            "package_key": "starter", "package_name": "Starter", "price_ref": f"price_{number}",
            "amount_minor": wire.PRICE_MINOR, "currency": "USD", "credits_micro": wire.CREDITS_MICRO, "state": "open",
            "livemode": False, "customer_ref": f"cus_bench{place:06d}", "payment_ref": f"pi_bench{number}",
            "idempotency_key": f"scrip:ord_bench{number}", "created_at": now, "updated_at": now,
        }  # fmt: skip


@contextmanager
def stocked(engine: str, cluster: Cluster, accounts: int) -> Iterator[Stock]:
    """An empty database of this engine with rich accounts and one key, gone afterwards."""
    with _empty(engine, cluster) as url:
        database = Database(url)
        schema.migrate(database)
        database.engine.dispose()
        with open_portal(url) as portal:
            portal.till.write(lambda tx: _fill(tx, accounts, portal.clock()))
        yield Stock(url, accounts)


def _fill(tx: Tx, accounts: int, now: int) -> None:
    names = [wire.account(number) for number in range(accounts)]
    for number, name in enumerate(names):
        account_rows.add(tx, account_id=name, kind="person", name=f"Person {number}", email=None, now=now)
        account_rows.set_customer(tx, name, f"cus_bench{number:06d}")
    terms = LotTerms(LotSource.GRANT)
    ledger.post(tx, [
        Posting(name, Kind.GRANT, "grant", name, RICH.micro, "usr_bench", now, reason="For the benchmarks", terms=terms)
        for name in names
    ], now)  # fmt: skip
    tx.connection.execute(
        insert(api_keys).values(
            id="key_bench", secret_hash=wire.fingerprint(KEY), name="benchmarks", role="program",
            account_id=None, created_by="benchmarks", created_at=now,
        )
    )  # fmt: skip


def _wear_in(url: str) -> None:
    """Lets PostgreSQL write into log files it has used before, as any server does after its first checkpoint.

    A fresh one makes a new file every 16 MB, and every commit waits for it: 40 to 140 ms, against 2 to 12 for a file
    that is used again. At half load that alone was the 99th percentile. Both sides of each ratio have it.
    """
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for _ in range(LOG_FILES):
            connection.execute(text("SELECT pg_logical_emit_message(false, 'scrip', 'worn in'), pg_switch_wal()"))
        connection.execute(text("CHECKPOINT"))
    engine.dispose()


@contextmanager
def _empty(engine: str, cluster: Cluster) -> Iterator[str]:
    if engine == "postgres":
        with cluster.database() as url:
            _wear_in(url)
            yield url
        return
    with TemporaryDirectory(prefix="scrip-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'scrip.db'}"
