"""The door to Stripe: one credit for a payment however often it is told, and nothing for anybody who is not Stripe."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.typing import EventDict

from billing.rules.moments import SECOND
from billing.rules.orders import Order
from tests.api.doorway import PROBLEM, Api, database_away
from tests.world.portals import WEBHOOK_SECRET, paid_event, signed

DOOR = "/webhooks/stripe"
_EVENT = {"id": "evt_1", "object": "event", "type": "x.y", "livemode": False, "created": 1, "data": {"object": {}}}
REFUSAL = "This is not a webhook event this portal can accept."


def _sold(api: Api, payment: str = "pi_1") -> Order:
    account = api.world.account("Ada", f"cus_{payment}")
    return api.world.order(account, payment, f"cus_{payment}", credits=500, minor=500)


async def _send(api: Api, event: Any, **headers: str) -> httpx.Response:
    raw, signature = signed(event, api.world.clock())
    return await api.client.post(DOOR, content=raw, headers={"Stripe-Signature": signature, **headers})


def _states(api: Api) -> dict[str, str]:
    with api.world.portal.database.read() as connection:
        return dict(connection.exec_driver_sql("SELECT id, state FROM events").all())


def _counted(api: Api, outcome: str) -> float:
    found = api.app.state.metrics.registry.get_sample_value("scrip_webhook_events_total", {"outcome": outcome})
    return float(found or 0)


async def test_the_same_event_twenty_times_at_once_is_one_credit_and_twenty_successes(api: Api) -> None:
    order = _sold(api)
    event = paid_event(order, api.world.clock())
    answers = await asyncio.gather(*(_send(api, event) for _ in range(20)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"received":true}')}
    assert str(api.world.balance(order.account_id)) == "500"
    assert _counted(api, "handled") == 20


async def test_one_payment_under_two_event_ids_is_one_credit(api: Api) -> None:
    order = _sold(api)
    events = [paid_event(order, api.world.clock(), f"evt_{name}") for name in ("a", "b")]
    answers = await asyncio.gather(*(_send(api, event) for event in events))
    assert {answer.status_code for answer in answers} == {200}
    assert str(api.world.balance(order.account_id)) == "500"
    assert _states(api) == {"evt_a": "handled", "evt_b": "handled"}


async def test_genuine_events_that_are_not_ours_or_not_right_are_accepted_and_move_nothing(api: Api) -> None:
    order = _sold(api)
    now = api.world.clock()
    paid = paid_event(order, now)
    events = {
        "evt_mode": paid | {"livemode": True},
        "evt_account": paid | {"account": "acct_else"},
        "evt_unknown": paid_event(order, now, id="pi_else", customer="cus_else", metadata={}),
        "evt_type": paid | {"type": "product.created"},
        "evt_less": paid_event(order, now, amount_received=1),
        "evt_customer": paid_event(order, now, customer="cus_thief"),
        "evt_money": paid_event(order, now, currency="eur"),
        "evt_odd": paid_event(order, now, amount="500"),
        "evt_open": paid_event(order, now, status="requires_action"),
    }
    before = api.world.dump()
    answers = [await _send(api, event | {"id": name}) for name, event in events.items()]
    assert {answer.status_code for answer in answers} == {200}
    assert api.world.dump() == before
    states = _states(api)
    assert [states[name] for name in list(events)[:4]] == ["foreign", "foreign", "foreign", "ignored"]
    assert {states[name] for name in list(events)[4:]} == {"parked"}


async def test_an_event_during_an_outage_is_asked_for_again_and_then_credited(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = _sold(api)
    event = paid_event(order, api.world.clock())
    with database_away(api.world, monkeypatch):
        answer = await _send(api, event)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await _send(api, event)).status_code == 200
    assert str(api.world.balance(order.account_id)) == "500"


def _headers(now: int) -> dict[str, list[str | bytes]]:
    """Signature headers that prove nothing, for the event that `_EVENT` is."""

    def at(seconds: int, secret: str = WEBHOOK_SECRET) -> str:
        return signed(_EVENT, now + seconds * SECOND, secret)[1]

    good = at(0)
    stamp, digest = good.removeprefix("t=").split(",v1=")
    return {
        "none": [], "empty": [""], "two headers": [good, good], "no t": [f"v1={digest}"], "no v1": [f"t={stamp}"],
        "only v0": [f"t={stamp},v0={digest}"], "cut by one": [good[:-1]], "one too long": [good + "0"],
        "upper case": [f"t={stamp},v1={digest.upper()}"], "no hex": [f"t={stamp},v1=zz"],
        "non-ASCII": [f"{good}é".encode()], "a byte": [good.encode() + b"\xff"], "NUL": [good + "\0"],
        "semicolon": [good.replace(",", ";")], "two t": [f"t={stamp},{good}"],
        "t as float": [f"t={stamp}.0,v1={digest}"], "t with plus": [f"t=+{stamp},v1={digest}"],
        "arabic t": [f"t=١٢٣,v1={digest}".encode()],
        "huge t": [f"t={'9' * 400},v1={digest}"], "10,000 v1": [f"t={stamp}" + f",v1={'0' * 64}" * 10_000],
        "301 s ahead": [at(301)], "next year": [at(31_536_000)], "301 s old": [at(-301)], "last year": [at(-10**7)],
        "other secret": [at(0, "whsec_of_another_endpoint")], "blank secret": [at(0, "")],
        "the secret itself": [WEBHOOK_SECRET], "the publishable key": [at(0, "pk_test_world")],
    }  # fmt: skip


async def test_every_forged_signature_gets_the_same_refusal_and_leaves_nothing(
    api: Api, logged: list[EventDict]
) -> None:
    raw, good = signed(_EVENT, api.world.clock())
    before, cases = api.world.dump(), _headers(api.world.clock())
    answers = {}
    for name, values in cases.items():
        headers = [(b"Stripe-Signature", value.encode() if isinstance(value, str) else value) for value in values]
        answer = await api.client.post(DOOR, content=raw, headers=headers)
        answers[name] = (answer.status_code, answer.json()["detail"])
    assert answers == dict.fromkeys(cases, (400, REFUSAL))
    assert (api.world.dump(), _states(api), logged) == (before, {}, [])
    assert _counted(api, "refused") == len(cases)
    proven = await api.client.post(DOOR, content=raw, headers={"Stripe-Signature": good})
    assert (proven.status_code, _states(api)) == (200, {"evt_1": "ignored"})


BODIES: dict[str, bytes] = {
    "list": b"[]", "null": b"null", "number": b"1", "empty object": b"{}", "nothing": b"", "cut": b'{"id":',
    "invalid UTF-8": b'{"id":"\xff"}', "UTF-16": '{"id":"evt_1"}'.encode("utf-16"), "deep": b"[" * 10_000,
    "no data": b'{"id":"evt_1","object":"event","type":"x","livemode":false,"created":1}',
    "odd id": b'{"id":7,"object":"event","type":"x","livemode":false,"created":1,"data":{"object":{}}}',
    "thin": b'{"id":"evt_1","object":"v2.core.event","type":"x","livemode":false,"created":1}',
    "prototype": b'{"__proto__":{"id":"evt_1"}}', "big number": b'{"created":' + b"9" * 5000 + b"}",
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_signed_body_that_is_no_event_gets_the_same_refusal(shared_api: Api, body: bytes) -> None:
    _, signature = _signed_bytes(body, shared_api.world.clock())
    answer = await shared_api.client.post(DOOR, content=body, headers={"Stripe-Signature": signature})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["detail"] == REFUSAL
    assert _states(shared_api) == {}


async def test_a_body_that_was_changed_after_signing_is_refused(api: Api) -> None:
    order = _sold(api)
    raw, signature = signed(paid_event(order, api.world.clock()), api.world.clock())
    changed = (
        raw + b"\n",
        raw.replace(b"500", b"501", 1),
        json.dumps(json.loads(raw), indent=1).encode(),
        b"\xef\xbb\xbf" + raw,
    )
    for body in changed:
        answer = await api.client.post(DOOR, content=body, headers={"Stripe-Signature": signature})
        assert answer.status_code == 400
    assert str(api.world.balance(order.account_id)) == "0"


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(shared_api: Api) -> None:
    pieces = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pieces
        for _ in range(1000):
            pieces += 1
            yield b" " * 64_000

    headers = {"Stripe-Signature": "t=1,v1=00"}
    announced = await shared_api.client.post(DOOR, content=b" " * 2_000_000, headers=headers)
    chunked = await shared_api.client.post(DOOR, content=endless(), headers=headers)
    lying = await shared_api.client.post(DOOR, content=endless(), headers=headers | {"Content-Length": "10"})
    assert [answer.status_code for answer in (announced, chunked, lying)] == [413, 413, 413]
    assert pieces < 50


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_post_is_taken(shared_api: Api, method: str) -> None:
    answer = await shared_api.client.request(method, DOOR, headers={"X-HTTP-Method-Override": "POST"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_sender_who_hangs_up_is_counted_and_nothing_else(shared_api: Api, logged: list[EventDict]) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": DOOR, "headers": [], "query_string": b"", "app": shared_api.app}
    await shared_api.app(scope, receive, send)
    assert (sent, logged) == ([], [])
    assert _counted(shared_api, "left") == 1


def _signed_bytes(raw: bytes, now: int) -> tuple[bytes, str]:

    stamp = now // SECOND
    digest = hmac.new(WEBHOOK_SECRET.encode(), f"{stamp}.".encode() + raw, hashlib.sha256).hexdigest()
    return raw, f"t={stamp},v1={digest}"
