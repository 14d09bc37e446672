"""Remembers what is on sale at Stripe for a while, also while Stripe is away. For the `stripe*.py` beside it only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from billing.rules.errors import GatewayUnavailable

T = TypeVar("T")

STALE_SECONDS = 3600
"""How long old prices are shown while Stripe is away. An order is checked against the price it was written with."""
AGAIN_SECONDS = 5

_log = structlog.get_logger(__name__)


class Remembered(Generic[T]):
    """The last answer of `ask`, believed for `seconds`. One thread asks at a time; the others take what there is."""

    def __init__(
        self,
        ask: Callable[[], tuple[T, ...]],
        seconds: int,
        ticks: Callable[[], float] = time.monotonic,  # not money: seconds
    ) -> None:
        self._ask, self._seconds, self._ticks = ask, seconds, ticks
        self._asking = threading.Lock()
        self._answer: tuple[T, ...] | None = None
        self._asked_at = self._due_at = ticks()

    def get(self, *, fresh: bool = False) -> tuple[T, ...]:
        """Raises GatewayUnavailable only when there is no answer that may still be shown."""
        known = self._answer
        if known is not None and not fresh and self._ticks() < self._due_at:
            return known
        wait = fresh or known is None
        if not self._asking.acquire(blocking=wait):
            return known or ()
        try:
            # somebody else may have asked while this thread waited for its turn
            if not fresh and self._answer is not None and self._ticks() < self._due_at:
                return self._answer
            return self._ask_now(fresh=fresh)
        finally:
            self._asking.release()

    def _ask_now(self, *, fresh: bool) -> tuple[T, ...]:
        try:
            answer = self._ask()
        except GatewayUnavailable:
            stale = self._answer
            if fresh or stale is None or self._ticks() > self._asked_at + STALE_SECONDS:
                raise
            self._due_at = self._ticks() + AGAIN_SECONDS
            _log.warning("stale_prices_shown", seconds=round(self._ticks() - self._asked_at))
            return stale
        self._answer, self._asked_at = answer, self._ticks()
        self._due_at = self._asked_at + self._seconds
        return answer
