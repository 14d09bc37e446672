"""Where a period lies in an account's history. Verbs that read the ledger may import it.

An account's versions have no gap and grow with time, so a moment is found by halving, and a period is a range of
versions. Whatever is read of one range adds up: its balances stand in the ledger beside the lines themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select, text

from billing.rules.money import Credits
from billing.store.tables import transfers

_HALF = 2**31

# For every moment at once, in one journey to the database; a million lines are twenty steps.
_LAST_BEFORE = (
    "WITH RECURSIVE halves(moment, low, high) AS ("
    " SELECT m.moment, CAST(0 AS BIGINT), a.version FROM accounts a, ({moments}) AS m WHERE a.id = :account_id"
    " UNION ALL"
    " SELECT moment, CASE WHEN t.recorded_at < moment THEN t.version ELSE low END,"
    " CASE WHEN t.recorded_at < moment THEN high ELSE t.version - 1 END"
    " FROM halves JOIN transfers t ON t.account_id = :account_id AND t.version = (low + high + 1) / 2"
    " WHERE low < high)"
    " SELECT moment, max(low) FROM halves GROUP BY moment"
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
    found = last_before(connection, account_id, [each for each in (since, until) if each is not None])
    start = 0 if since is None else found[since]
    end = max(start, _newest(connection, account_id) if until is None else found[until])
    balances = balances_at(connection, account_id, {start, end})
    return Span(account_id, start, end, balances[start], balances[end])


def last_before(connection: Connection, account_id: str, moments: Sequence[int]) -> dict[int, int]:
    """For each moment the last version recorded before it, 0 when there is none."""
    if not moments:
        return {}
    asked = {f"m{place}": moment for place, moment in enumerate(set(moments))}
    listed = " UNION ALL ".join(f"SELECT CAST(:{name} AS BIGINT) AS moment" for name in asked)
    query = text(_LAST_BEFORE.replace("{moments}", listed))
    found = {row[0]: row[1] for row in connection.execute(query, {**asked, "account_id": account_id})}
    return {moment: found.get(moment, 0) for moment in moments}


def balances_at(connection: Connection, account_id: str, versions: Collection[int]) -> dict[int, Credits]:
    """The balance as each of these versions left it."""
    query = select(transfers.c.version, transfers.c.balance_after_micro).where(
        transfers.c.account_id == account_id, transfers.c.version.in_(versions)
    )
    found = {row[0]: Credits(row[1]) for row in connection.execute(query)}
    return {version: found.get(version, Credits(0)) for version in versions}


def first_id(connection: Connection, moment: int) -> int:
    """No transfer of any account that was recorded from that moment on has a smaller id.

    PostgreSQL's processes take ids by the thousand and use them up when they can, so there only 0 is sure.
    """
    if connection.dialect.name != "sqlite":
        return 0
    low, high = 0, (connection.scalar(select(func.max(transfers.c.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        query = select(transfers.c.id, transfers.c.recorded_at).where(transfers.c.id >= middle)
        found = connection.execute(query.order_by(transfers.c.id).limit(1)).first()
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low


def _newest(connection: Connection, account_id: str) -> int:
    query = select(transfers.c.version).where(transfers.c.account_id == account_id)
    return connection.scalar(query.order_by(transfers.c.version.desc()).limit(1)) or 0


def halves(amount: ColumnElement[int]) -> list[ColumnElement[int]]:
    """A sum in two columns: what moved over a long life may be more than SQLite's integers hold."""
    return [func.coalesce(func.sum(part), 0) for part in (amount.op("/")(_HALF), amount.op("%")(_HALF))]


def joined(high: int, low: int) -> Credits:
    """The two columns as one amount."""
    return Credits(int(high) * _HALF + int(low))
