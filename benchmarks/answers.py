"""What every page asks, over an account with a million lines and a hundred thousand others, in milliseconds.

`python -m benchmarks page_answers` runs it; the history it is asked of is written by history.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC

from benchmarks import history, wire
from benchmarks.figures import Ground
from benchmarks.report import Result, compared
from benchmarks.server import open_portal
from benchmarks.stock import stocked
from billing import account_lists, accounts, alert_notices, forecasts, statements, usage_reports
from billing.portal import Portal
from billing.rules.console import AccountFilters, AccountSort
from billing.rules.kinds import Kind
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.rules.usage_reports import Grouping
from billing.rules.views import Filters
from billing.rules.windows import last_days

GOAL_MS = 300
ASKED = 3
"""The fastest of so many counts: how long an answer takes, not how busy the machine is with others."""

Questions = dict[str, Callable[[], object]]


def page_answers(ground: Ground, engine: str, lines: int) -> Iterator[Result]:
    """Each question in milliseconds against the goal of a page."""
    long = wire.account(1)
    with stocked(engine, ground.cluster, 2) as stock, open_portal(stock.url) as portal:
        history.crowd(portal, 2, lines // 10)
        history.write(portal, long, lines)
        for name, ask in (_of_statements(portal, long) | _of_pages(portal, long) | _of_accounts(portal)).items():
            result = compared(f"{name} ms", engine, [(_milliseconds(ask), 1)], GOAL_MS, GOAL_MS, at_most=True)
            yield replace(result, a_per_second=0, b_per_second=0)


def _of_statements(portal: Portal, account_id: str) -> Questions:
    newest = statements.page(portal, account_id, Filters(limit=1)).lines[0]
    asked = {
        "first": Filters(), "deep": Filters(cursor=newest.version // 2), "oldest": Filters(oldest_first=True),
        "month": Filters(since=portal.clock() - 30 * DAY), "grants": Filters(kinds=(Kind.GRANT,)),
        "uses": Filters(kinds=(Kind.USAGE,)), "in": Filters(direction="in"), "out": Filters(direction="out"),
        "search": Filters(search="answered"), "search rare": Filters(search=history.RARE),
        "search none": Filters(search="no such word"), "amount none": Filters(least=Credits.whole(10**6)),
        "search deep": Filters(search="no such word", cursor=newest.version // 2),
        "actor": Filters(actor="key_3"), "actor none": Filters(actor="usr_none"),
    }  # fmt: skip
    pages: Questions = {
        f"statement {name}": lambda each=each: statements.page(portal, account_id, each)  # type: ignore[misc]
        for name, each in asked.items()
    }
    return pages | {"csv begins": lambda: next(_after_the_header(statements.csv_rows(portal, account_id, Filters())))}


def _of_pages(portal: Portal, account_id: str) -> Questions:
    week = last_days(7, UTC, portal.clock())
    return {
        "account": lambda: accounts.view(portal, account_id),
        "forecast": lambda: forecasts.run_out(portal, account_id),
        "notices": lambda: alert_notices.of_account(portal, account_id, "usr_bench"),
        "actors": lambda: statements.actors(portal, account_id),
        "usage of a week": lambda: usage_reports.report(portal, account_id, week, Grouping(by_actor=True)),
    }


def _of_accounts(portal: Portal) -> Questions:
    asked = {
        "first": AccountFilters(), "by balance": AccountFilters(sort=AccountSort.BALANCE, descending=True),
        "newest": AccountFilters(sort=AccountSort.OPENED, descending=True), "negative": AccountFilters(negative=True),
        "search": AccountFilters(search="person777@"), "search none": AccountFilters(search="nobody such"),
        "idle": AccountFilters(idle_since=portal.clock() - 30 * DAY),
    }  # fmt: skip
    return {
        f"accounts {name}": lambda each=each: account_lists.page(portal, each)  # type: ignore[misc]
        for name, each in asked.items()
    }


def _after_the_header(pieces: Iterator[str]) -> Iterator[str]:
    next(pieces)
    return pieces


def _milliseconds(ask: Callable[[], object]) -> float:
    took = []
    for _ in range(ASKED):
        started = time.perf_counter()
        ask()
        took.append(time.perf_counter() - started)
    return 1000 * min(took)
