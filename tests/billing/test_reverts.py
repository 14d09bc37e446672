"""Usage given back: in parts, never more than was taken, once per key, spendable as long as before."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from billing import accounts, check, grants, reverts, usage
from billing.grants import Grant
from billing.reverts import LEAST_LIFE, Revert
from billing.rules.errors import BadInput, KeyReused, NotFound, ScripError
from billing.rules.lots import LotSource
from billing.rules.moments import DAY, NEVER
from billing.rules.money import Credits
from billing.rules.postings import Posted
from billing.usage import Debit
from tests.world.portals import World


def spent(world: World, credits: int = 10, expires_at: int = NEVER) -> str:
    """An account that was granted 100 and has spent `credits` of them as "job"."""
    account = world.account()
    why = "to have something to spend"
    grants.give(world.portal, Grant(account, Credits.whole(100), why, "usr_mia", f"g:{account}", expires_at=expires_at))
    debit = Debit(account, Credits.whole(credits), "job", "key_1", "A job")
    outcome = asyncio.run(usage.debit(world.portal, debit))
    assert isinstance(outcome, Posted)
    return account


def asked(account: str, credits: str = "4", key: str = "back-1") -> Revert:
    return Revert(account, "job", Credits.of(credits), key, "key_1")


def test_a_use_is_given_back_in_parts_and_never_beyond_what_it_took(world: World) -> None:
    account = spent(world)
    for part, balance in (("4", 94), ("5", 99)):
        reverts.revert(world.portal, asked(account, part, key=f"back-{part}"))
        assert world.balance(account) == Credits.whole(balance)
    with pytest.raises(BadInput, match=r"Only 1 of this use"):
        reverts.revert(world.portal, asked(account, "1.000001", key="back-more"))
    reverts.revert(world.portal, asked(account, "1", key="back-last"))
    with pytest.raises(BadInput, match=r"Only 0 of this use"):
        reverts.revert(world.portal, asked(account, "0.000001", key="back-none"))
    assert world.balance(account) == Credits.whole(100)
    assert check.run(world.portal.database) == []


def test_the_same_key_gives_back_once_and_with_other_content_is_refused(world: World) -> None:
    account = spent(world)
    first, again = (reverts.revert(world.portal, asked(account)) for _ in range(2))
    assert (first.transfer_id, first.fresh, again.fresh) == (again.transfer_id, True, False)
    with pytest.raises(KeyReused):
        reverts.revert(world.portal, asked(account, "5"))
    assert world.balance(account) == Credits.whole(94)


def test_ten_at_once_give_back_no_more_than_was_taken(world: World) -> None:
    account = spent(world)
    refused: list[ScripError] = []

    def give_back(number: int) -> None:
        try:
            reverts.revert(world.portal, asked(account, "3", key=f"back-{number}"))
        except ScripError as error:
            refused.append(error)

    racing = [threading.Thread(target=give_back, args=(number,)) for number in range(10)]
    for each in racing:
        each.start()
    for each in racing:
        each.join(30)
    assert (len(refused), world.balance(account)) == (7, Credits.whole(99))


@pytest.mark.parametrize("days", [1, 90, None])
def test_what_comes_back_lives_as_long_as_what_was_taken_but_a_month_at_least(world: World, days: int | None) -> None:
    expires_at = NEVER if days is None else world.clock() + days * DAY
    account = spent(world, expires_at=expires_at)
    reverts.revert(world.portal, asked(account))
    back = [lot for lot in accounts.view(world.portal, account).lots if lot.source is LotSource.USAGE_REFUND]
    assert [lot.expires_at for lot in back] == [max(expires_at, world.clock() + LEAST_LIFE)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"usage_key": "other"}, NotFound),
        ({"account_id": "acc_" + "0" * 20}, NotFound),
        ({"amount": Credits(0)}, BadInput),
        ({"amount": Credits(-1)}, BadInput),
        ({"key": ""}, BadInput),
        ({"reason": "x" * 201}, BadInput),
        ({"usage_key": "\x00"}, BadInput),
    ],
)
def test_what_cannot_be_given_back_is_refused_and_moves_nothing(
    world: World, changes: dict[str, object], error: type[ScripError]
) -> None:
    account = spent(world)
    before = world.dump()
    with pytest.raises(error):
        reverts.revert(world.portal, replace(asked(account), **changes))  # type: ignore[arg-type]
    assert world.dump() == before


def test_somebody_elses_use_is_as_unknown_as_none(world: World) -> None:
    spent(world)
    other = world.account("Bo")
    with pytest.raises(NotFound):
        reverts.revert(world.portal, asked(other))
