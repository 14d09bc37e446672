"""What a stranger can try at the webhook door: every try ends in the same refusal, and every genuine event gets in."""

from __future__ import annotations

import gzip
import hmac
import json
import time
from statistics import median

import pytest

from billing.gateways.stripe import StripeGateway
from billing.rules.errors import Forged, NotAnEvent
from tests.billing.gateways.counters import options

NOW = 1_700_000_000
NEW, OLD = "whsec_new", "whsec_old"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.created",
    "livemode": False,
    "created": NOW - 5,
    "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
}
BODY = json.dumps(EVENT).encode()


@pytest.fixture(scope="module")
def gateway() -> StripeGateway:
    return StripeGateway(options(webhook_secrets=(NEW, OLD)))


def hex_of(body: bytes, secret: str | bytes, at: object) -> str:
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.digest(key, f"{at}.".encode() + body, "sha256").hex()


def signed(body: bytes = BODY, secret: str | bytes = NEW, at: object = NOW) -> str:
    return f"t={at},v1={hex_of(body, secret, at)}"


MAC = hex_of(BODY, NEW, NOW)
HEADERS: dict[str, str | None] = {
    "none": None,
    "empty": "",
    "blank": "   ",
    "no t": f"v1={MAC}",
    "no v1": f"t={NOW}",
    "only v0": f"t={NOW},v0={MAC}",
    "cut by one": f"t={NOW},v1={MAC[:-1]}",
    "one too long": f"t={NOW},v1={MAC}0",
    "upper case": f"t={NOW},v1={MAC.upper()}",
    "not hex": f"t={NOW},v1={'z' * 64}",
    "not ASCII": f"t={NOW},v1=\xe9{MAC[1:]}",
    "half a letter": f"t={NOW},v1=\udcff{MAC[1:]}",
    "NUL": f"t={NOW},v1={MAC}\0",
    "space after comma": f"t={NOW}, v1={MAC}",
    "semicolon": f"t={NOW};v1={MAC}",
    "two t": f"t={NOW},t={NOW},v1={MAC}",
    "two t, old first": f"t=1,t={NOW},v1={MAC}",
    "ten thousand v1": f"t={NOW}" + f",v1={'0' * 64}" * 10_000,
    "ten thousand, one right": f"t={NOW}" + f",v1={'0' * 64}" * 10_000 + f",v1={MAC}",
    "empty v1": f"t={NOW},v1=",
    "t as float": signed(at=f"{NOW}.0"),
    "t with plus": signed(at=f"+{NOW}"),
    "t with zeros": signed(at=f"00{NOW}"),
    "t with underscore": signed(at="1_700_000_000"),
    "t in Arabic digits": signed(at="١٧٠٠٠٠٠٠٠٠"),
    "t enormous": signed(at="9" * 400),
    "t empty": signed(at=""),
    "t a word": signed(at="now"),
    "comma only": ",",
    "equals only": "=",
}
SECRETS: dict[str, str] = {
    "other endpoint": signed(secret="whsec_other"),
    "retired": signed(secret="whsec_retired"),
    "empty": signed(secret=""),
    "blank": signed(secret=" "),
    "publishable key": signed(secret="pk_test_sandbox"),
    "secret key": signed(secret="sk_test_sandbox_of_these_tests"),
    "without its prefix": signed(secret="new"),
    "with a line end": signed(secret="whsec_new\n"),
    "both joined": signed(secret="whsec_new,whsec_old"),
    "None": signed(secret="None"),
}
TIMES: dict[str, int] = {
    "-301": NOW - 301,
    "-1 day": NOW - 86_400,
    "-1 year": NOW - 31_536_000,
    "zero": 0,
    "negative": -NOW,
    "+301": NOW + 301,
    "+1 day": NOW + 86_400,
    "+1 year": NOW + 31_536_000,
    "2^63": 2**63,
    "milliseconds": NOW * 1000,
}
BODIES: dict[str, bytes] = {
    "one bit flipped": bytes([BODY[0] ^ 1]) + BODY[1:],
    "line end added": BODY + b"\n",
    "written again": json.dumps(EVENT, separators=(",", ":")).encode(),
    "other key order": json.dumps(EVENT, sort_keys=True).encode(),
    "byte order mark": b"\xef\xbb\xbf" + BODY,
    "UTF-16": BODY.decode().encode("utf-16"),
    "invalid UTF-8": BODY + b"\xff",
    "gzip": gzip.compress(BODY, mtime=0),
    "empty": b"",
    "other event": BODY.replace(b"evt_1", b"evt_2"),
}
NO_EVENTS: dict[str, bytes] = {
    "empty": b"",
    "{}": b"{}",
    "[]": b"[]",
    "null": b"null",
    "1": b"1",
    "text": b'"event"',
    "list of events": b"[" + BODY + b"]",
    "list object": b'{"object": "list", "data": [' + BODY + b"]}",
    "cut short": BODY[:-1],
    "two bodies": BODY + BODY,
    "byte order mark": b"\xef\xbb\xbf" + BODY,
    "UTF-16": BODY.decode().encode("utf-16"),
    "UTF-32": BODY.decode().encode("utf-32"),
    "invalid UTF-8": BODY.replace(b"pi_1", b"pi_\xff"),
    "form": b"id=evt_1&object=event",
    "ten thousand deep": b"[" * 10_000 + b"]" * 10_000,
    "number of 5,000 digits": b'{"created": ' + b"9" * 5000 + b"}",
    "thin": b'{"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found", "created": "2026"}',
    "EventBridge": b'{"version": "0", "detail": ' + BODY + b"}",
    **{f"without {name}": json.dumps({k: v for k, v in EVENT.items() if k != name}).encode() for name in EVENT},
    **{
        f"{name} is {value!r}": json.dumps({**EVENT, name: value}).encode()
        for name, value in [
            ("id", ""), ("id", 1), ("id", "pi_1"), ("id", "evt_\0"), ("id", "evt_\ud800"), ("id", "evt_" + "a" * 300),
            ("id", "evt_1\n"), ("object", "charge"), ("type", 5), ("type", ""), ("type", "a b"), ("type", "x" * 300),
            ("livemode", "false"), ("livemode", 0), ("livemode", None), ("created", "1"), ("created", True),
            ("created", 1.5), ("created", -1), ("created", 2**63), ("data", None), ("data", []), ("data", {}),
            ("data", {"object": []}), ("data", {"object": None}), ("data", {"object": "pi_1"}),
        ]
    },
}  # fmt: skip
GENUINE: dict[str, tuple[bytes, str]] = {
    "now": (BODY, signed()),
    "second secret": (BODY, signed(secret=OLD)),
    "299 s old": (BODY, signed(at=NOW - 299)),
    "300 s old": (BODY, signed(at=NOW - 300)),
    "299 s ahead": (BODY, signed(at=NOW + 299)),
    "wrong, then right": (BODY, f"t={NOW},v1={'0' * 64},v1={MAC}"),
    "right, then wrong": (BODY, f"t={NOW},v1={MAC},v1={chr(48) * 64}"),
    "both secrets at once": (BODY, f"{signed()},v1={hex_of(BODY, OLD, NOW)}"),
    "v0 beside": (BODY, f"{signed()},v0={'0' * 64}"),
    "v1 before t": (BODY, f"v1={MAC},t={NOW}"),
    "spaces around": (b" " + BODY + b"\n", signed(b" " + BODY + b"\n")),
    **{name: (body, signed(body)) for name, body in {
        "letters beyond ASCII": BODY.replace(b"pi_1", "été".encode()),
        "unknown type": BODY.replace(b"intent.created", b"intent.dreamt"),
        "__proto__": BODY[:-1] + b', "__proto__": {}}',
    }.items()},
}  # fmt: skip


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_proves_nothing_is_refused(gateway: StripeGateway, header: str | None) -> None:
    expect_forged(gateway, BODY, header)


