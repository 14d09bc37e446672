"""Uses one by one, what came late or back of them, and what a period will have used when it is over."""

from __future__ import annotations

from datetime import UTC

from billing import grants, reverts, usage_reports
from billing.grants import Grant
from billing.reverts import Revert
from billing.rules.forecasts import expected
from billing.rules.moments import DAY, HOUR
from billing.rules.money import Credits
from billing.rules.windows import last_days
from billing.usage import Debit, debit
from tests.world.portals import World


async def test_the_newest_uses_tell_what_came_late_and_what_was_given_back(world: World) -> None:
    account, now = world.account(), world.clock()
    grants.give(world.portal, Grant(account, Credits.whole(20), "credits for a test", "usr_x", "g"))
    for number in range(4):
        said, happened_at = {"model": f"m{number}"}, now - HOUR if number == 1 else None
        amount = Credits.whole(number + 1)
        await debit(world.portal, Debit(account, amount, f"u{number}", "key_1", "job", said, happened_at))
    reverts.revert(world.portal, Revert(account, "u2", Credits.of("0.5"), "back", "key_1"))
    found = usage_reports.newest(world.portal, account, last_days(2, UTC, now))
    told = [(str(each.amount), str(each.given_back), each.is_late, each.dimensions["model"]) for each in found]
    assert told == [("4", "0", False, "m3"), ("3", "0.5", False, "m2"), ("2", "0", True, "m1"), ("1", "0", False, "m0")]


def test_days_that_are_alike_foretell_one_amount_and_others_a_range() -> None:
    alike, unlike = [Credits(10)] * 4, [Credits(0), Credits(20), Credits(0), Credits(20)]
    assert expected(alike, 5) == (Credits(50), Credits(50))
    assert expected(unlike, 4) == (Credits(20), Credits(60))
    assert expected([Credits(0), Credits(0), Credits(90)], 1) == (Credits(0), Credits(72))
    assert expected(alike[:2], 5) is None
    assert expected(alike, 0) is None


async def test_nothing_of_another_window_is_among_them(world: World) -> None:
    account = world.account()
    grants.give(world.portal, Grant(account, Credits.whole(20), "credits for a test", "usr_x", "g"))
    await debit(world.portal, Debit(account, Credits.whole(1), "u", "key_1"))
    assert usage_reports.newest(world.portal, account, last_days(1, UTC, world.clock() + 3 * DAY)) == []
