"""What has expired leaves the account once, with its lot as the cause, on both engines and under racing debits."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from billing import accounts, check, expiry, statements
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY, NEVER
from billing.rules.money import Credits
from billing.rules.postings import NotPosted, Outcome, Posted, Posting, Refusal
from billing.rules.views import Filters
from billing.store import ledger
from billing.store.ledger_sql import EXPIRED_LOTS
from billing.store.writer import Tx
from tests.world.databases import Databases, migrated
from tests.world.portals import World, open_world


def post(world: World, account_id: str, key: str, micro: int, expires_at: int = NEVER) -> Outcome:
    terms = LotTerms(LotSource.PURCHASE if expires_at == NEVER else LotSource.PLAN, expires_at)
    kind = Kind.GRANT if micro > 0 else Kind.USAGE
    made = Posting(account_id, kind, "test", f"{account_id}:{key}", micro, "usr_1", world.clock(), terms=terms)
    return world.portal.till.write(lambda tx: ledger.post(tx, [made], world.clock()))[0]


def shown(world: World, account_id: str) -> tuple[int, int]:
    """What stands in the account, and what can be spent of it."""
    seen = accounts.view(world.portal, account_id)
    return seen.balance.micro, seen.available.micro


def test_what_remains_of_an_expired_lot_leaves_and_what_was_bought_stays(world: World) -> None:
    account, soon = world.account(), world.clock() + DAY
    post(world, account, "bought", 100)
    post(world, account, "plan", 50, soon)
    post(world, account, "used", -20)
    assert (expiry.sweep(world.portal), shown(world, account)) == (0, (130, 130))
    world.clock.pass_by(DAY)
    assert shown(world, account) == (130, 100), "it can be spent no more before anybody sweeps"
    assert (expiry.sweep(world.portal), shown(world, account)) == (1, (100, 100))
    assert (expiry.sweep(world.portal), shown(world, account)) == (0, (100, 100))
    line = statements.page(world.portal, account, Filters()).lines[0]
    assert (line.kind, line.amount, line.happened_at) == (Kind.EXPIRY, Credits(-30), soon)
    assert check.run(world.portal.database) == []


def test_many_lots_of_many_accounts_expire_in_few_transactions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those behind the first ones that a debit reads."""
    monkeypatch.setattr("billing.expiry.AT_ONCE", 60)
    one, two = world.account(), world.account("Bo")
    for account, count in ((one, 70), (two, 20)):
        for number in range(count):
            post(world, account, str(number), 1 + number, world.clock() + DAY + number)
        post(world, account, "bought", 5)
    world.clock.pass_by(2 * DAY)
    assert (expiry.sweep(world.portal), shown(world, one), shown(world, two)) == (90, (5, 5), (5, 5))
    assert check.run(world.portal.database) == []


def test_a_required_minimum_does_not_keep_what_has_expired(world: World) -> None:
    account = world.account()
    post(world, account, "plan", 50, world.clock() + DAY)
    world.portal.till.write(
        lambda tx: tx.connection.execute(text("UPDATE accounts SET floor_micro = 30 WHERE id = :id"), {"id": account})
    )
    world.clock.pass_by(DAY)
    assert (expiry.sweep(world.portal), shown(world, account)[0]) == (1, 0)
    assert check.run(world.portal.database) == []


def test_what_is_frozen_waits_and_an_expired_lot_owed_for_leaves_the_debt(world: World) -> None:
    account = world.account()
    post(world, account, "plan", 50, world.clock() + DAY)
    world.portal.till.write(lambda tx: tx.connection.execute(text("UPDATE lots SET frozen = true")))
    world.clock.pass_by(DAY)
    assert (expiry.sweep(world.portal), shown(world, account)) == (0, (50, 0))
    world.portal.till.write(lambda tx: tx.connection.execute(text("UPDATE lots SET frozen = false")))
    assert (expiry.sweep(world.portal), shown(world, account)) == (1, (0, 0))


def test_a_lot_that_is_named_gives_no_more_than_it_has_and_no_other_lot_helps(world: World) -> None:
    account = world.account()
    post(world, account, "bought", 100)
    lot = accounts.view(world.portal, account).lots[0].id
    for named, needed, has in ((lot, 101, 100), (lot + 10**9, 5, 0)):
        wrong = Posting(account, Kind.EXPIRY, "expiry", f"{named}", -needed, "system", 0, lot_id=named, forced=True)
        (told,) = world.portal.till.write(lambda tx, each=wrong: ledger.post(tx, [each], world.clock()))  # type: ignore[misc]
        assert told == NotPosted(Refusal.INSUFFICIENT, has, needed)
    assert shown(world, account) == (100, 100)


def test_the_sweep_finds_expired_lots_by_an_index_of_those_that_can_expire(world: World) -> None:
    explain = "EXPLAIN QUERY PLAN" if world.portal.database.is_sqlite else "EXPLAIN"

    def plan(tx: Tx) -> str:
        return str(tx.connection.execute(text(f"{explain} {EXPIRED_LOTS}"), {"now": 0, "most": 1}).all())

    assert "lots_expiring" in world.portal.till.write(plan)


def test_debits_that_race_with_the_sweep_spend_no_expired_credit_and_nothing_twice(databases: Databases) -> None:
    """Two portals over one database: lots end in the middle of a flood of debits, and both sweep all the while."""
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url, clock=one.clock) as two:
        account = one.account()
        for number in range(30):
            post(one, account, f"plan {number}", 10, one.clock() + DAY + number)
        spent: list[int] = []

        def spends(world: World, name: str) -> None:
            for number in range(40):
                if isinstance(post(world, account, f"{name} {number}", -3), Posted):
                    spent.append(3)
                world.clock.pass_by(DAY // 70)

        def sweeps(world: World, _: str) -> None:
            for _round in range(15):
                expiry.sweep(world.portal)

        jobs: list[Callable[[World, str], None]] = [spends, spends, sweeps, sweeps]
        running = [threading.Thread(target=job, args=(each, str(n))) for n, (job, each) in
                   enumerate(zip(jobs, [one, two, one, two], strict=True))]  # fmt: skip
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(60)
        one.clock.pass_by(DAY)
        expiry.sweep(one.portal)
        assert shown(one, account) == (0, 0)
        assert 0 < sum(spent) <= 300
        gone = [each.amount.micro for each in statements.page(one.portal, account, Filters(limit=200)).lines
                if each.kind is Kind.EXPIRY]  # fmt: skip
        assert sum(gone) == sum(spent) - 300
        assert check.run(one.portal.database) == []