@pytest.mark.parametrize("header", SECRETS.values(), ids=SECRETS.keys())
def test_another_secret_is_refused(gateway: StripeGateway, header: str) -> None:
    expect_forged(gateway, BODY, header)


@pytest.mark.parametrize("at", TIMES.values(), ids=TIMES.keys())
def test_a_moment_more_than_300_s_away_is_refused(gateway: StripeGateway, at: int) -> None:
    expect_forged(gateway, BODY, signed(at=at))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_changed_body_is_refused(gateway: StripeGateway, body: bytes) -> None:
    expect_forged(gateway, body, signed())


@pytest.mark.parametrize("body", NO_EVENTS.values(), ids=NO_EVENTS.keys())
def test_what_is_signed_but_no_event_is_refused_in_the_same_words(gateway: StripeGateway, body: bytes) -> None:
    with pytest.raises(NotAnEvent) as caught:
        gateway.receive(body, signed(body), NOW * 1_000_000)
    assert str(caught.value) == str(Forged())


@pytest.mark.parametrize(("body", "header"), GENUINE.values(), ids=GENUINE.keys())
def test_a_genuine_event_gets_in(gateway: StripeGateway, body: bytes, header: str) -> None:
    envelope = gateway.receive(body, header, NOW * 1_000_000)
    assert (envelope.event_id, envelope.body) == ("evt_1", body.decode())


def test_a_captured_request_is_worthless_after_five_minutes(gateway: StripeGateway) -> None:
    header = signed()
    assert gateway.receive(BODY, header, (NOW + 300) * 1_000_000).event_id == "evt_1"
    expect_forged(gateway, BODY, header, now=(NOW + 301) * 1_000_000)


def test_without_any_secret_nothing_gets_in() -> None:
    for secrets in ((), ("",), (" ",)):
        closed = StripeGateway(options(webhook_secrets=secrets))
        expect_forged(closed, BODY, signed(secret=""))
        expect_forged(closed, BODY, signed(secret=" "))


def test_a_refusal_is_quick(gateway: StripeGateway) -> None:
    """Not a figure of speed: a thousand times what it takes, so that only a wrong order of work can fail it."""
    spent = []
    for header in (*HEADERS.values(), *SECRETS.values()):
        began = time.perf_counter()
        expect_forged(gateway, BODY, header)
        spent.append(time.perf_counter() - began)
    assert median(spent) < 0.01


def expect_forged(gateway: StripeGateway, body: bytes, header: str | None, now: int = NOW * 1_000_000) -> None:
    with pytest.raises(Forged) as caught:
        gateway.receive(body, header, now)
    assert str(caught.value) == str(NotAnEvent())
    assert caught.value.__context__ is None
