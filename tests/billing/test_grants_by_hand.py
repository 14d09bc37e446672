"""What a manager says beside the amount: what the owner reads, a reference, an expiry; and taking a grant back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import accounts, check, grants, statements
from billing.grants import Grant
from billing.rules.errors import BadInput, InsufficientCredits, KeyReused
from billing.rules.moments import DAY, NEVER
from billing.rules.money import Credits
from billing.rules.views import Filters
from tests.world.portals import World

REASON = "goodwill after the outage"


def asked(account_id: str, credits: int = 50, **changes: object) -> Grant:
    return replace(Grant(account_id, Credits.whole(credits), REASON, "usr_mia", "form-1"), **changes)  # type: ignore[arg-type]


def seen_by_owner(world: World, account_id: str) -> list[str]:
    return [line.reason for line in statements.page(world.portal, account_id, Filters()).lines]


def test_the_owner_reads_what_was_written_for_them_and_the_audit_log_the_reason(world: World) -> None:
    account = world.account()
    posted = grants.give(world.portal, asked(account, told="Sorry!", reference="T-7", origin="10.0.0.1"))
    grants.give(world.portal, asked(account, told="", key="form-2"))
    grants.give(world.portal, asked(account, key="form-3"))
    assert seen_by_owner(world, account) == [REASON, "", "Sorry!"]
    log = {line.transfer_id: line for line in accounts.history(world.portal, account)}
    assert {line.reason for line in log.values()} == {REASON}
    assert (log[posted.transfer_id].reference, log[posted.transfer_id].origin) == ("T-7", "10.0.0.1")


def test_the_same_key_with_another_note_for_the_owner_is_refused(world: World) -> None:
    account = world.account()
    grants.give(world.portal, asked(account, told="Sorry!"))
    assert not grants.give(world.portal, asked(account, told="Sorry!")).fresh
    with pytest.raises(KeyReused):
        grants.give(world.portal, asked(account, told="Not sorry"))


def test_granted_credits_expire_when_they_were_said_to(world: World) -> None:
    account = world.account()
    grants.give(world.portal, asked(account, expires_at=world.clock() + DAY))
    (lot,) = accounts.view(world.portal, account).lots
    assert lot.expires_at == world.clock() + DAY < NEVER
    with pytest.raises(BadInput, match="in the future"):
        grants.give(world.portal, asked(account, expires_at=world.clock(), key="form-2"))


def test_a_grant_is_taken_back_in_parts_and_never_more_than_it_was(world: World) -> None:
    account = world.account()
    original = grants.give(world.portal, asked(account)).transfer_id
    grants.give(world.portal, asked(account, 5, key="more"))

    def back(credits: int, key: str) -> None:
        grants.give(world.portal, asked(account, credits, removal=True, corrects=original, key=key))

    back(20, "back-1")
    back(30, "back-2")
    with pytest.raises(BadInput, match="More would be reversed"):
        back(1, "back-3")
    assert world.balance(account) == Credits.whole(5)
    assert check.run(world.portal.database) == []


def test_a_removal_is_taken_back_by_a_grant(world: World) -> None:
    account = world.account()
    grants.give(world.portal, asked(account))
    removed = grants.give(world.portal, asked(account, 20, removal=True, key="form-2")).transfer_id
    with pytest.raises(BadInput):
        grants.give(world.portal, asked(account, 20, removal=True, corrects=removed, key="back-1"))
    grants.give(world.portal, asked(account, 20, corrects=removed, key="back-2"))
    assert world.balance(account) == Credits.whole(50)


def test_only_what_was_moved_by_hand_on_this_account_is_taken_back(world: World) -> None:
    account, other = world.account(), world.account("Bo")
    theirs = grants.give(world.portal, asked(other)).transfer_id
    grants.give(world.portal, asked(account, key="form-2"))
    for wrong in (theirs, 999_999):
        with pytest.raises(BadInput, match="Only a grant or a removal"):
            grants.give(world.portal, asked(account, 5, removal=True, corrects=wrong, key=f"back-{wrong}"))
    assert world.balance(account) == Credits.whole(50)


def test_what_is_spent_already_cannot_be_taken_back(world: World) -> None:
    account = world.account()
    original = grants.give(world.portal, asked(account)).transfer_id
    grants.give(world.portal, asked(account, 45, removal=True, key="spent"))
    with pytest.raises(InsufficientCredits):
        grants.give(world.portal, asked(account, 50, removal=True, corrects=original, key="back"))


def test_what_is_left_for_today_grows_again_tomorrow(world: World) -> None:
    account = world.account()
    grants.give(world.portal, asked(account, 100))
    assert grants.left_today(world.portal, "usr_mia") == Credits.whole(499_900)
    world.clock.pass_by(DAY + 1)
    assert grants.left_today(world.portal, "usr_mia") == Credits.whole(500_000)
