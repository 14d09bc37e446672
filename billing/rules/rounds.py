"""When each part of the work beside the requests is due. Anyone may import it; pure decisions.

Moments here are seconds of whatever clock the caller has, as long as it only goes forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Part(StrEnum):
    """What a sweep does, in this order: what was missed, then what follows from it, then what is owed outside."""

    CHECKOUTS = "checkouts"
    EVENTS = "events"
    CUSTOMERS = "customers"
    SUBSCRIPTIONS = "subscriptions"
    METERS = "meters"
    INVOICES = "invoices"
    EXPIRY = "expiry"
    ALERTS = "alerts"
    DUTIES = "duties"


class Rounds:
    """Each part comes around every so many seconds, the first time at once; one of 0 never does."""

    def __init__(self, every: Mapping[Part, int]) -> None:
        self._every = {part: seconds for part, seconds in every.items() if seconds > 0}
        self._due = dict.fromkeys(self._every, 0)

    def take(self, now: int) -> frozenset[Part]:
        """The parts that are due now; each is due again after its time."""
        taken = frozenset(part for part, due in self._due.items() if due <= now)
        self._due |= {part: now + self._every[part] for part in taken}
        return taken

    def pause(self, now: int) -> int | None:
        """Seconds until a part is due; None: none ever is.

        Never below zero, also after a round that took longer than the time until the next.
        """
        return max(0, min(self._due.values()) - now) if self._due else None
