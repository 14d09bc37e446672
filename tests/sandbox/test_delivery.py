"""Webhooks arrive signed, again and again until they are taken, and in whatever disorder is asked for."""

from __future__ import annotations

import json

import pytest
import stripe

from tests.sandbox.conftest import NEW_SECRET, OLD_SECRET, Inbox, Sandbox, eventually


def _customer(sandbox: Sandbox, name: str = "Ada") -> stripe.Customer:
    return sandbox.client.v1.customers.create({"name": name})


def _pending(sandbox: Sandbox) -> list[str]:
    return [row["id"] for row in sandbox.look("deliveries")["deliveries"] if row["state"] == "pending"]


def test_an_event_arrives_signed_with_every_secret(sandbox: Sandbox, listening: Inbox) -> None:
    customer = _customer(sandbox)
    eventually(lambda: listening.got)
    body, mark = listening.got[0]
    for secret in (OLD_SECRET, NEW_SECRET):
        event = stripe.Webhook.construct_event(body, mark, secret)
        assert (event.type, event.data.object.id) == ("customer.created", customer.id)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, mark, "whsec_other")
    told = json.loads(body)
    assert (told["pending_webhooks"], told["livemode"], told["api_version"]) == (1, False, "2026-10-28.endive")
    assert told["request"]["id"].startswith("req_")
    assert body == json.dumps(told, separators=(",", ":")).encode()
    eventually(lambda: sandbox.client.v1.events.retrieve(told["id"]).pending_webhooks == 0)


@pytest.mark.parametrize("trouble", [500, 400, 302])
def test_anything_but_2xx_is_tried_again_with_the_same_event(sandbox: Sandbox, listening: Inbox, trouble: int) -> None:
    listening.answers[:] = [trouble, trouble]
    _customer(sandbox)
    eventually(lambda: len(listening.got) == 3)
    assert len({event["id"] for event in listening.events()}) == 1
    eventually(lambda: not _pending(sandbox))
    statuses = [attempt["status"] for attempt in sandbox.look("deliveries")["deliveries"][0]["tries"]]
    assert statuses == [trouble, trouble, 200]


def test_events_go_their_own_way_when_one_is_refused(sandbox: Sandbox, listening: Inbox) -> None:
    listening.answers[:] = [500]
    for name in "ab":
        _customer(sandbox, name)
    eventually(lambda: len(listening.got) == 3)
    assert sorted(event["data"]["object"]["name"] for event in listening.events())[0] == "a"
    assert {event["data"]["object"]["name"] for event in listening.events()} == {"a", "b"}


def test_an_event_can_be_repeated(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", duplicate=2)
    _customer(sandbox)
    eventually(lambda: len(listening.got) == 3)
    assert len({event["id"] for event in listening.events()}) == 1


def test_an_event_can_be_lost_and_sent_again(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", drop_next=1)
    _customer(sandbox, "lost")
    _customer(sandbox, "kept")
    eventually(lambda: len(listening.got) == 1)
    assert listening.events()[0]["data"]["object"]["name"] == "kept"
    lost = sandbox.client.v1.events.list({"delivery_success": False}).data[0]
    sandbox.control(f"events/{lost.id}/resend")
    eventually(lambda: len(listening.got) == 2)
    assert listening.events()[1]["id"] == lost.id


def test_a_twin_tells_the_same_change_under_another_id(sandbox: Sandbox, listening: Inbox) -> None:
    _customer(sandbox)
    eventually(lambda: listening.got)
    first = listening.events()[0]
    sandbox.control(f"events/{first['id']}/twin")
    eventually(lambda: len(listening.got) == 2)
    second = listening.events()[1]
    assert first["id"] != second["id"]
    assert {**first, "id": ""} == {**second, "id": ""}


def test_deliveries_can_be_held_back(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", paused=True)
    _customer(sandbox)
    eventually(lambda: _pending(sandbox))
    assert listening.got == []
    sandbox.control("delivery", paused=False)
    assert eventually(lambda: listening.got)


def test_deliveries_can_arrive_out_of_order(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", shuffle=True)
    made = [_customer(sandbox, str(n)).id for n in range(8)]
    eventually(lambda: len(listening.got) == 8)
    arrived = [event["data"]["object"]["id"] for event in listening.events()]
    assert sorted(arrived) == sorted(made)
    assert arrived != made


def test_events_are_read_back_by_type_time_and_page(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    made = [_customer(sandbox, str(n)).id for n in range(3)]
    v1.products.create({"name": "Credits"})
    events = v1.events.list({"types": ["customer.created"], "limit": 2})
    assert ([event.data.object.id for event in events.data], events.has_more) == (made[:0:-1], True)
    rest = v1.events.list({"types": ["customer.created"], "starting_after": events.data[-1].id})
    assert [event.data.object.id for event in rest.data] == made[:1]
    now = events.data[0].created
    assert len(v1.events.list({"created": {"gte": now - 60}}).data) == 4
    assert v1.events.list({"created": {"gt": now + 60}}).data == []
    assert len(v1.events.list({"type": "customer.*"}).data) == 3
