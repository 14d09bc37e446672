"""Builds the bytes of requests before a round begins, so that the client has nothing to think about. For benchmarks.

Every builder makes requests `first` to `first + count - 1`; a number is used once, so each request is a new fact.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time

SECRET = "whsec_of_the_benchmarks"
HOST = b"127.0.0.1"
PRICE_MINOR = 500
CREDITS_MICRO = 500_000_000
DEBIT = "0.001"

_HEAD = b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n%b\r\nContent-Length: %d\r\n\r\n%b"
_NONE = (
    "application application_fee_amount canceled_at cancellation_reason customer_account description"
    " excluded_payment_method_types last_payment_error next_action on_behalf_of processing"
    " receipt_email review setup_future_usage shipping source statement_descriptor statement_descriptor_suffix"
    " transfer_data transfer_group"
)


def account(number: int) -> str:
    """The id of an account."""
    return f"acc_bench{number:06d}"


def pick(number: int, accounts: int) -> int:
    """Which account a request is for: spread evenly, without a pattern that a batch could follow."""
    return ((number * 2_654_435_761) >> 9) % accounts


def events(first: int, count: int, accounts: int) -> list[bytes]:
    """Signed payment_intent.succeeded events with every field Stripe sends, each paying its own order."""
    stamp = int(time.time())
    made = []
    for number in range(first, first + count):
        body = _EVENT % {b"n": b"%d" % number, b"a": b"%06d" % pick(number, accounts), b"t": b"%d" % stamp}
        digest = hmac.digest(SECRET.encode(), b"%d." % stamp + body, "sha256").hex().encode()
        header = b"Stripe-Signature: t=%d,v1=%b" % (stamp, digest)
        made.append(_HEAD % (b"/webhooks/stripe", HOST, header, len(body), body))
    return made


def debits(first: int, count: int, accounts: int, key: str) -> list[bytes]:
    """Single usage debits."""
    made = []
    for number in range(first, first + count):
        body = json.dumps(_debit(number, accounts)).encode()
        made.append(_HEAD % (b"/api/v1/usage", HOST, _bearer(key), len(body), body))
    return made


def batches(first: int, count: int, accounts: int, key: str, size: int) -> list[bytes]:
    """Requests of `size` debits each."""
    made = []
    for start in range(first * size, (first + count) * size, size):
        listed = [_debit(number, accounts) for number in range(start, start + size)]
        body = json.dumps({"debits": listed}).encode()
        made.append(_HEAD % (b"/api/v1/usage/batch", HOST, _bearer(key), len(body), body))
    return made


def fingerprint(text: str) -> str:
    """How the database keeps the secret of an API key."""
    return hashlib.sha256(text.encode()).hexdigest()


def _debit(number: int, accounts: int) -> dict[str, str]:
    return {"account": account(pick(number, accounts)), "amount": DEBIT, "idempotency_key": f"job-{number}"}


def _bearer(key: str) -> bytes:
    return f"Authorization: Bearer {key}".encode()


def _event() -> bytes:
    intent = dict.fromkeys(_NONE.split()) | {
        "id": "pi_bench%(n)s", "object": "payment_intent", "amount": PRICE_MINOR, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": PRICE_MINOR,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "capture_method": "automatic_async", "client_secret": "pi_bench%(n)s_secret_abcdefghijklmnopqrstuvwxy",
        "confirmation_method": "automatic", "created": "%(t)s", "currency": "usd", "customer": "cus_bench%(a)s",
        "latest_charge": "ch_bench%(n)s", "livemode": False, "metadata": {"scrip_order": "ord_bench%(n)s"},
        "payment_method": "pm_bench%(n)s", "payment_method_configuration_details": None,
        "payment_method_options": {"card": {
            "installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic",
        }},
        "payment_method_types": ["card"], "status": "succeeded",
    }  # fmt: skip
    event = {
        "id": "evt_bench%(n)s", "object": "event", "api_version": "2026-10-28.endive", "created": "%(t)s",
        "data": {"object": intent}, "livemode": False, "pending_webhooks": 1,
        "request": {"id": "req_bench%(n)s", "idempotency_key": "scrip:ord_bench%(n)s"},
        "type": "payment_intent.succeeded",
    }  # fmt: skip
    # Stripe indents its events, and their moments are numbers.
    return json.dumps(event, indent=2).replace('"%(t)s"', "%(t)s").encode()


_EVENT = _event()
