"""Notices: what an account's pages warn of, and in which order. Anyone may import it; pure decisions.

One place decides, so that the most pressing thing is said first on every page, and nothing that keeps somebody from
spending is found out only after they have paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from billing.rules.alerts import AlertKind
from billing.rules.money import Credits

T = TypeVar("T")

SHOWN = 2
"""So many are read; of more, the rest waits behind one line."""


class About(StrEnum):
    """What a notice is about, the most pressing first."""

    NOT_REAL = "not_real"
    VIEWING = "viewing"
    TO_CONFIRM = "to_confirm"
    PAST_DUE = "past_due"
    DISPUTED = "disputed"
    OWED = "owed"
    EMPTY = "empty"
    LOW = "low"
    RUNNING_OUT = "running_out"
    EXPIRING = "expiring"
    SPENT = "spent"


BEFORE_BUYING = frozenset({About.TO_CONFIRM, About.PAST_DUE, About.DISPUTED, About.OWED})
"""What more credits alone do not mend: whoever is about to buy reads all of it first."""

ALARMS = {
    AlertKind.BALANCE: About.LOW,
    AlertKind.RUNWAY: About.RUNNING_OUT,
    AlertKind.EXPIRY: About.EXPIRING,
    AlertKind.SPENDING: About.SPENT,
}
"""What a threshold that is passed is told as."""

SUBSCRIPTIONS = {
    "incomplete": About.TO_CONFIRM,
    "past_due": About.PAST_DUE,
    "unpaid": About.PAST_DUE,
}
"""The states of a subscription, in the provider's words, that its owner must do something about."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a page and its account. `left` can be spent; `is_empty`: nothing is there, and something was.

    `subscription` is the state of the one that counts, empty without one; `disputed` credits stay where they are until
    the bank has decided.
    """

    is_real: bool = True
    is_viewing: bool = False
    subscription: str = ""
    disputed: Credits = Credits(0)  # noqa: RUF009  it is frozen
    owed: Credits = Credits(0)  # noqa: RUF009
    left: Credits = Credits(0)  # noqa: RUF009
    is_empty: bool = False
    alarms: frozenset[AlertKind] = frozenset()


def to_tell(facts: Facts) -> tuple[About, ...]:
    """Everything there is to tell, in order. Of one thing said twice, only the graver: who owes has nothing left."""
    owes = facts.owed.micro > 0
    found = {
        About.NOT_REAL: not facts.is_real,
        About.VIEWING: facts.is_viewing,
        About.DISPUTED: facts.disputed.micro > 0,
        About.OWED: owes,
        About.EMPTY: facts.is_empty and not owes,
    }
    told = {about for about, holds in found.items() if holds}
    told.update(ALARMS[kind] for kind in facts.alarms if kind is not AlertKind.BALANCE or facts.left.micro > 0)
    told.update(filter(None, [SUBSCRIPTIONS.get(facts.subscription)]))
    return tuple(about for about in About if about in told)


def split(found: Iterable[tuple[About, T]], *, buying: bool = False) -> tuple[Sequence[T], Sequence[T]]:
    """What is shown, and what waits behind "n more"; where one buys, nothing that must be known before waits."""
    shown: list[T] = []
    more: list[T] = []
    for about, each in found:
        is_shown = len(shown) < SHOWN or (buying and about in BEFORE_BUYING)
        (shown if is_shown else more).append(each)
    return shown, more
