"""The inbox in a manager's hands: what a replay changed, what was ignored and why, what is shown of a payload."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from billing import accounts, check, inbox, replays, subscriptions, webhooks
from billing.replays import By
from billing.rules.console import Period
from billing.rules.errors import BadInput, NotFound
from billing.rules.inbox import HIDDEN, EventFilters
from billing.rules.moments import DAY, MINUTE
from billing.rules.orders import Order
from tests.world.portals import World, paid_event, signed
from tests.world.shops import Shop

MIA = By("usr_mia", "10.0.0.1")


def bought(world: World, payment_ref: str = "pi_1") -> Order:
    account = world.account(customer_ref=f"cus_{payment_ref}")
    return world.order(account, payment_ref, f"cus_{payment_ref}")


async def deliver(world: World, order: Order, event_id: str = "evt_1", **changes: Any) -> None:
    raw, signature = signed(paid_event(order, world.clock(), event_id, **changes), world.clock())
    await webhooks.receive(world.portal, raw, signature)


def deliver_now(world: World, order: Order, event_id: str = "evt_1", **changes: Any) -> None:
    asyncio.run(deliver(world, order, event_id, **changes))


def mend(world: World, order: Order, amount: int) -> None:
    statement = f"UPDATE orders SET amount_minor = {amount} WHERE id = '{order.id}'"
    world.portal.till.write(lambda tx: tx.connection.exec_driver_sql(statement).rowcount)


def test_a_replay_says_what_it_changed_and_the_next_one_that_it_changed_nothing(world: World) -> None:
    order = bought(world)
    deliver_now(world, order, amount=499, amount_received=499)
    assert replays.replay(world.portal, "evt_1", MIA).changes == ()
    mend(world, order, 499)
    done = replays.replay(world.portal, "evt_1", MIA)
    assert (done.before, done.after) == ("parked", "handled")
    assert {change.split(",")[0].split(" ")[0] for change in done.changes} == {"New:", "Changed:"}
    assert any("purchase of 500 credits" in change for change in done.changes)
    assert any("from open to credited" in change for change in done.changes)
    before = world.dump()
    assert replays.replay(world.portal, "evt_1", MIA).changes == ()
    assert world.dump() == before
    assert check.run(world.portal.database) == []


def test_every_replay_is_audited_and_stands_beside_the_event(world: World) -> None:
    order = bought(world)
    deliver_now(world, order)
    replays.replay(world.portal, "evt_1", MIA)
    (line,) = accounts.history(world.portal, order.account_id)
    assert (line.actor, line.action, line.reason, line.origin) == (
        "usr_mia",
        "event.replayed",
        "No change.",
        "10.0.0.1",
    )
    (again,) = inbox.detail(world.portal, "evt_1").tries
    assert (again.number, again.state, again.actor, again.changes) == (1, "handled", "usr_mia", ())


def test_of_several_one_that_is_unknown_keeps_none_waiting(world: World) -> None:
    order = bought(world)
    deliver_now(world, order)
    found = replays.replay_all(world.portal, ["evt_none", "evt_1"], MIA)
    assert [(each.after, each.reason) for each in found] == [("", "There is no such event."), ("handled", "")]


def test_what_is_ignored_has_a_reason_and_waits_no_more(world: World) -> None:
    order = bought(world)
    deliver_now(world, order, amount=499, amount_received=499)
    assert inbox.figures(world.portal).parked == 1
    with pytest.raises(BadInput, match="at least 10"):
        replays.ignore(world.portal, "evt_1", "no", MIA)
    replays.ignore(world.portal, "evt_1", "refunded in the dashboard", MIA)
    assert inbox.figures(world.portal).parked == 0
    detail = inbox.detail(world.portal, "evt_1")
    assert (detail.row.state, detail.row.reason) == ("ignored", "refunded in the dashboard")
    with pytest.raises(BadInput, match="waits for somebody"):
        replays.ignore(world.portal, "evt_1", "refunded in the dashboard", MIA)
    with pytest.raises(NotFound):
        replays.ignore(world.portal, "evt_none", "refunded in the dashboard", MIA)


def test_an_event_leads_to_what_it_did_and_shows_nothing_of_people(world: World) -> None:
    order = bought(world)
    secret: dict[str, Any] = {
        "client_secret": "pi_1_secret_x",
        "receipt_email": "ada@example.org",
        "shipping": {"name": "Ada"},
    }
    asyncio.run(deliver(world, order, **secret))
    detail = inbox.detail(world.portal, "evt_1")
    assert {effect.kind for effect in detail.effects} == {"order", "transaction"}
    assert not any(word in detail.payload for word in ("_secret_", "ada@", "Ada"))
    assert detail.payload.count(HIDDEN) == 3
    assert json.loads(detail.payload)["data"]["object"]["amount"] == 500


def test_events_are_found_by_state_type_account_id_and_time_page_by_page(world: World) -> None:
    orders = [bought(world, f"pi_{number}") for number in range(3)]
    for number, order in enumerate(orders):
        deliver_now(world, order, f"evt_{number}", **({"amount": 1} if number == 1 else {}))
        world.clock.pass_by(MINUTE)

    def found(**wanted: Any) -> list[str]:
        return [row.id for row in inbox.page(world.portal, EventFilters(**wanted)).lines]

    assert found() == ["evt_2", "evt_1", "evt_0"]
    assert found(state="parked") == ["evt_1"]
    assert found(account_id=orders[0].account_id) == found(search="pi_0") == found(search="evt_0") == ["evt_0"]
    assert found(kind="payment_intent", until=world.clock() - MINUTE) == ["evt_1", "evt_0"]
    assert found(kind="%") == []
    first = inbox.page(world.portal, EventFilters(limit=2))
    assert (len(first.lines), first.matching) == (2, 3)
    assert found(limit=2, after=first.after) == ["evt_0"]
    with pytest.raises(BadInput):
        found(after="[1]")


def test_the_figures_count_the_last_day_and_what_waits(world: World) -> None:
    deliver_now(world, bought(world))
    deliver_now(world, bought(world, "pi_2"), "evt_2", amount=1)
    figures = inbox.figures(world.portal)
    assert (figures.received, figures.handled, figures.waiting, figures.parked) == (2, 1, 0, 1)
    assert (figures.oldest_at, figures.lag_p95) == (world.clock(), 0)
    world.clock.pass_by(2 * DAY)
    later = inbox.figures(world.portal)
    assert (later.received, later.parked) == (0, 1)


@pytest.mark.parametrize(
    ("since", "until", "why"), [(-31, 0, "forgets its events"), (-1, -2, "ends before"), (1, 2, "ends before")]
)
def test_a_period_that_cannot_be_fetched_is_refused(world: World, since: int, until: int, why: str) -> None:
    now = world.clock()
    with pytest.raises(BadInput, match=why):
        replays.fetch(world.portal, Period(now + since * DAY, now + until * DAY), MIA)


def test_what_the_provider_tells_of_a_period_is_worked_when_it_is_new_here(shop: Shop) -> None:
    account_id, customer_ref = shop.customer()
    shop.subscribed(customer_ref)
    now = shop.portal.clock()
    earlier = replays.fetch(shop.portal, Period(now - 2 * DAY, now - DAY), MIA)
    assert (earlier.looked_at, subscriptions.history(shop.portal, account_id)) == (0, [])
    fetched = replays.fetch(shop.portal, Period(now - DAY), MIA)
    assert fetched.looked_at == sum(fetched.became.values()) > 0
    assert [each.status for each in subscriptions.history(shop.portal, account_id)] == ["active"]
    again = replays.fetch(shop.portal, Period(now - DAY), MIA)
    assert (again.looked_at, again.became) == (fetched.looked_at, {})
