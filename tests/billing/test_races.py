"""Nobody spends what is not there, however many try at once, from however many processes."""

from __future__ import annotations

import asyncio

import pytest

from billing import check, grants, usage, webhooks
from billing.rules.money import Credits
from billing.rules.postings import Posted
from billing.store.inbox import EventState
from tests.world.databases import Databases, migrated
from tests.world.portals import World, open_world, paid_event, rounds, signed
from tests.world.spenders import race

pytestmark = pytest.mark.campaign

ROUNDS = rounds(8, 40)


def test_twenty_debits_from_two_processes_spend_ten_credits_exactly_ten_times(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as world:
        accounts = []
        for each in range(ROUNDS):
            account = world.account(f"round {each}")
            grants.give(
                world.portal, grants.Grant(account, Credits.whole(10), "ten credits to race for", "usr_m", account)
            )
            accounts.append(account)
    assert race(url, accounts) == dict.fromkeys(accounts, 10)
    with open_world(url) as world:
        assert [world.balance(account).micro for account in accounts] == [0] * ROUNDS
        assert check.run(world.portal.database) == []


async def test_debits_in_opposite_orders_never_block_each_other(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        accounts = [one.account(str(each)) for each in range(6)]
        for account in accounts:
            gift = grants.Grant(account, Credits.whole(100), "credits to be spent", "usr_m", account)
            await asyncio.to_thread(grants.give, one.portal, gift)

        def debits(world: World, order: list[str], name: str, step: int) -> asyncio.Future[list[object]]:
            asked = [usage.Debit(account, Credits.whole(1), f"{name}{step}", "key_x") for account in order]
            return asyncio.ensure_future(usage.debit_many(world.portal, asked))  # type: ignore[arg-type]

        batches = [debits(one, accounts, "a", step) for step in range(25)]
        batches += [debits(two, accounts[::-1], "b", step) for step in range(25)]
        answers = [outcome for batch in await asyncio.gather(*batches) for outcome in batch]
        assert all(isinstance(answer, Posted) for answer in answers)
        assert {one.balance(account).micro for account in accounts} == {Credits.whole(50).micro}


async def test_one_event_at_two_processes_at_once_credits_once(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        for number in range(10):
            account = one.account(customer_ref=f"cus_{number}")
            order = one.order(account, f"pi_{number}", f"cus_{number}")
            raw, signature = signed(paid_event(order, one.clock(), f"evt_{number}"), one.clock())
            other, stamp = signed(paid_event(order, one.clock(), f"evt_twin_{number}"), one.clock())
            states = await asyncio.gather(
                *(webhooks.receive(world.portal, raw, signature) for world in (one, two) for _ in range(5)),
                webhooks.receive(two.portal, other, stamp),
            )
            assert set(states) == {EventState.HANDLED}
            assert one.balance(account) == Credits.whole(500)
        assert check.run(one.portal.database) == []
