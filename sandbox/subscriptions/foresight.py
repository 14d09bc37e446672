"""What the next renewal will look like, reckoned in a copy of the world. Used by `previews`, `schedule_previews` and
`deadlines`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from sandbox.errors import Json, Refusal
from sandbox.state import TEST_CLOCKS, Call, Clock, World
from sandbox.subscriptions.billing import issue, usage_lines
from sandbox.subscriptions.changes import begun_lines
from sandbox.subscriptions.phases import foreseen
from sandbox.subscriptions.plans import Plan
from sandbox.subscriptions.renewals import begin_next, next_lines
from sandbox.subscriptions.timing import OVER, period_of
from sandbox.subscriptions.waiting import proration_line

UPCOMING = "upcoming"
HOUR = 3600


def upcoming(call: Call, subscription: Json) -> Json | None:
    """The invoice of the next renewal as it looks now, None when there will be none."""
    return renewal(aside(call), Plan(deepcopy(subscription)), recurring=False)


def shown(call: Call, plan: Plan, *, recurring: bool = False) -> Json:
    """The next invoice after a change: the one the change makes at once, else the renewal. 404 when there is none."""
    if plan.bills_now and not recurring:
        rows = [proration_line(call, plan.after, one) for one in plan.prorations]
        return issue(call, plan.after, [*begun_lines(call, plan.after, plan), *rows], UPCOMING, preview=True)
    return there_is(plan.after, renewal(call, plan, recurring=recurring))


def renewal(call: Call, plan: Plan, *, recurring: bool) -> Json | None:
    """The renewal at the end of the period, with the prorations that wait for it."""
    after = plan.after
    moment = period_of(after)[1]
    ends = after["status"] in OVER or (after["cancel_at"] is not None and after["cancel_at"] <= moment)
    then = aside(call, max(call.now, moment))
    rows = [] if recurring else [proration_line(then, after, one) for one in plan.prorations]
    over = None
    if ends:
        rows += usage_lines(then, after, after["items"]["data"], moment)
    elif after["status"] != "paused":
        trial_over = after["status"] == "trialing"
        foreseen(then, after)
        over = begin_next(then, after)
        rows = [*next_lines(then, after, trial_over=trial_over), *rows]
    invoice = issue(then, after, rows, UPCOMING, preview=True, pending=not recurring, period=over)
    if not invoice["lines"]["data"]:
        return None
    # Those that a phase brings exist in this copy of the world only.
    invoice["_foreseen"] = {one: dict(then.world.table("discount")[one]) for one in invoice["discounts"]}
    if invoice["collection_method"] == "charge_automatically" and over is not None:
        invoice["next_payment_attempt"] = then.now + HOUR
    return invoice


def there_is(subscription: Json, invoice: Json | None) -> Json:
    """The invoice, or the refusal that tells there will be none."""
    if invoice is None:
        raise none_for(subscription["customer"])
    return invoice


def none_for(customer: str) -> Refusal:
    message = f"No upcoming invoices for customer: {customer}"
    body = {"type": "invalid_request_error", "code": "invoice_upcoming_none", "message": message}
    return Refusal(404, body)


def aside(call: Call, moment: int | None = None) -> Call:
    """The same call in a copy of the world, at another moment if one is given.

    Only the tables are copied. Whoever works in it may add objects, but must copy those it changes.
    """
    tables = {noun: dict(rows) for noun, rows in call.world.tables.items()}
    ahead = 0 if moment is None else moment - call.now
    clock = Clock(call.world.clock.ahead_seconds + (0 if call.test_clock else ahead))
    if call.test_clock is not None:
        shown = tables[TEST_CLOCKS][call.test_clock]
        tables[TEST_CLOCKS][call.test_clock] = {**shown, "frozen_time": shown["frozen_time"] + ahead}
    return replace(call, world=World(clock=clock, tables=tables))
