"""What the lines of a paid invoice give together in credits of plans. Anyone may import it; pure decisions.

Nothing is ever taken from an account. What an invoice takes beyond what it gives is kept in mind instead, and the next
changes earn so much less until the period is over: otherwise going up and down would give credits for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import NEVER
from billing.rules.money import Credits
from billing.rules.postings import Posting


@dataclass(frozen=True, slots=True)
class Portion:
    """What a line of an invoice is worth in credits of the plan it pays for; below zero for what it gives back.

    `whole`: it pays for all of a period. `starts_with` is what the plan gives once, with the first line of it.
    """

    plan: str
    title: str
    micro: int
    starts_with: int
    period_start: int
    period_end: int
    expires_at: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Earned:
    """Credits of a plan, for a period or, when `is_start`, once for ever."""

    plan: str
    title: str
    credits: Credits
    expires_at: int = NEVER
    is_start: bool = False


@dataclass(frozen=True, slots=True)
class Surplus:
    """What changes took back that had been given before. It counts until the periods that were paid are over."""

    micro: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What an invoice gives, and the surplus it leaves."""

    earned: tuple[Earned, ...]
    surplus: Surplus


NO_SURPLUS = Surplus()

START, PERIOD = "plan_start", "plan_period"
"""Causes of what a plan gives: once to an account, and for an invoice."""


def reckon(of: Sequence[Portion], surplus: Surplus = NO_SURPLUS, *, renews: bool = False) -> Reckoned:
    """What the portions of one invoice give together; never less than nothing.

    `renews`: the invoice is a renewal or a beginning, whose whole periods a surplus leaves alone.
    """
    if of and surplus.until <= min(each.period_start for each in of):
        surplus = NO_SURPLUS
    net = sum(each.micro for each in of)
    spared = sum(each.micro for each in of if each.whole and each.micro > 0) if renews else 0
    settled = min(surplus.micro, max(0, net - spared))
    left = surplus.micro - settled + max(0, -net)
    until = max((surplus.until, *(each.period_end for each in of if each.micro < 0)), default=0)
    return Reckoned((*_starts(of), *_shared(of, max(0, net) - settled)), Surplus(left, until) if left else NO_SURPLUS)


def posting(each: Earned, account_id: str, happened_at: int, invoice_ref: str = "") -> Posting:
    """A start is once for an account and a plan, whatever was paid; the rest once for an invoice and a plan."""
    return Posting(
        account_id=account_id,
        kind=Kind.PLAN,
        cause_type=START if each.is_start else PERIOD,
        cause_id=cause_of_start(account_id, each.plan) if each.is_start else f"{invoice_ref}:{each.plan}",
        amount_micro=each.credits.micro,
        actor="system",
        happened_at=happened_at,
        reason=f"{each.title}: {'starting credits' if each.is_start else 'credits of the period'}",
        terms=LotTerms(LotSource.PLAN, each.expires_at),
    )


def cause_of_start(account_id: str, plan: str) -> str:
    """The cause under which a plan's starting credits stand in the ledger."""
    return f"{account_id}:{plan}"


def _starts(of: Sequence[Portion]) -> Iterator[Earned]:
    plans = {each.plan: each for each in of if each.starts_with}
    return (Earned(each.plan, each.title, Credits(each.starts_with), is_start=True) for each in plans.values())


def _shared(of: Sequence[Portion], total: int) -> Iterator[Earned]:
    """`total` among the plans that gain. A plan's own losses come off its gains, then what expires first gives way."""
    gains = {each.plan: each for each in of if each.micro > 0}
    sums = {plan: max(0, sum(each.micro for each in of if each.plan == plan)) for plan in gains}
    ends = {plan: max(each.expires_at for each in of if each.plan == plan and each.micro > 0) for plan in gains}
    for plan in sorted(gains, key=lambda each: (ends[each], each), reverse=True):
        given = min(sums[plan], total)
        total -= given
        if given:
            yield Earned(plan, gains[plan].title, Credits(given), ends[plan])
