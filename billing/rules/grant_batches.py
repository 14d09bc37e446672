"""A batch of grants: its rows, its states, its sums. Anyone may import it; how a file is read stands in grant_rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from billing.rules.money import Credits

NONE = Credits(0)


class BatchState(StrEnum):
    """CHECKED: nobody has confirmed it. RUNNING goes on whatever process dies. STOPPED did some of its rows."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class RowState(StrEnum):
    """BAD never runs; REFUSED ran and the ledger said no; STOPPED was never tried."""

    BAD = "bad"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Row:
    """A row judged. `before` and `after` are the balances as the rows above and this one leave them."""

    place: int
    given_account: str
    given_amount: str
    reason: str
    reference: str
    state: RowState
    problem: str = ""
    account_id: str | None = None
    amount: Credits | None = None
    expires_at: int | None = None
    corrects: int | None = None
    before: Credits | None = None
    after: Credits | None = None
    transfer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A file of rows, and how far it has come. Moments in microseconds UTC."""

    id: str
    name: str
    created_by: str
    shown: bool
    state: BatchState
    reverses: str | None
    note: str
    created_at: int
    confirmed_at: int | None
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows by state, and the credits of those that run or ran."""

    rows: Mapping[RowState, int] = field(default_factory=dict)
    granted: Credits = NONE
    removed: Credits = NONE

    @property
    def moved(self) -> Credits:
        """What is typed to confirm: everything that goes in either direction."""
        return self.granted + self.removed

    @property
    def count(self) -> int:
        """All rows."""
        return sum(self.rows.values())

    def of(self, *states: RowState) -> int:
        """How many rows are in one of these states."""
        return sum(self.rows.get(state, 0) for state in states)
