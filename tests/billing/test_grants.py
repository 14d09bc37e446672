"""A manager's hand: a reason, a limit, an audit line, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import accounts, check, grants
from billing.grants import Grant
from billing.rules.errors import BadInput, Forbidden, InsufficientCredits, KeyReused, NotFound, ScripError
from billing.rules.moments import DAY
from billing.rules.money import Credits
from tests.world.portals import World

REASON = "goodwill after the outage"


def asked(account_id: str, credits: int = 50, **changes: object) -> Grant:
    return replace(Grant(account_id, Credits.whole(credits), REASON, "usr_mia", "form-1"), **changes)  # type: ignore[arg-type]


def test_a_grant_raises_the_balance_and_is_audited_with_both_values(world: World) -> None:
    account = world.account()
    grants.give(world.portal, asked(account))
    line = accounts.history(world.portal, account)[0]
    assert world.balance(account) == Credits.whole(50)
    assert (line.actor, line.action, line.reason, line.before, line.after) == (
        "usr_mia", "credits.grant", REASON, "0", "50",
    )  # fmt: skip


def test_a_double_submit_moves_once_and_audits_once(world: World) -> None:
    account = world.account()
    first, second = (grants.give(world.portal, asked(account)) for _ in range(2))
    assert (first.transfer_id, first.fresh, second.fresh) == (second.transfer_id, True, False)
    assert world.balance(account) == Credits.whole(50)
    assert len(accounts.history(world.portal, account)) == 1


def test_the_same_form_with_another_amount_is_refused(world: World) -> None:
    account = world.account()
    grants.give(world.portal, asked(account))
    with pytest.raises(KeyReused):
        grants.give(world.portal, asked(account, 51))
    assert world.balance(account) == Credits.whole(50)


def test_a_removal_takes_what_is_there_and_no_more(world: World) -> None:
    account = world.account()
    grants.give(world.portal, asked(account))
    grants.give(world.portal, asked(account, 20, removal=True, key="form-2"))
    with pytest.raises(InsufficientCredits) as refused:
        grants.give(world.portal, asked(account, 31, removal=True, key="form-3"))
    assert refused.value.details["missing_micro"] == Credits.whole(1).micro
    assert world.balance(account) == Credits.whole(30)
    assert check.run(world.portal.database) == []


REFUSED: list[tuple[dict[str, object], type[ScripError]]] = [
    ({"amount": Credits(0)}, BadInput),
    ({"amount": Credits(-1)}, BadInput),
    ({"amount": Credits.whole(100_001)}, BadInput),
    ({"reason": ""}, BadInput),
    ({"reason": "too short"}, BadInput),
    ({"reason": "x" * 10_000}, BadInput),
    ({"reason": "a reason with \x00 in it"}, BadInput),
    ({"reason": "a reason with \x1f in it"}, BadInput),
    ({"reason": "a reason with \ud800 in it"}, BadInput),
    ({"key": ""}, BadInput),
    ({"key": "k" * 201}, BadInput),
    ({"account_id": "acc_nobody"}, NotFound),
    ({"account_id": "sys_stripe"}, NotFound),
]


@pytest.mark.parametrize(("changes", "error"), REFUSED)
def test_what_is_wrong_is_refused_and_changes_nothing(
    world: World, changes: dict[str, object], error: type[ScripError]
) -> None:
    account = world.account()
    before = world.dump()
    with pytest.raises(error):
        grants.give(world.portal, replace(asked(account), **changes))  # type: ignore[arg-type]
    assert world.dump() == before
    assert accounts.history(world.portal, account) == []


def test_nobody_grants_to_themselves(world: World) -> None:
    account = world.account()
    with pytest.raises(Forbidden):
        grants.give(world.portal, asked(account, own_account_id=account))
    assert world.balance(account).micro == 0


def test_a_manager_gives_no_more_than_the_days_limit_and_the_next_day_again(world: World) -> None:
    accounts_of_many = [world.account(str(number)) for number in range(6)]
    for number, account in enumerate(accounts_of_many[:5]):
        grants.give(world.portal, asked(account, 100_000, key=f"form-{number}"))
    before = world.dump()
    with pytest.raises(Forbidden):
        grants.give(world.portal, asked(accounts_of_many[5], 1, key="form-5"))
    assert world.dump() == before
    grants.give(world.portal, asked(accounts_of_many[5], 1, key="form-6", by="usr_other"))
    world.clock.pass_by(DAY + 1)
    grants.give(world.portal, asked(accounts_of_many[5], 1, key="form-5"))
    assert world.balance(accounts_of_many[5]) == Credits.whole(2)
