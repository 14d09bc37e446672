"""The writer: many pieces of work in one transaction, committed once. The till and the teller drive it; verbs, auth and
app know its `Tx`.

When a transaction fails, its pieces are run again one by one, so that one bad piece cannot take the others with it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from billing.rules.errors import LedgerUnavailable
from billing.store.database import DBAPI_ERRORS, Database, is_transient, wants_retry

P = TypeVar("P")
R = TypeVar("R")

BATCH_LIMIT = 512
RETRIES = 3
ALLOCATIONS = 10_000
"""How many objects more than before make a server look for cycles."""

log = structlog.get_logger("writer")


@dataclass(slots=True)
class Tx:
    """The open write transaction a piece of work gets. It must touch nothing outside: it may be run again."""

    connection: Connection
    database: Database
    changed: set[str] = field(default_factory=set)
    """Accounts whose balance or orders changed; their open pages hear of it after the commit."""


Run = Callable[[Tx, Sequence[P]], Sequence[R]]
"""Works on many payloads at once and returns an outcome for each of them, in order."""

Piece = tuple[Run[Any, Any], Any]
"""What to run, and the payload it is for."""


class Writer:
    """Writes batches into one database. Not thread-safe: whoever drives it does so alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settle(self, batch: Sequence[Piece]) -> tuple[list[Any], set[str]]:
        """An outcome for each piece, in order, and the accounts that changed.

        The pieces were committed together, or each alone when that failed. Never raises: an outcome that is an
        exception is what that piece alone came to.
        """
        try:
            return self._transact_patiently(batch)
        except BaseException as error:  # the writer must outlive anything, or every later request would hang
            if len(batch) == 1:
                return [_translated(error)], set()
            log.warning("batch_failed", pieces=len(batch), error=type(error).__name__)
        alone = [self.settle([piece]) for piece in batch]
        return [outcome for outcomes, _ in alone for outcome in outcomes], set().union(*(each for _, each in alone))

    def _transact_patiently(self, batch: Sequence[Piece]) -> tuple[list[Any], set[str]]:
        """PostgreSQL may ask for another try (serialization, deadlock); a few are enough."""
        for _ in range(RETRIES - 1):
            try:
                return self._transact(batch)
            except DBAPI_ERRORS as error:
                if not wants_retry(error):
                    raise
        return self._transact(batch)

    def _transact(self, batch: Sequence[Piece]) -> tuple[list[Any], set[str]]:
        outcomes: list[Any] = []
        with self._database.engine.connect().execution_options(write=True) as connection, connection.begin():
            self._database.plan_by_index(connection)
            tx = Tx(connection, self._database)
            for run, pieces in groupby(batch, key=itemgetter(0)):
                payloads = [payload for _, payload in pieces]
                # strict: an outcome too few would give somebody another's answer
                outcomes.extend(outcome for outcome, _ in zip(run(tx, payloads), payloads, strict=True))
            self._database.announce(connection, tx.changed)
        return outcomes, tx.changed


def calm_collector(allocations: int = ALLOCATIONS) -> None:
    """For a server, once, when all is built: what exists now is never looked through again for cycles.

    Requests that wait for a commit live long enough to make the collector walk the whole program now and then.
    Measured: a fifth of a webhook's processor time, and everything standing still for 100 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(allocations, 20, 50)


def _translated(error: BaseException) -> BaseException:
    if is_transient(error):
        away = LedgerUnavailable("The ledger cannot be reached right now. Nothing was changed; please try again.")
        away.__cause__ = error
        return away
    return error
