"""A stand-in until the rule of credits is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from billing.rules.facts import InvoiceLine
from billing.rules.money import Credits
from billing.rules.plans import PlanTerms


@dataclass(frozen=True, slots=True)
class Earned:
    plan: str
    credits: Credits
    expires_at: int


def earned(lines: Sequence[InvoiceLine], plan_of: Callable[[InvoiceLine], PlanTerms | None]) -> tuple[Earned, ...]:
    found: dict[tuple[str, int], int] = {}
    for line in lines:
        plan = plan_of(line)
        if plan is None or not plan.period_credits.micro or line.amount_minor == 0:
            continue
        key = (plan.name, line.period_end)
        if not line.proration:
            found[key] = plan.period_credits.micro
    return tuple(Earned(plan, Credits(micro), end) for (plan, end), micro in found.items())
