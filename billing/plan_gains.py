"""The credits that come with an invoice to come. Only plan_previews calls it."""

from __future__ import annotations

from billing.rules.bills import Bill
from billing.rules.plan_changes import Gain
from billing.rules.subscriptions import Plan


def gains_of(bill: Bill, plans: tuple[Plan, ...]) -> tuple[Gain, ...]:
    return ()
