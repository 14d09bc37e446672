"""How long credits last, from how fast they went. Anyone may import it; pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

from billing.rules.lots import Lot
from billing.rules.moments import DAY
from billing.rules.money import Credits

LOOK_BACK = 7 * DAY
"""The rate is that of so long; an account that is younger has none."""
DAYS_LEAST = 3
"""Of fewer whole days no other day is foretold."""
FORESIGHT = 366 * DAY
"""Further ahead nothing is foretold."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`used` went within the last seven days, what came back of it taken off. `runs_out_at` is None when nothing goes,
    or not within a year.

    `balances` are those of the last days, oldest first, a day apart, and last the one now.
    """

    as_of: int
    used: Credits
    runs_out_at: int | None
    balances: tuple[Credits, ...]

    @property
    def per_day(self) -> Credits:
        """The rate."""
        return Credits(self.used.micro * DAY // LOOK_BACK)

    @property
    def days_left(self) -> int | None:
        """Whole days until nothing is left; None when that is not foretold."""
        return None if self.runs_out_at is None else (self.runs_out_at - self.as_of) // DAY


def expected(days: Sequence[Credits], ahead: int) -> tuple[Credits, Credits] | None:
    """The least and the most that goes in so many days more, if they are like these whole days: their mean, give or
    take how much they differ from it. None of fewer days than tell anything.
    """
    if len(days) < DAYS_LEAST or ahead < 1:
        return None
    total = sum(each.micro for each in days)
    # in squares of a day's difference times their number, so that no fraction is lost before the root
    spread = sum((each.micro * len(days) - total) ** 2 for each in days)
    give = isqrt(spread * ahead // len(days) ** 3)
    middle = total * ahead // len(days)
    return Credits(max(0, middle - give)), Credits(middle + give)


def runs_out_at(lots: Sequence[Lot], available_micro: int, used_micro: int, now: int) -> int | None:
    """When `available_micro` will be gone if `used_micro` goes every seven days, from the lots in spending order.

    What expires before it can be used does not help. Beyond the lots there may be credit to draw on, and of what is
    in them a part may be reserved or owed: only what is available counts.
    """
    if used_micro <= 0:
        return None
    left, end = available_micro, now
    for lot in lots:
        part = min(lot.spendable(now), left)
        left -= part
        # An expiry that comes first ends this lot; another one was spent by then, for what expires first burns first.
        end = max(end, min(end + part * LOOK_BACK // used_micro, lot.expires_at))
    end += left * LOOK_BACK // used_micro
    return end if end - now <= FORESIGHT else None
