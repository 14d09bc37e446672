"""Where a period lies in an account's history. Verbs that read the ledger may import it.

An account's versions have no gap and grow with time, so a moment is found by halving, and a period is a range of
versions. Whatever is read of one range adds up: its balances stand in the ledger beside the lines themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select, text

from billing.rules.money import Credits
from billing.store.tables import transfers

_HALF = 2**31

# Twenty steps for a million lines, in one journey to the database.
_LAST_BEFORE = text(
    "WITH RECURSIVE halves(low, high) AS ("
    " SELECT CAST(0 AS BIGINT), version FROM accounts WHERE id = :account_id"
    " UNION ALL"
    " SELECT CASE WHEN t.recorded_at < :moment THEN t.version ELSE low END,"
    " CASE WHEN t.recorded_at < :moment THEN high ELSE t.version - 1 END"
    " FROM halves JOIN transfers t ON t.account_id = :account_id AND t.version = (low + high + 1) / 2"
    " WHERE low < high)"
    " SELECT max(low) FROM halves"
)


@dataclass(frozen=True, slots=True)
class Span:
    """The lines after version `start` up to `end`, and the balance before and after them."""

    account_id: str
    start: int
    end: int
    opening: Credits
    closing: Credits

    @property
    def lines(self) -> int:
        """How many lines it holds."""
        return self.end - self.start

    def holds(self, after: int | None = None, before: int | None = None) -> ColumnElement[bool]:
        """The condition that a transfer is one of them, and beyond a cursor if one is given.

        It is one range of the index either way, so that a page deep in a history costs what the first one does.
        """
        start = self.start if after is None else max(self.start, after)
        end = self.end if before is None else min(self.end, before - 1)
        version = transfers.c.version
        return and_(transfers.c.account_id == self.account_id, version > start, version <= end)


def span(connection: Connection, account_id: str, since: int | None, until: int | None) -> Span:
    """What was recorded from `since` on and before `until`; microseconds UTC, None for no bound."""
    start = 0 if since is None else last_before(connection, account_id, since)
    end = _newest(connection, account_id) if until is None else last_before(connection, account_id, until)
    end = max(start, end)
    return Span(
        account_id, start, end, balance_at(connection, account_id, start), balance_at(connection, account_id, end)
    )


def last_before(connection: Connection, account_id: str, moment: int) -> int:
    """The last version recorded before `moment`; 0 when there is none."""
    return connection.scalar(_LAST_BEFORE, {"account_id": account_id, "moment": moment}) or 0


def balance_at(connection: Connection, account_id: str, version: int) -> Credits:
    """The balance as that version left it."""
    query = select(transfers.c.balance_after_micro).where(
        transfers.c.account_id == account_id, transfers.c.version == version
    )
    return Credits(connection.scalar(query) or 0)


def _newest(connection: Connection, account_id: str) -> int:
    query = select(transfers.c.version).where(transfers.c.account_id == account_id)
    return connection.scalar(query.order_by(transfers.c.version.desc()).limit(1)) or 0


def halves(amount: ColumnElement[int]) -> list[ColumnElement[int]]:
    """A sum in two columns: what moved over a long life may be more than SQLite's integers hold."""
    return [func.coalesce(func.sum(part), 0) for part in (amount.op("/")(_HALF), amount.op("%")(_HALF))]


def joined(high: int, low: int) -> Credits:
    """The two columns as one amount."""
    return Credits(int(high) * _HALF + int(low))
