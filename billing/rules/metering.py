"""Which use is billed by a meter of the provider, how much of it, and when. Anyone may import it; pure decisions.

A meter takes over what a debit took below zero: credits come first, and whatever they do not cover is used on account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from billing.rules.moments import DAY, HOUR
from billing.rules.money import MICRO

OLDEST = 35 * DAY - HOUR
"""The provider takes no older moment; an hour is kept for the way."""

UNSURE_AFTER = 23 * HOUR
"""The provider knows a report again for a day. One that may have arrived is not sent again after that."""


@dataclass(frozen=True, slots=True)
class Meter:
    """A metered price: `name` is the meter's at the provider, `product` its product's in the catalogue."""

    name: str
    product: str
    price_ref: str


@dataclass(frozen=True, slots=True)
class Use:
    """What a debit took below zero, or what of that was given back later. `product` is the one that it named."""

    micro: int
    product: str
    happened_at: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one meter is told: whole credits, below zero for what is taken back; `rest_micro` waits for the next."""

    credits: int
    rest_micro: int


def counted(uses: Iterable[Use], meter: Meter, meters: Sequence[Meter]) -> list[Use]:
    """The uses that count for this one of an account's meters.

    A debit counts for the product that it names. One that names none counts where there is no choice; nobody guesses.
    """
    alone = len(meters) == 1
    return [use for use in uses if use.product == meter.product or (alone and not use.product)]


def share(rest_micro: int, uses: Iterable[Use], most_micro: int) -> Share:
    """What is told of these uses: whole credits, and no more than `most_micro`, which nobody asks for otherwise."""
    together = min(rest_micro + sum(use.micro for use in uses), most_micro)
    return Share(max(0, together) // MICRO, max(0, together) % MICRO)


def moment(at: int, now: int, period: tuple[int, int]) -> int:
    """The moment a use is told with: its own while its period is running, else now, for that period is billed already.

    The same when nobody knows which period is running: `period` is over. All in microseconds UTC.
    """
    start, end = period
    is_running = start <= now < end
    return at if is_running and max(start, now - OLDEST) <= at <= now else now


def is_unsure(attempts: int, written_at: int, now: int) -> bool:
    """Whether a report may have arrived, and would count twice if it were sent again."""
    return attempts > 0 and now - written_at > UNSURE_AFTER
