"""Credit limits and required minimums: one floor, held by the ledger and by the database beneath it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError

from billing import accounts, check, credit_limits
from billing.credit_limits import NewTerms
from billing.rules.errors import BadInput, Forbidden, NotFound, ScripError
from billing.rules.money import MICRO, Credits
from billing.rules.overdraft import Mode
from billing.rules.postings import NotPosted, Posted
from billing.store.writer import Tx
from tests.billing.test_ledger import credit, debit, post
from tests.world.portals import World

REASON = "agreed in the contract of March"


def allow(world: World, account_id: str, limit: int = 0, **changes: object) -> credit_limits.Standing:
    asked = NewTerms(account_id, REASON, "usr_mia", Credits.whole(limit))
    return credit_limits.set_terms(world.portal, replace(asked, **changes))  # type: ignore[arg-type]


def floor(world: World, account_id: str) -> tuple[int, int, int]:
    """Balance, debt and floor in whole credits, as the row has them."""
    with world.portal.database.read() as connection:
        query = text("SELECT balance_micro, debt_micro, floor_micro FROM accounts WHERE id = :id")
        row = connection.execute(query, {"id": account_id}).one()
    return row[0] // MICRO, row[1] // MICRO, row[2] // MICRO


def execute(statement: TextClause, account_id: str, tx: Tx) -> None:
    tx.connection.execute(statement, {"id": account_id})


def test_a_limit_lets_an_account_owe_so_much_and_no_more(world: World) -> None:
    account = world.account()
    allow(world, account, 10)
    outcomes = post(world, debit(world, account, "a", 10), debit(world, account, "b", 1))
    assert isinstance(outcomes[0], Posted)
    assert outcomes[1] == NotPosted(outcomes[1].refusal, 0, MICRO)  # type: ignore[union-attr]
    assert floor(world, account) == (-10, 0, -10)
    seen = accounts.view(world.portal, account)
    assert (seen.owed, seen.available, seen.overdraft_limit) == (Credits.whole(10), Credits(0), Credits.whole(10))
    assert check.run(world.portal.database) == []


def test_the_mode_follows_from_the_limit(world: World) -> None:
    account = world.account()
    assert credit_limits.standing(world.portal, account).mode is Mode.PREPAID
    assert allow(world, account, 10).mode is Mode.POSTPAID
    assert allow(world, account, 0).mode is Mode.PREPAID
    assert allow(world, account, minimum=Credits.whole(5)).mode is Mode.PREPAID


def test_a_limit_below_what_is_owed_refuses_debits_and_breaks_nothing(world: World) -> None:
    account = world.account()
    allow(world, account, 10)
    post(world, debit(world, account, "a", 8))
    allow(world, account, 3)
    assert floor(world, account) == (-8, 5, -3)
    assert isinstance(post(world, debit(world, account, "b", 1))[0], NotPosted)
    post(world, credit(world, account, "g", 4))
    assert floor(world, account) == (-4, 1, -3)
    assert isinstance(post(world, debit(world, account, "c", 1))[0], NotPosted)
    post(world, credit(world, account, "h", 3))
    assert floor(world, account) == (-1, 0, -3)
    assert isinstance(post(world, debit(world, account, "d", 2))[0], Posted)
    assert check.run(world.portal.database) == []


def test_a_higher_limit_takes_the_debt_away_again(world: World) -> None:
    account = world.account()
    allow(world, account, 10)
    post(world, debit(world, account, "a", 8))
    allow(world, account, 3)
    allow(world, account, 20)
    assert floor(world, account) == (-8, 0, -20)
    assert isinstance(post(world, debit(world, account, "b", 12))[0], Posted)
    assert check.run(world.portal.database) == []


def test_a_forced_debit_below_the_limit_is_explained_by_the_debt(world: World) -> None:
    account = world.account()
    allow(world, account, 10)
    post(world, debit(world, account, "a", 9))
    post(world, debit(world, account, "refund", 4, forced=True))
    assert floor(world, account) == (-13, 3, -10)
    allow(world, account, 12)
    assert floor(world, account) == (-13, 1, -12)
    post(world, credit(world, account, "g", 13))
    assert floor(world, account) == (0, 0, -12)
    assert check.run(world.portal.database) == []


def test_a_required_minimum_stays_whatever_is_spent(world: World) -> None:
    account = world.account()
    post(world, credit(world, account, "g", 100))
    allow(world, account, minimum=Credits.whole(30))
    outcomes = post(world, debit(world, account, "a", 70), debit(world, account, "b", 1))
    assert [isinstance(each, Posted) for each in outcomes] == [True, False]
    assert floor(world, account) == (30, 0, 30)
    assert accounts.view(world.portal, account).available == Credits(0)
    assert check.run(world.portal.database) == []


def test_a_minimum_above_what_is_there_closes_the_account_until_it_is_reached(world: World) -> None:
    account = world.account()
    allow(world, account, minimum=Credits.whole(30))
    assert floor(world, account) == (0, 30, 30)
    post(world, credit(world, account, "g", 20))
    assert isinstance(post(world, debit(world, account, "a", 1))[0], NotPosted)
    post(world, credit(world, account, "h", 11))
    outcomes = post(world, debit(world, account, "b", 1), debit(world, account, "c", 1))
    assert [isinstance(each, Posted) for each in outcomes] == [True, False]
    assert check.run(world.portal.database) == []


def test_the_database_itself_holds_the_floor(world: World) -> None:
    account = world.account()
    allow(world, account, 10)
    for below in (f"balance_micro = {-11 * MICRO}", f"floor_micro = {MICRO}"):
        statement = text(f"UPDATE accounts SET {below} WHERE id = :id")
        with pytest.raises(IntegrityError):
            world.portal.till.write(partial(execute, statement, account))
    assert floor(world, account) == (0, 0, -10)


def test_each_change_is_audited_with_reason_and_both_values_and_a_repetition_is_not(world: World) -> None:
    account = world.account()
    allow(world, account, 10)
    allow(world, account, 20, due_in_days=14)
    allow(world, account, 20, due_in_days=14)
    lines = accounts.history(world.portal, account)
    told = [(line.actor, line.action, line.reason, line.before, line.after) for line in lines]
    assert sorted(told) == [
        ("usr_mia", "credit_limit.set", REASON, "owes up to 0", "owes up to 10"),
        ("usr_mia", "credit_limit.set", REASON, "owes up to 10", "owes up to 20, due in 14 days"),
    ]


def test_the_days_until_due_are_the_accounts_own_or_else_the_settings(world: World) -> None:
    account = world.account()
    assert allow(world, account, 10).due_in_days == 30
    assert allow(world, account, 10, due_in_days=7).due_in_days == 7


REFUSED: list[tuple[dict[str, object], type[ScripError]]] = [
    ({"limit": Credits(-1)}, BadInput),
    ({"limit": Credits.whole(1_000_000_001)}, BadInput),
    ({"minimum": Credits(-1)}, BadInput),
    ({"minimum": Credits(1)}, BadInput),
    ({"due_in_days": 0}, BadInput),
    ({"due_in_days": 366}, BadInput),
    ({"reason": "too short"}, BadInput),
    ({"account_id": "acc_nobody"}, NotFound),
    ({"account_id": "sys_usage"}, NotFound),
]


@pytest.mark.parametrize(("changes", "error"), REFUSED)
def test_what_is_wrong_is_refused_and_changes_nothing(
    world: World, changes: dict[str, object], error: type[ScripError]
) -> None:
    account = world.account()
    asked = NewTerms(account, REASON, "usr_mia", Credits.whole(10))
    before = world.dump()
    with pytest.raises(error):
        credit_limits.set_terms(world.portal, replace(asked, **changes))  # type: ignore[arg-type]
    assert world.dump() == before
    assert accounts.history(world.portal, account) == []


def test_nobody_sets_their_own_limit(world: World) -> None:
    account = world.account()
    with pytest.raises(Forbidden):
        allow(world, account, 10, own_account_id=account)
    assert floor(world, account) == (0, 0, 0)
