"""The one source of time in the sandbox. Every file that needs the time takes it from here, through `World.clock`."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Whole Unix seconds, because Stripe's timestamps have no finer grain."""

    def now(self) -> int: ...


class WallClock:
    """The machine's own time."""

    def now(self) -> int:
        return int(time.time())


class HandClock:
    """A clock that stands still until somebody moves it.

    Time never runs backwards, as with Stripe's test clocks.
    """

    def __init__(self, frozen_at: int) -> None:
        self._now = frozen_at

    def now(self) -> int:
        return self._now

    def advance(self, seconds: int) -> int:
        """Moves forward and returns the new time; ValueError on a step backwards."""
        if seconds < 0:
            msg = f"a clock cannot go back by {-seconds} seconds"
            raise ValueError(msg)
        self._now += seconds
        return self._now
