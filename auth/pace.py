"""How often one address may ask before anybody knows who it is. The middleware and the doors use it.

Each process counts for itself and forgets when it ends: it is a fence around memory and patience, not around money.
Behind a proxy the address is the proxy's own unless `trusted_proxies` names it; so the fence is wide.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from billing.rules.sentences import Sentence, sentence

MOST = 10_000
"""So many addresses are remembered; the one not heard of for longest is forgotten first."""


class Pace:
    """`burst` at once, then `per_second`. An address that asks too often waits; the others do not notice."""

    def __init__(self, burst: int, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._now = burst, per_second, now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> int:
        """Counts one; 0, or after how many seconds there is room for it."""
        wait = self.wait(address)
        if not wait:
            left, now = self._at(address)
            self._left[address] = left - 1, now
            self._left.move_to_end(address)
            if len(self._left) > MOST:
                self._left.popitem(last=False)
        return wait

    def wait(self, address: str) -> int:
        """The same without counting."""
        left, _now = self._at(address)
        return 0 if left >= 1 else math.ceil((1 - left) / self._per_second)

    def _at(self, address: str) -> tuple[float, float]:
        now = self._now()
        left, then = self._left.get(address, (float(self._burst), now))
        return min(self._burst, left + (now - then) * self._per_second), now


def again_in(seconds: int) -> Sentence:
    """Says when it can be tried again."""
    return sentence(
        "There were too many tries from your network. It can be tried again in {seconds} s.", seconds=seconds
    )
