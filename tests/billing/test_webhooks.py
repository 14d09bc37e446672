"""What a signed event may do, and what it may not, on both engines."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from billing import check, replays, webhooks
from billing.replays import By
from billing.rules.errors import Forged, LedgerUnavailable
from billing.rules.money import Credits
from billing.store.inbox import EventState
from tests.world.portals import World, paid_event, signed


async def deliver(world: World, event: dict[str, Any]) -> EventState:
    return await webhooks.receive(world.portal, *signed(event, world.clock()))


def bought(world: World, payment_ref: str = "pi_1") -> tuple[str, Any]:
    account = world.account(customer_ref=f"cus_{payment_ref}")
    return account, world.order(account, payment_ref, f"cus_{payment_ref}")


async def test_a_paid_order_is_credited_once_however_often_the_event_comes(world: World) -> None:
    account, order = bought(world)
    raw, signature = signed(paid_event(order, world.clock()), world.clock())
    states = await asyncio.gather(*(webhooks.receive(world.portal, raw, signature) for _ in range(20)))
    assert set(states) == {EventState.HANDLED}
    assert world.balance(account) == Credits.whole(500)
    assert check.run(world.portal.database) == []


async def test_the_same_payment_under_two_event_ids_is_credited_once(world: World) -> None:
    account, order = bought(world)
    for event_id in ("evt_1", "evt_2"):
        assert await deliver(world, paid_event(order, world.clock(), event_id)) is EventState.HANDLED
    assert world.balance(account) == Credits.whole(500)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"amount_received": 499}, "amount"),
        ({"amount_received": 501}, "amount"),
        ({"amount": 1}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"customer": "cus_other"}, "customer"),
        ({"customer": None}, "customer"),
        ({"status": "requires_action"}, ""),
        ({"amount_received": True}, ""),
        ({"amount_received": "500"}, ""),
        ({"amount_received": 2**63}, ""),
        ({"amount_received": -500}, ""),
    ],
)
async def test_a_payment_that_is_not_the_order_is_parked_and_credits_nothing(
    world: World, change: dict[str, Any], sentence: str
) -> None:
    _, order = bought(world)
    before = world.dump()
    state = await deliver(world, paid_event(order, world.clock(), **change))
    assert state is EventState.PARKED
    assert world.dump() == before
    with world.portal.database.read() as connection:
        reason = connection.scalar(text("SELECT reason FROM events"))
    assert sentence in reason


async def test_somebody_elses_payment_is_kept_as_foreign(world: World) -> None:
    account, order = bought(world)
    state = await deliver(world, paid_event(order, world.clock(), id="pi_other", customer="cus_unknown", metadata={}))
    assert state is EventState.FOREIGN
    assert world.balance(account).micro == 0


async def test_metadata_cannot_move_a_payment_to_another_order(world: World) -> None:
    _, order = bought(world)
    other, _ = bought(world, "pi_2")
    event = paid_event(order, world.clock(), id="pi_3")
    assert await deliver(world, event) is EventState.PARKED
    assert world.balance(other).micro == 0


async def test_an_event_of_the_other_mode_changes_nothing(world: World) -> None:
    account, order = bought(world)
    event = paid_event(order, world.clock()) | {"livemode": True}
    assert await deliver(world, event) is EventState.FOREIGN
    assert world.balance(account).micro == 0


async def test_a_late_failure_never_takes_a_credited_order_back(world: World) -> None:
    account, order = bought(world)
    await deliver(world, paid_event(order, world.clock()))
    late = paid_event(order, world.clock(), "evt_2", status="requires_payment_method", amount_received=0)
    late["type"] = "payment_intent.payment_failed"
    assert await deliver(world, late) is EventState.HANDLED
    assert world.balance(account) == Credits.whole(500)
    assert check.run(world.portal.database) == []


async def test_an_unknown_type_is_kept_and_changes_nothing(world: World) -> None:
    _, order = bought(world)
    event = paid_event(order, world.clock()) | {"type": "something.new"}
    assert await deliver(world, event) is EventState.IGNORED


async def test_a_forged_event_leaves_no_trace(world: World) -> None:
    _, order = bought(world)
    raw, signature = signed(paid_event(order, world.clock()), world.clock(), secret="whsec_wrong")
    before = world.dump()
    with pytest.raises(Forged):
        await webhooks.receive(world.portal, raw, signature)
    assert world.dump() == before
    with world.portal.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM events")) == 0


async def test_an_order_whose_payment_id_was_lost_is_found_by_the_hint(world: World) -> None:
    account, order = bought(world)
    world.portal.till.write(
        lambda tx: tx.connection.execute(text("UPDATE orders SET payment_ref = NULL, state = 'new'"))
    )
    assert await deliver(world, paid_event(order, world.clock())) is EventState.HANDLED
    assert world.balance(account) == Credits.whole(500)
    assert check.run(world.portal.database) == []


async def test_a_replay_of_a_handled_event_changes_nothing(world: World) -> None:
    _, order = bought(world)
    await deliver(world, paid_event(order, world.clock()))
    before = world.dump()
    replayed = await asyncio.to_thread(replays.replay, world.portal, "evt_1", By("usr_mia"))
    assert replayed.after == EventState.HANDLED
    assert world.dump() == before


async def test_an_event_whose_thing_cannot_be_read_is_kept_as_failed_and_asked_for_again(world: World) -> None:
    """The provider of this world is nowhere."""
    thing = {"id": "sub_1", "object": "subscription", "customer": "cus_1"}
    _, order = bought(world)
    event = paid_event(order, world.clock()) | {"type": "customer.subscription.updated", "data": {"object": thing}}
    for _ in range(2):
        with pytest.raises(LedgerUnavailable):
            await deliver(world, event)
    with world.portal.database.read() as connection:
        kept = connection.execute(text("SELECT state, reason, attempts FROM events WHERE id = 'evt_1'")).one()
    assert tuple(kept) == ("failed", "GatewayUnavailable", 2)
