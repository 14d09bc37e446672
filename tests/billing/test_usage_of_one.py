"""Who is shown no uses but their own finds nobody else's: in sums, in lines, behind a line."""

from __future__ import annotations

import json
from datetime import UTC

import pytest

from billing import explanations, statements, usage_reports
from billing.rules.errors import NotFound
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.rules.postings import Posting
from billing.rules.usage_reports import Grouping
from billing.rules.views import Filters
from billing.rules.windows import last_days
from tests.billing.test_usage_reports import post
from tests.world.portals import World

BO = ("usr_bo", "bo@example.org")
USES = [("usr_bo", "key_0"), ("usr_cy", "key_0"), (None, "usr_bo"), (None, "key_0"), ("bo@example.org", "key_1")]
"""Whose a program says it is, and who sent it; each takes ten times what the one before took."""


def shared(world: World) -> str:
    """An account from which several people use."""
    account, now = world.account(), world.clock()
    terms = LotTerms(LotSource.GRANT)
    post(world, Posting(account, Kind.GRANT, "g", account, 10**9, "usr_x", now, terms=terms))
    for number, (who, actor) in enumerate(USES):
        details = json.dumps({"user": who} if who else {"model": "large"})
        key, amount = f"{account}:{number}", -(10**number)
        post(world, Posting(account, Kind.USAGE, "usage", key, amount, actor, now, details=details))
    return account


def test_use_6_a_report_for_one_person_sums_their_uses_alone(world: World) -> None:
    account = shared(world)
    window = last_days(2, UTC, world.clock())
    for grouping in (Grouping(whose=BO), Grouping(by_actor=True, whose=BO), Grouping(dimension="user", whose=BO)):
        told = usage_reports.report(world.portal, account, window, grouping)
        assert (told.total.micro, told.events) == (10101, 3)
        assert sum(each.used.micro for each in told.groups) == 10101
    later = last_days(1, UTC, world.clock() + DAY + 1)
    assert usage_reports.report(world.portal, account, later, Grouping(whose=BO)).before.micro == 10101


def test_use_6_their_statement_leaves_others_uses_out_and_no_balance_changes(world: World) -> None:
    account = shared(world)
    page = statements.page(world.portal, account, Filters(whose=BO))
    assert [line.amount.micro for line in page.lines] == [-10000, -100, -1, 10**9]
    assert page.matching == 4
    assert page.closing == page.lines[0].balance_after == Credits(10**9 - 11111)
    for line in statements.page(world.portal, account, Filters()).lines:
        if line in page.lines:
            assert explanations.line(world.portal, account, line.id, BO).line == line
            continue
        with pytest.raises(NotFound):
            explanations.line(world.portal, account, line.id, BO)
