"""Credits that plans give, read off the lines of a paid invoice. Anyone may import it; pure decisions.

A line for a whole period gives the plan's credits of a period, once for the plan however many items and seats it has. A
share, which a change leaves, gives its part by time; the share that is given back takes as much from the same invoice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from billing.rules.calendars import began
from billing.rules.facts import InvoiceLine
from billing.rules.moments import NEVER
from billing.rules.plans import PlanTerms, Rollover
from billing.rules.portions import Earned, Portion, reckon


@dataclass(frozen=True, slots=True)
class Sold:
    """What a line pays for: a plan, in a rhythm. A line of 0.00 is a trial, unless the plan is `free`."""

    terms: PlanTerms
    interval: str
    interval_count: int = 1
    free: bool = False


PlanOf = Callable[[InvoiceLine], Sold | None]


@dataclass(frozen=True, slots=True)
class Billed:
    """The whole periods that a subscription's invoices are for: where each began, by its rhythm and its end.

    Only they know it for certain: what ends on 28 February may have begun on any of the last days of January, and the
    moment from which periods are counted moves with every change of rhythm.
    """

    starts: Mapping[tuple[str, int, int], int]

    @property
    def ends(self) -> frozenset[int]:
        """Where a period ends, and a renewal begins."""
        return frozenset(end for _, _, end in self.starts)


NONE_BILLED = Billed({})


def earned(lines: Sequence[InvoiceLine], plan_of: PlanOf, anchor: int | None = None) -> tuple[Earned, ...]:
    """What an invoice with these lines gives by itself. `anchor`: the moment the subscription's periods count from."""
    return reckon(portions(lines, plan_of, anchor)).earned


def portions(
    lines: Sequence[InvoiceLine], plan_of: PlanOf, anchor: int | None = None, billed: Billed = NONE_BILLED
) -> tuple[Portion, ...]:
    """What each line is worth; several items of one plan for the same time are one."""
    found: dict[tuple[str, bool, bool, int, int], Portion] = {}
    for line in lines:
        sold = plan_of(line)
        if sold is not None and (not line.proration or line.amount_minor):
            key = (sold.terms.name, line.proration, line.amount_minor < 0, line.period_start, line.period_end)
            one = _portion(line, sold, anchor, billed)
            found[key] = max(found.get(key, one), one, key=lambda each: abs(each.micro))
    return tuple(found.values())


def renews(of: Sequence[Portion], billed: Billed) -> bool:
    """Whether an invoice continues what was billed: one of its whole periods begins where another one ended."""
    return any(each.whole and each.period_start in billed.ends for each in of)


def _portion(line: InvoiceLine, sold: Sold, anchor: int | None, billed: Billed) -> Portion:
    terms, is_credit = sold.terms, line.proration and line.amount_minor < 0
    expires_at = line.period_end if terms.rollover is Rollover.RESET else NEVER
    return Portion(
        terms.name, terms.title, _worth(line, sold, anchor, billed), 0 if is_credit else terms.on_start_credits.micro,
        line.period_start, line.period_end, expires_at, not line.proration,
    )  # fmt: skip


def _worth(line: InvoiceLine, sold: Sold, anchor: int | None, billed: Billed) -> int:
    full = sold.terms.period_credits.micro
    if not line.proration:
        return full if line.amount_minor > 0 or (line.amount_minor == 0 and sold.free) else 0
    known = billed.starts.get((sold.interval, sold.interval_count, line.period_end))
    whole = line.period_end - (known or began(line.period_end, sold.interval, sold.interval_count, anchor))
    covered = min(line.period_end - line.period_start, whole)
    share = full * covered // whole
    return share if line.amount_minor > 0 else -share
