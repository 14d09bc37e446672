"""What the ledger looks like to a reader: accounts, lots, statement lines, pages of them. Anyone may import it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from billing.rules.kinds import Kind
from billing.rules.lots import Lot
from billing.rules.money import Credits


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account at one moment. balance - reserved - frozen - expired = available (plus the overdraft allowed).

    `lots` stand in spending order, used-up ones left out; the first spendable one burns next.
    """

    id: str
    kind: str
    name: str
    email: str | None
    balance: Credits
    reserved: Credits
    frozen: Credits
    owed: Credits
    available: Credits
    overdraft_limit: Credits
    customer_ref: str | None
    created_at: int
    as_of: int
    lots: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of the managers' list of accounts."""

    id: str
    kind: str
    name: str
    email: str | None
    balance: Credits
    customer_ref: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: a transfer as its account sees it."""

    id: int
    account_id: str
    version: int
    kind: Kind
    amount: Credits
    balance_after: Credits
    actor: str
    reason: str
    order_id: str | None
    cause_type: str
    cause_id: str
    happened_at: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lines to show. Empty means all; `cursor` is the version beyond which to go on, in the order asked for.

    `since` and `until` bound `recorded_at`, microseconds UTC, until exclusive. `direction`: "in", "out" or "".
    `least` and `most` bound the size of an amount, whatever its sign; `actor` is who moved it, by id. `whose` are the
    names of the only person whose uses are shown; None shows everybody's.
    """

    search: str = ""
    kinds: tuple[Kind, ...] = ()
    direction: str = ""
    since: int | None = None
    until: int | None = None
    cursor: int | None = None
    limit: int = 25
    least: Credits | None = None
    most: Credits | None = None
    actor: str = ""
    oldest_first: bool = False
    whose: tuple[str, ...] | None = None

    @property
    def hides(self) -> bool:
        """Whether lines of the period may be left out."""
        picked = self.search or self.kinds or self.direction or self.actor
        return bool(picked) or any(each is not None for each in (self.least, self.most, self.whose))


@dataclass(frozen=True, slots=True)
class Pick:
    """Lines of these kinds that go in this direction: "in", "out" or "" for both."""

    kinds: tuple[Kind, ...]
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines by their place in a list, newest first: of one account, or of all when `account_id` is None.

    Each of `picks` adds what it names; none of them picks everything.
    """

    account_id: str | None
    picks: tuple[Pick, ...] = ()
    search: str = ""
    since: int | None = None
    until: int | None = None
    skip: int = 0
    limit: int = 10


LOOKED_MOST = 30_000
"""So many lines of a history are looked through for one page with filters, however few of them match."""


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Lines in the order asked for. `next_cursor` is the version to continue beyond, or None at the end.

    With filters it may hold few lines or none and lead on all the same: so many were looked through and no more.
    `matching` is then how many of the first `LOOKED_MOST` lines match; `is_whole` says whether these are all.
    opening + credits_in - credits_out = closing holds for the period whatever else is filtered.
    """

    lines: Sequence[Line]
    next_cursor: int | None
    matching: int
    opening: Credits
    credits_in: Credits
    credits_out: Credits
    closing: Credits
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what to whom, and why. `before` and `after` are short texts, or None.

    `origin` is the address it was asked from, `reference` what the actor calls its cause, such as a ticket's number.
    """

    id: str
    actor: str
    action: str
    account_id: str | None
    reason: str
    before: str | None
    after: str | None
    recorded_at: int
    origin: str | None = None
    reference: str | None = None
    transfer_id: int | None = None


@dataclass(frozen=True, slots=True)
class EventLine:
    """One webhook event in the inbox."""

    id: str
    type: str
    object_id: str | None
    account_id: str | None
    state: str
    reason: str
    attempts: int
    received_at: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One violated invariant, in a plain sentence; `where` names the rows to look at."""

    rule: str
    sentence: str
    where: tuple[str, ...] = field(default=())
