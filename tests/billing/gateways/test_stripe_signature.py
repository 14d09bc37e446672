"""Our check of a signature and the SDK's agree wherever the SDK is right; where it is not, ours refuses."""

from __future__ import annotations

import time

import pytest
import stripe

from billing.gateways.stripe_signature import prove, usable
from billing.rules.errors import Forged

SECRET = "whsec_test_secret"
BODY = b'{"id": "evt_test_webhook", "object": "event", "name": "\xc3\xa9t\xc3\xa9"}'


def now() -> int:
    """Read when a test runs: what was made when it was collected may be too old by then."""
    return int(time.time())


def header(body: bytes = BODY, secret: str = SECRET, at: int | None = None) -> str:
    at = now() if at is None else at
    made: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return made


def vectors(at: int) -> dict[str, str | None]:
    """Headers by what is odd about them."""
    good = header(at=at)
    signature = good.partition("v1=")[2]
    return {
        "right": good,
        "four minutes old": header(at=at - 240),
        "another scheme beside": f"{good},v0=00",
        "right after wrong": f"t={at},v1={'0' * 64},v1={signature}",
        "none": None,
        "empty": "",
        "no timestamp": f"v1={signature}",
        "no signature": f"t={at}",
        "only v0": f"t={at},v0={signature}",
        "cut by one": good[:-1],
        "one too long": good + "0",
        "upper case": good.replace(signature, signature.upper()),
        "not hex": f"t={at},v1=zz",
        "other time": good.replace(str(at), str(at - 1)),
        "space after comma": good.replace(",", ", "),
        "semicolon": good.replace(",", ";"),
        "words": "unexpected",
        "301 s old": header(at=at - 301),
        "other secret": header(secret="whsec_other", at=at),
        "other body": header(body=b"{}", at=at),
    }


@pytest.mark.parametrize("odd", list(vectors(0)))
def test_both_checks_agree(odd: str) -> None:
    vector = vectors(now())[odd]
    try:
        theirs = bool(stripe.WebhookSignature.verify_header(BODY, vector, SECRET, 300))
    except stripe.SignatureVerificationError:
        theirs = False
    assert accepted(vector) is theirs


@pytest.mark.parametrize("ahead", [301, 365 * 86_400])
def test_the_future_is_refused_although_the_sdk_believes_it(ahead: int) -> None:
    future = header(at=now() + ahead)
    assert stripe.WebhookSignature.verify_header(BODY, future, SECRET, 300)
    assert not accepted(future)


def test_a_letter_outside_ascii_is_refused_although_the_sdk_breaks() -> None:
    strange = header().replace("v1=", "v1=é")
    with pytest.raises(TypeError):
        stripe.WebhookSignature.verify_header(BODY, strange, SECRET, 300)
    assert not accepted(strange)


@pytest.mark.parametrize("secrets", [(), ("",), ("  \n",), ("", " ")])
def test_a_blank_secret_proves_nothing(secrets: tuple[str, ...]) -> None:
    assert usable(secrets) == ()
    with pytest.raises(Forged):
        prove(BODY, header(secret="x").replace("x", ""), usable(secrets), now() * 1_000_000)


def test_an_empty_key_is_refused_even_when_it_gets_in() -> None:
    with pytest.raises(Forged):
        prove(BODY, header(secret=""), (b"",), now() * 1_000_000)


def test_secrets_lose_the_line_end_they_were_copied_with() -> None:
    assert usable(("whsec_a\n", " whsec_b ")) == (b"whsec_a", b"whsec_b")


def accepted(vector: str | None) -> bool:
    try:
        prove(BODY, vector, usable((SECRET,)), now() * 1_000_000)
    except Forged:
        return False
    return True
