"""Credits on top of a larger purchase: how many, and how they are given. Anyone may import it; pure decisions.

A bonus is promised with the order and given with its payment, as a lot of its own that names the order: whoever takes
a purchase back finds what came with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.rules.errors import BadInput
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.money import Credits
from billing.rules.orders import NOTHING, Order
from billing.rules.postings import Posting

MOST_PERCENT = 100


@dataclass(frozen=True, slots=True)
class BonusStep:
    """Whoever buys at least so many credits at once gets `percent` of them on top, or the fixed `credits`."""

    least: Credits
    percent: int = 0
    credits: Credits = NOTHING

    def of(self, bought: Credits) -> Credits:
        """What it gives, a fraction of a millionth left out."""
        return Credits(bought.micro * self.percent // 100 + self.credits.micro)

    def __str__(self) -> str:
        """As `steps_of` reads it: 10000:5% or 10000:250."""
        return f"{self.least}:{f'{self.percent}%' if self.percent else self.credits}"


def steps_of(text: str) -> tuple[BonusStep, ...]:
    """The steps in "1000:50 10000:5%". Raises BadInput when it is not clear what they give."""
    return tuple(_step(each) for each in text.split())


def _step(text: str) -> BonusStep:
    least, _colon, gives = text.partition(":")
    if not gives.endswith("%"):
        return BonusStep(Credits.of(least), credits=Credits.of(gives))
    share = gives.removesuffix("%")
    if not (share.isascii() and share.isdecimal() and 0 < int(share) <= MOST_PERCENT):
        raise BadInput("a bonus is up to 100 percent, in whole numbers")
    return BonusStep(Credits.of(least), percent=int(share))


def bonus_on(bought: Credits, steps: Sequence[BonusStep]) -> Credits:
    """What the highest step that was reached gives; the others give nothing beside it."""
    reached = max((step for step in steps if step.least <= bought), key=lambda step: step.least, default=None)
    return NOTHING if reached is None else reached.of(bought)


def larger_purchase(order: Order, happened_at: int) -> Posting:
    """The bonus that was promised with the order. The order is the cause: however often it is paid, it comes once."""
    return Posting(
        account_id=order.account_id,
        kind=Kind.BONUS,
        cause_type="purchase_bonus",
        cause_id=order.id,
        amount_micro=order.bonus.micro,
        actor="system",
        happened_at=happened_at,
        reason="Bonus on a larger purchase",
        order_id=order.id,
        terms=LotTerms(LotSource.BONUS, order_id=order.id),
    )
