"""Webhooks that are forged, stale, thin or from elsewhere look to the real SDK as Stripe's would."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import NEW_SECRET, OLD_SECRET, SECRET_KEY, Inbox, Sandbox, eventually
from tests.sandbox.watching import WIRE, awaited_client


def _customer(sandbox: Sandbox, name: str = "Ada") -> stripe.Customer:
    return sandbox.client.v1.customers.create({"name": name})


def _arrived(inbox: Inbox, count: int = 1) -> list[tuple[bytes, str]]:
    eventually(lambda: len(inbox.got) >= count)
    return list(inbox.got)


def _read(got: tuple[bytes, str]) -> Any:
    return stripe.Webhook.construct_event(got[0], got[1], NEW_SECRET)


def _thin(client: stripe.StripeClient, got: tuple[bytes, str]) -> Any:
    return client.parse_event_notification(got[0], got[1], NEW_SECRET)


@pytest.mark.parametrize("signature", ["wrong", "missing"])
def test_a_bad_signature_is_refused_by_the_sdk(sandbox: Sandbox, listening: Inbox, signature: str) -> None:
    sandbox.control("delivery", signature=signature)
    _customer(sandbox)
    (got,) = _arrived(listening)
    with pytest.raises(stripe.SignatureVerificationError):
        _read(got)
    assert (got[1] == "") == (signature == "missing")


def test_a_disturbance_can_end_by_itself(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", signature="wrong", disturb_next=1)
    _customer(sandbox, "spoiled")
    with pytest.raises(stripe.SignatureVerificationError):
        _read(_arrived(listening)[0])
    _customer(sandbox, "whole")
    assert _read(_arrived(listening, 2)[1]).data.object["name"] == "whole"


def test_a_foreign_signature_beside_the_right_one_is_passed_over(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", second_signature=True)
    customer = _customer(sandbox)
    body, mark = _arrived(listening)[0]
    marks = [part for part in mark.split(",") if part.startswith("v1=")]
    assert len(set(marks)) == 3
    for secret in (OLD_SECRET, NEW_SECRET):
        assert stripe.Webhook.construct_event(body, mark, secret).data.object["id"] == customer.id
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, f"{mark.split(',')[0]},{marks[0]}", NEW_SECRET)


def test_a_stale_event_is_refused_by_the_sdk(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", shift_seconds=-400)
    customer = _customer(sandbox)
    (got,) = _arrived(listening)
    with pytest.raises(stripe.SignatureVerificationError, match="Timestamp outside the tolerance zone"):
        _read(got)
    patient = stripe.Webhook.construct_event(got[0], got[1], NEW_SECRET, tolerance=1000)
    assert patient.data.object["id"] == customer.id


def test_an_event_can_come_from_the_future(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", shift_seconds=4000)
    customer = _customer(sandbox)
    (got,) = _arrived(listening)
    moment = int(got[1].split(",")[0].removeprefix("t="))
    assert moment > time.time() + 3900
    # The SDK only looks back; a portal that wants to refuse this one must do so itself.
    assert _read(got).data.object["id"] == customer.id


@pytest.mark.parametrize(("schedule", "tries"), [([], 1), ([0.05, 0.05], 3)])
def test_a_schedule_of_retries_comes_to_its_end(
    sandbox: Sandbox, listening: Inbox, schedule: list[float], tries: int
) -> None:
    sandbox.control("delivery", retry_seconds=schedule)
    listening.answers[:] = [500] * 10
    _customer(sandbox)
    row = eventually(lambda: [row for row in sandbox.look("deliveries")["deliveries"] if row["state"] == "failed"])[0]
    assert (len(row["tries"]), len(listening.got)) == (tries, tries)
    assert sandbox.client.v1.events.retrieve(row["event"]).pending_webhooks == 1


def test_a_live_event_says_so(sandbox: Sandbox, listening: Inbox) -> None:
    _customer(sandbox)
    told = _read(_arrived(listening)[0])
    forged = sandbox.control(f"events/{told.id}/forge", livemode=True)
    live = _read(_arrived(listening, 2)[1])
    assert (live.id, live.livemode, live.data.object["livemode"]) == (forged["event"]["id"], True, True)
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        sandbox.client.v1.events.retrieve(live.id)


def test_another_accounts_event_names_its_account_and_is_not_ours_to_read(sandbox: Sandbox, listening: Inbox) -> None:
    customer = _customer(sandbox)
    told = _read(_arrived(listening)[0])
    sandbox.control(f"events/{told.id}/forge", account="acct_of_another", values={"name": "Eve"})
    foreign = _read(_arrived(listening, 2)[1])
    about = foreign.data.object
    assert (foreign.account, about["name"], about["object"]) == ("acct_of_another", "Eve", "customer")
    assert about["id"] != customer.id
    v1 = sandbox.client.v1
    for look in (lambda: v1.events.retrieve(foreign.id), lambda: v1.customers.retrieve(about["id"])):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            look()
        assert refused.value.http_status == 404
    assert [event.id for event in v1.events.list().data] == [told.id]


def test_an_event_of_a_type_nobody_knows_still_parses(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("events", type="credit.evaporated", object={"amount": 5})
    event = _read(_arrived(listening)[0])
    assert (str(event.type), event.data.object["object"], event.data.object["amount"]) == (
        "credit.evaporated",
        "credit",
        5,
    )
    assert str(sandbox.client.v1.events.retrieve(event.id).type) == "credit.evaporated"
    assert WIRE.differences() != []
    WIRE.seen.clear()


def test_a_thin_event_leads_to_its_object_and_to_itself(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", thin="instead")
    customer = _customer(sandbox)
    (got,) = _arrived(listening)
    assert "Ada" not in got[0].decode()
    told = _thin(sandbox.client, got)
    assert (told.type, told.related_object.id, told.livemode) == ("v1.customer.created", customer.id, False)
    assert told.fetch_related_object().name == "Ada"
    event = told.fetch_event()
    assert (event.id, event.type) == (told.id, told.type)


async def test_thin_events_are_fetched_by_an_async_client_too(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", thin="instead")
    customer = _customer(sandbox)
    async with awaited_client(SECRET_KEY, sandbox.url) as client:
        told = _thin(client, _arrived(listening)[0])
        assert (await told.fetch_related_object_async()).id == customer.id
        assert (await told.fetch_event_async()).id == told.id


def test_a_thin_event_can_come_beside_the_usual_one(sandbox: Sandbox, listening: Inbox) -> None:
    sandbox.control("delivery", thin="beside")
    _customer(sandbox)
    told = [json.loads(body) for body, _ in _arrived(listening, 2)]
    assert {each["object"]: each["type"] for each in told} == {
        "event": "customer.created",
        "v2.core.event": "v1.customer.created",
    }


def test_a_thin_event_nobody_sent_is_missing(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.StripeError, match="not found") as refused:
        sandbox.client.v2.core.events.retrieve("evt_test_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "not_found")


def test_thin_events_are_listed(sandbox: Sandbox) -> None:
    made = [_customer(sandbox, str(n)).id for n in range(3)]
    sandbox.client.v1.products.create({"name": "Credits"})
    events = sandbox.client.v2.core.events
    pages = events.list({"types": ["v1.customer.created"], "limit": 2})
    assert len(pages.data) == 2
    everything: list[Any] = list(pages.auto_paging_iter())
    assert [event.related_object.id for event in everything] == made[::-1]
    about = events.list({"object_id": made[0]}).data
    assert [event.type for event in about] == ["v1.customer.created"]
    assert len(events.list({"created": {"gte": "2020-01-01T00:00:00Z"}}).data) == 4
    assert events.list({"created": {"gt": "2099-01-01T00:00:00Z"}}).data == []
