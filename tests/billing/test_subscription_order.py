"""News of a subscription in any order and any number end in the same snapshot: the one that was read last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing import subscriptions, webhooks
from billing.recording import record_now
from billing.rules.facts import SubscriptionFact
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.subscriptions import OPENS
from billing.store.inbox import EventState
from tests.world.portals import World, open_world, rounds, signed
from tests.world.shops import KEY, PLANS, Shop

pytestmark = pytest.mark.campaign

NUMBERS = count(1)
NEWS = st.lists(
    st.tuples(st.sampled_from([*OPENS, "unheard_of"]), st.booleans(), st.integers(0, 10**6)), min_size=1, max_size=6
)


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(f"sqlite:///{tmp_path_factory.mktemp('order')}/scrip.db") as world:
        yield world


@settings(max_examples=rounds(15, 60), deadline=None)
@given(news=NEWS, data=st.data())
def test_any_order_and_any_repetition_of_the_same_readings_end_alike(
    one_world: World, news: list[tuple[str, bool, int]], data: st.DataObject
) -> None:
    number = next(NUMBERS)
    account = one_world.account("Ada", f"cus_{number}")
    begun = SubscriptionFact(
        f"sub_{number}", f"cus_{number}", "incomplete", "prod_1", "price_1", 1, Money(2000, "USD"), "month", 1,
        0, 30 * DAY, 0, 0,
    )  # fmt: skip
    readings = [
        replace(begun, status=status, cancel_at_period_end=ending, period_end=end, read_at=place)
        for place, (status, ending, end) in enumerate(news)
    ]
    for reading in data.draw(st.permutations([*readings, *data.draw(st.lists(st.sampled_from(readings), max_size=4))])):
        record_now(one_world.portal, reading)
    (found,) = subscriptions.history(one_world.portal, account)
    newest = readings[-1]
    assert (found.status, found.cancel_at_period_end, found.period_end, found.read_at) == (
        newest.status, newest.cancel_at_period_end, newest.period_end, newest.read_at,
    )  # fmt: skip


async def test_the_real_events_of_a_life_end_alike_in_every_order(shop: Shop, tmp_path_factory: Any) -> None:
    account, customer = shop.customer()
    made = shop.subscribed(customer)["id"]
    for change in ({"cancel_at_period_end": "true"}, {"cancel_at_period_end": "false"}, {"metadata[x]": "1"}):
        shop.stripe(f"subscriptions/{made}", **change)
    shop.stripe(f"subscriptions/{made}", "DELETE")
    life = [each for each in shop.asked() if each["type"].startswith(("customer.subscription.", "invoice.paid"))]
    assert len(life) >= 6
    ends = set()
    for order in (life, life[::-1], [*life[3:], *life[:3]], [*life, *life[::-1]], life[-1:] + life * 2):
        url = f"sqlite:///{tmp_path_factory.mktemp('life')}/scrip.db"
        told = {"SCRIP_STRIPE__API_KEY": KEY, "SCRIP_STRIPE__API_BASE": shop.url,
                "SCRIP_STRIPE__SUBSCRIPTION_PRODUCT": PLANS}  # fmt: skip
        with open_world(url, clock=shop.world.clock, **told) as world:
            account = world.account("Ada", customer)
            for event in order:
                raw, signature = signed(event, world.clock())
                assert await webhooks.receive(world.portal, raw, signature) is EventState.HANDLED
            (found,) = subscriptions.history(world.portal, account)
            ends.add((found.id, found.status, found.cancel_at_period_end, found.period_end, found.ended_at))
    assert len(ends) == 1
    assert ends.pop()[:2] == (made, "canceled")
    assert httpx.get(f"{shop.url}/_sandbox/health", timeout=5).is_success
