"""How long credits last: from the rate of a week, what expires first included, and only when something is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from billing import forecasts, grants
from billing.grants import Grant
from billing.rules.errors import NotFound
from billing.rules.forecasts import runs_out_at
from billing.rules.lots import Lot, LotSource
from billing.rules.moments import DAY, NEVER
from billing.rules.money import Credits
from billing.usage import Debit, debit
from tests.world.portals import World, open_world

WEEKLY = 7


def lot(number: int, remaining: int, expires_in: int | None = None, *, frozen: bool = False) -> Lot:
    expires_at = NEVER if expires_in is None else expires_in * DAY
    return Lot(number, "acc_1", LotSource.GRANT, 20, expires_at, remaining, remaining, frozen)


@pytest.mark.parametrize(
    ("lots", "available", "days"),
    [
        ([lot(1, 18)], 18, 18),
        ([lot(1, 5), lot(2, 5)], 10, 10),
        ([lot(1, 10, 4), lot(2, 5)], 15, 9),  # six of the first expire
        ([lot(1, 3, 4), lot(2, 5, 6), lot(3, 5)], 13, 11),  # two of the second expire
        ([lot(1, 9, frozen=True), lot(2, 5)], 5, 5),
        ([lot(1, 10)], 4, 4),  # six are reserved
        ([lot(1, 10)], 15, 15),  # five may be owed
        ([], 0, 0),
        ([lot(1, 400)], 400, None),  # more than a year
    ],
)
def test_credits_last_as_long_as_what_can_be_spent_of_them(lots: list[Lot], available: int, days: int | None) -> None:
    gone_at = runs_out_at(lots, available, WEEKLY, 0)
    assert gone_at == (None if days is None else days * DAY)


def test_who_uses_nothing_never_runs_out() -> None:
    assert runs_out_at([lot(1, 5)], 5, 0, 0) is None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(f"sqlite:///{tmp_path_factory.mktemp('forecasts') / 'scrip.db'}") as made:
        yield made


async def uses(world: World, account: str, amount: str, key: str) -> None:
    await debit(world.portal, Debit(account, Credits.of(amount), key, "key_1"))


async def test_a_forecast_is_that_of_the_last_seven_days(world: World) -> None:
    account = world.account()
    grants.give(world.portal, Grant(account, Credits.whole(100), "credits for a test", "usr_x", account))
    await uses(world, account, "50", "long ago")
    for day in range(10):
        world.clock.pass_by(DAY)
        await uses(world, account, "2", f"day {day}")
    world.clock.pass_by(DAY // 2)
    told = forecasts.run_out(world.portal, account)
    assert told is not None
    assert (told.used, told.per_day, told.days_left) == (Credits.whole(14), Credits.whole(2), 15)
    assert [str(each) for each in told.balances[-3:]] == ["34", "32", "30"]
    assert len(told.balances) == 11


async def test_a_young_account_has_no_forecast(world: World) -> None:
    account = world.account()
    grants.give(world.portal, Grant(account, Credits.whole(9), "credits for a test", "usr_x", account))
    world.clock.pass_by(7 * DAY - 1)
    await uses(world, account, "1", "u")
    assert forecasts.run_out(world.portal, account) is None
    with pytest.raises(NotFound):
        forecasts.run_out(world.portal, "acc_none")
