"""Lots: in which order credits are spent, and which lots a movement touches. Anyone may import it; pure decisions.

A lot is what came in at once: a purchase, a grant, a plan's monthly credits. Each account may also have one
overdraft lot whose remaining is negative: what was spent beyond everything that came in. So an account's balance
is always the sum of what remains in its lots, and every movement says which lots it moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from billing.rules.moments import NEVER


class LotSource(StrEnum):
    """Where a lot's credits came from."""

    PURCHASE = "purchase"
    BONUS = "bonus"
    GRANT = "grant"
    PLAN = "plan"
    WELCOME = "welcome"
    USAGE_REFUND = "usage_refund"
    TRANSFER = "transfer"
    OVERDRAFT = "overdraft"


PRIORITY: dict[LotSource, int] = {
    LotSource.PLAN: 10,
    LotSource.WELCOME: 20,
    LotSource.GRANT: 20,
    LotSource.BONUS: 20,
    LotSource.USAGE_REFUND: 20,
    LotSource.TRANSFER: 30,
    LotSource.PURCHASE: 30,
    LotSource.OVERDRAFT: 99,
}
"""Lower burns first: included before granted before purchased. Spread out so that a YAML rule can go between."""


@dataclass(slots=True)
class Lot:
    """One lot as a batch works on it; amounts in micro-credits, moments in microseconds.

    Mutable on purpose: many movements of one batch draw on the same lot before it is written once.
    """

    id: int
    account_id: str
    source: LotSource
    priority: int
    expires_at: int
    granted_micro: int
    remaining_micro: int
    frozen: bool = False
    order_id: str | None = None
    created_at: int = 0

    @property
    def spending_order(self) -> tuple[int, int, int]:
        """Expiring first, then by priority, then oldest (ids grow)."""
        return (self.expires_at, self.priority, self.id)

    def spendable(self, now: int) -> int:
        """What a debit may take from it now: nothing while frozen or once expired."""
        if self.frozen or self.expires_at <= now or self.remaining_micro < 0:
            return 0
        return self.remaining_micro


class LotTerms(NamedTuple):
    """The terms under which incoming credits become a lot."""

    source: LotSource
    expires_at: int = NEVER
    order_id: str | None = None

    @property
    def priority(self) -> int:
        """From the one table of priorities."""
        return PRIORITY[self.source]


class Draw(NamedTuple):
    """A signed movement of one lot."""

    lot_id: int
    amount_micro: int


def spend(lots: Sequence[Lot], amount_micro: int, now: int) -> tuple[list[Draw], int]:
    """Take up to `amount_micro` from `lots`, which stand in spending order.

    Returns the draws (negative amounts) and what the lots could not cover. Changes the lots' remaining.
    """
    draws: list[Draw] = []
    missing = amount_micro
    for lot in lots:
        if missing == 0:
            break
        spendable = lot.spendable(now)
        if spendable:
            taken = missing if missing < spendable else spendable  # min() would take as long as all the rest
            lot.remaining_micro -= taken
            missing -= taken
            draws.append(Draw(lot.id, -taken))
    return draws, missing


def repay(overdraft: Lot | None, lot: Lot) -> list[Draw]:
    """New credits pay what is owed before they can be spent: moves from `lot` to the overdraft lot."""
    if overdraft is None or overdraft.remaining_micro >= 0:
        return []
    paid = min(-overdraft.remaining_micro, lot.remaining_micro)
    overdraft.remaining_micro += paid
    lot.remaining_micro -= paid
    return [Draw(lot.id, -paid), Draw(overdraft.id, paid)]


def spendable_micro(lots: Iterable[Lot], now: int) -> int:
    """What could be spent from `lots` now."""
    return sum(lot.spendable(now) for lot in lots)
