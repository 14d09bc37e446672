"""Our check of a signature and the SDK's agree wherever the SDK is right; where it is not, ours refuses."""

from __future__ import annotations

import time

import pytest
import stripe

from billing.gateways.stripe_signature import prove, usable
from billing.rules.errors import Forged

SECRET = "whsec_test_secret"
BODY = b'{"id": "evt_test_webhook", "object": "event", "name": "\xc3\xa9t\xc3\xa9"}'
NOW = int(time.time())


def header(body: bytes = BODY, secret: str = SECRET, at: int = NOW) -> str:
    made: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return made


GOOD = header()
SIGNATURE = GOOD.partition("v1=")[2]
VECTORS = {
    "right": GOOD,
    "four minutes old": header(at=NOW - 240),
    "another scheme beside": f"{GOOD},v0=00",
    "right after wrong": f"t={NOW},v1={'0' * 64},v1={SIGNATURE}",
    "none": None,
    "empty": "",
    "no timestamp": f"v1={SIGNATURE}",
    "no signature": f"t={NOW}",
    "only v0": f"t={NOW},v0={SIGNATURE}",
    "cut by one": GOOD[:-1],
    "one too long": GOOD + "0",
    "upper case": GOOD.replace(SIGNATURE, SIGNATURE.upper()),
    "not hex": f"t={NOW},v1=zz",
    "other time": GOOD.replace(str(NOW), str(NOW - 1)),
    "space after comma": GOOD.replace(",", ", "),
    "semicolon": GOOD.replace(",", ";"),
    "words": "unexpected",
    "301 s old": header(at=NOW - 301),
    "other secret": header(secret="whsec_other"),
    "other body": header(body=b"{}"),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_both_checks_agree(vector: str | None) -> None:
    try:
        theirs = bool(stripe.WebhookSignature.verify_header(BODY, vector, SECRET, 300))
    except stripe.SignatureVerificationError:
        theirs = False
    assert accepted(vector) is theirs


@pytest.mark.parametrize("ahead", [301, 365 * 86_400])
def test_the_future_is_refused_although_the_sdk_believes_it(ahead: int) -> None:
    future = header(at=NOW + ahead)
    assert stripe.WebhookSignature.verify_header(BODY, future, SECRET, 300)
    assert not accepted(future)


def test_a_letter_outside_ascii_is_refused_although_the_sdk_breaks() -> None:
    strange = f"t={NOW},v1=é{SIGNATURE[1:]}"
    with pytest.raises(TypeError):
        stripe.WebhookSignature.verify_header(BODY, strange, SECRET, 300)
    assert not accepted(strange)


@pytest.mark.parametrize("secrets", [(), ("",), ("  \n",), ("", " ")])
def test_a_blank_secret_proves_nothing(secrets: tuple[str, ...]) -> None:
    assert usable(secrets) == ()
    with pytest.raises(Forged):
        prove(BODY, header(secret="x").replace("x", ""), usable(secrets), NOW * 1_000_000)


def test_an_empty_key_is_refused_even_when_it_gets_in() -> None:
    with pytest.raises(Forged):
        prove(BODY, header(secret=""), (b"",), NOW * 1_000_000)


def test_secrets_lose_the_line_end_they_were_copied_with() -> None:
    assert usable(("whsec_a\n", " whsec_b ")) == (b"whsec_a", b"whsec_b")


def accepted(vector: str | None) -> bool:
    try:
        prove(BODY, vector, usable((SECRET,)), NOW * 1_000_000)
    except Forged:
        return False
    return True
