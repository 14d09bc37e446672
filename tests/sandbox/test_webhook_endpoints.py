"""Webhook endpoints made through the API: each gets what it asked for, signed with its own secret, until it ends."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Inbox, Sandbox, eventually

FAR = "https://example.com/webhooks/stripe"


def _endpoint(sandbox: Sandbox, url: str, *kinds: str) -> stripe.WebhookEndpoint:
    params: Any = {"url": url, "enabled_events": list(kinds) or ["*"]}
    return sandbox.client.v1.webhook_endpoints.create(params)


def _customer(sandbox: Sandbox, name: str = "Ada") -> str:
    return sandbox.client.v1.customers.create({"name": name}).id


def _deliveries(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox.look("deliveries")["deliveries"])


def _pending(sandbox: Sandbox) -> int:
    return int(sandbox.client.v1.events.list().data[0].pending_webhooks)


def test_the_secret_is_told_once(sandbox: Sandbox) -> None:
    made = _endpoint(sandbox, FAR, "customer.created")
    assert str(made.secret).startswith("whsec_")
    v1 = sandbox.client.v1
    updated = v1.webhook_endpoints.update(made.id, {"description": "The portal", "metadata": {"room": "7"}})
    assert (updated.description, updated.url, updated.status) == ("The portal", FAR, "enabled")
    told = {name: value for name, value in made.to_dict().items() if name != "secret"}
    for shown in (updated, v1.webhook_endpoints.retrieve(made.id), v1.webhook_endpoints.list().data[0]):
        assert shown.to_dict() == {**told, "description": "The portal", "metadata": {"room": "7"}}


def test_every_endpoint_gets_what_it_asked_for(sandbox: Sandbox, inbox: Inbox, second_inbox: Inbox) -> None:
    some = _endpoint(sandbox, inbox.url, "customer.created", "customer.deleted")
    every = _endpoint(sandbox, second_inbox.url)
    customer = _customer(sandbox)
    sandbox.client.v1.products.create({"name": "Credits"})
    eventually(lambda: len(inbox.got) == 1 and len(second_inbox.got) == 2)
    assert [event["data"]["object"]["id"] for event in inbox.events(secret=str(some.secret))] == [customer]
    kinds = {event["type"] for event in second_inbox.events(secret=str(every.secret))}
    assert kinds == {"customer.created", "product.created"}
    with pytest.raises(stripe.SignatureVerificationError):
        inbox.events(secret=str(every.secret))


def test_an_event_is_delivered_when_every_endpoint_took_it(sandbox: Sandbox, inbox: Inbox, second_inbox: Inbox) -> None:
    taking, refusing = _endpoint(sandbox, inbox.url), _endpoint(sandbox, second_inbox.url)
    assert taking.secret != refusing.secret
    second_inbox.answers[:] = [500] * 100
    _customer(sandbox)
    eventually(lambda: _pending(sandbox) == 1)
    assert inbox.events(secret=str(taking.secret))[0]["pending_webhooks"] == 2
    second_inbox.answers.clear()
    eventually(lambda: _pending(sandbox) == 0)
    assert len(inbox.got) == 1


def test_a_disabled_endpoint_can_come_back(sandbox: Sandbox, inbox: Inbox) -> None:
    endpoint = _endpoint(sandbox, inbox.url)
    v1 = sandbox.client.v1
    assert v1.webhook_endpoints.update(endpoint.id, {"disabled": True}).status == "disabled"
    _customer(sandbox, "missed")
    assert _deliveries(sandbox) == []
    assert v1.webhook_endpoints.update(endpoint.id, {"disabled": False}).status == "enabled"
    _customer(sandbox, "heard")
    eventually(lambda: inbox.got)
    assert [event["data"]["object"]["name"] for event in inbox.events(secret=str(endpoint.secret))] == ["heard"]


@pytest.mark.parametrize("end", ["disabled", "deleted"])
def test_an_endpoint_that_ends_ends_its_retries(sandbox: Sandbox, inbox: Inbox, end: str) -> None:
    endpoint = _endpoint(sandbox, inbox.url)
    inbox.answers[:] = [500] * 100
    _customer(sandbox)
    eventually(lambda: inbox.got)
    if end == "deleted":
        assert sandbox.client.v1.webhook_endpoints.delete(endpoint.id).deleted is True
    else:
        sandbox.client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    eventually(lambda: [row["state"] for row in _deliveries(sandbox)] == ["ended"])


def test_a_rolled_secret_signs_beside_the_new_one(sandbox: Sandbox, inbox: Inbox) -> None:
    endpoint = _endpoint(sandbox, inbox.url)
    rolled = sandbox.control(f"webhook_endpoints/{endpoint.id}/roll", overlap_seconds=3600)
    assert rolled["secret"] != endpoint.secret
    _customer(sandbox)
    eventually(lambda: inbox.got)
    for secret in (endpoint.secret, rolled["secret"]):
        assert len(inbox.events(secret=str(secret))) == 1
    sandbox.control("time", seconds=3601)
    inbox.got.clear()
    _customer(sandbox)
    eventually(lambda: inbox.got)
    assert len(inbox.events(secret=rolled["secret"])) == 1
    with pytest.raises(stripe.SignatureVerificationError):
        inbox.events(secret=str(endpoint.secret))


@pytest.mark.parametrize(
    ("params", "param", "status"),
    [
        ({"enabled_events": ["*"]}, "url", 400),
        ({"url": FAR}, "enabled_events", 400),
        ({"url": "nowhere", "enabled_events": ["*"]}, "url", 400),
        ({"url": FAR, "enabled_events": ["customer.sneezed"]}, "enabled_events[0]", 400),
        ({"url": FAR, "enabled_events": ["*"], "api_version": "1999-01-01"}, "api_version", 400),
        ({"url": FAR, "enabled_events": ["*"], "api_version": "2020-08-27"}, None, 501),
        ({"url": FAR, "enabled_events": ["*"], "connect": True}, None, 501),
    ],
)
def test_a_wrong_endpoint_is_refused(sandbox: Sandbox, params: Any, param: str | None, status: int) -> None:
    with pytest.raises(stripe.StripeError) as refused:
        sandbox.client.v1.webhook_endpoints.create(params)
    assert (refused.value.http_status, getattr(refused.value, "param", None)) == (status, param)
    assert sandbox.client.v1.webhook_endpoints.list().data == []


def test_an_endpoint_nobody_made_is_missing(sandbox: Sandbox) -> None:
    endpoints = sandbox.client.v1.webhook_endpoints
    for act in (endpoints.retrieve, endpoints.update, endpoints.delete):
        with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint: 'we_nobody'") as refused:
            act("we_nobody")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_there_are_sixteen_at_most(sandbox: Sandbox) -> None:
    for _ in range(16):
        _endpoint(sandbox, FAR)
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16 test webhook endpoints"):
        _endpoint(sandbox, FAR)
    assert len(sandbox.client.v1.webhook_endpoints.list({"limit": 100}).data) == 16


def test_nothing_is_posted_beyond_this_machine(sandbox: Sandbox) -> None:
    _endpoint(sandbox, FAR)
    _customer(sandbox)
    row = eventually(lambda: [row for row in _deliveries(sandbox) if row["state"] != "pending"])[0]
    assert (row["state"], [attempt["error"] for attempt in row["tries"]]) == (
        "failed",
        ["not posted: this sandbox posts to this machine only"],
    )
