"""Moments as integers: microseconds since 1970, UTC. Anyone may import it.

Both engines store them as BIGINT, compare them exactly and carry them in binary arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

NEVER = 2**63 - 1
"""Stands for "does not expire", so that one index orders what expires before what does not."""

Clock = Callable[[], int]
"""Returns now; injected everywhere so that tests own the time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def system_clock() -> int:
    """Now, by this machine."""
    return from_datetime(datetime.now(UTC))


def from_datetime(moment: datetime) -> int:
    """Microseconds of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def from_seconds(seconds: int) -> int:
    """Microseconds of Stripe's whole seconds."""
    return seconds * SECOND


def to_datetime(moment: int) -> datetime:
    """The aware UTC datetime of `moment`."""
    return _EPOCH + timedelta(microseconds=moment)


@lru_cache(256)  # the lines of a batch were recorded in one moment
def iso(moment: int) -> str:
    """ISO 8601 in UTC with a Z, as the API and the exports write it."""
    return to_datetime(moment).isoformat(timespec="microseconds").replace("+00:00", "Z")
