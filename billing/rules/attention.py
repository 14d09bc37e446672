"""What needs a person, and the one act that mends it. Anyone may import it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """EVENT was refused for good or failed. PAYMENT has been on its way for too long. DUTY was refused by the provider
    or put off too often. INVOICE was refused. SUBSCRIPTION is not paid.
    """

    EVENT = "event"
    PAYMENT = "payment"
    DUTY = "duty"
    INVOICE = "invoice"
    SUBSCRIPTION = "subscription"


class Mend(StrEnum):
    """REPLAY works an event again, CHECK asks how a payment stands, RETRY does a duty or sends an invoice again, CLOSE
    says that somebody settled it by hand, READ asks the provider for the subscription.
    """

    REPLAY = "replay"
    CHECK = "check"
    RETRY = "retry"
    CLOSE = "close"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to look at. `key` names it within its kind, `about` says what it is, `why` what is wrong with it.

    `since`: microseconds UTC. `ref` is its id at the provider, if it has one.
    """

    trouble: Trouble
    key: str
    account_id: str | None
    account_name: str | None
    since: int
    about: str
    why: str
    mend: Mend
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Matters:
    """What needs somebody, by kind, the longest waiting first, and how much of each there is in all."""

    lists: Mapping[Trouble, Sequence[Matter]]
    counts: Mapping[Trouble, int]

    @property
    def total(self) -> int:
        """Everything together."""
        return sum(self.counts.values())


NOT_AGAIN = frozenset({"meter_report"})
"""Duties that must not be done again once they were refused: what they were for is owed in another way by then."""

TOO_OFTEN = 5
"""So many tries without an answer are too many."""


def mend_of_duty(kind: str, state: str) -> Mend:
    """What mends a duty that was refused, or that waits too long."""
    return Mend.CLOSE if state == "refused" and kind in NOT_AGAIN else Mend.RETRY
