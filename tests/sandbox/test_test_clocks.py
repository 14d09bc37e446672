"""A test clock moves only for those who live by it, and everything on the way happens at its own moment."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.subscribers import DAY, FEBRUARY, MARCH, open_shop, refusal


def test_a_clock_is_made_read_and_listed(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": FEBRUARY, "name": "leap year"})
    assert (clock.status, clock.frozen_time, clock.name) == ("ready", FEBRUARY, "leap year")
    assert clock.deletes_after == clock.created + 30 * DAY
    assert v1.test_helpers.test_clocks.retrieve(clock.id).id == clock.id
    assert [row.id for row in v1.test_helpers.test_clocks.list().data] == [clock.id]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.test_helpers.test_clocks.retrieve("clock_none")
    assert refusal(caught.value) == (404, "resource_missing", "test_clock")


def test_advancing_is_told_and_then_ready(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox)
    made = shop.subscribe()
    moving = shop.v1.test_helpers.test_clocks.advance(shop.clock, {"frozen_time": MARCH + DAY})
    assert (moving.status, moving.status_details.advancing.target_frozen_time) == ("advancing", MARCH + DAY)
    ready = shop.v1.test_helpers.test_clocks.retrieve(shop.clock)
    assert (ready.status, ready.frozen_time) == ("ready", MARCH + DAY)
    cycle = [invoice for invoice in shop.invoices(made.id) if invoice.billing_reason == "subscription_cycle"]
    assert (cycle[0].created, cycle[0].status_transitions.paid_at) == (MARCH, MARCH + 3600)
    kinds = [event.type for event in shop.events("test_helpers.*")]
    assert kinds == [f"test_helpers.test_clock.{word}" for word in ("created", "advancing", "ready")]


def test_others_do_not_grow_older(sandbox: Sandbox) -> None:
    shop, other = open_shop(sandbox), open_shop(sandbox)
    hers = other.subscribe()
    shop.until(FEBRUARY + 40 * DAY)
    assert len(other.invoices(hers.id)) == 1


def test_a_year_goes_by_in_steps(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox)
    made = shop.subscribe()
    for step in range(1, 7):
        shop.until(FEBRUARY + step * 59 * DAY)
    invoices = shop.invoices(made.id)
    assert (len(invoices), {invoice.status for invoice in invoices}) == (12, {"paid"})


@pytest.mark.parametrize(("days", "subscribed"), [(-1, False), (0, False), (60, True), (800, False)])
def test_a_clock_moves_neither_back_nor_too_far(sandbox: Sandbox, days: int, subscribed: bool) -> None:
    shop = open_shop(sandbox)
    if subscribed:
        shop.subscribe(shop.price(recurring={"interval": "week"}))
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.until(FEBRUARY + days * DAY)
    assert refusal(caught.value) == (400, None, "frozen_time")


def test_a_deleted_clock_takes_everything_with_it(sandbox: Sandbox) -> None:
    shop = open_shop(sandbox)
    made = shop.subscribe()
    gone = shop.v1.test_helpers.test_clocks.delete(shop.clock)
    assert (gone.id, gone.deleted) == (shop.clock, True)
    assert shop.v1.customers.retrieve(shop.customer).deleted is True
    for read in (shop.v1.subscriptions.retrieve, shop.v1.subscriptions.cancel):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            read(made.id)
        assert caught.value.http_status == 404
    assert shop.v1.test_helpers.test_clocks.list().data == []
    assert sandbox.look("health")["sandbox"] is True
