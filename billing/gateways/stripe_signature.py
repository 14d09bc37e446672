"""Proves that a webhook body was sent by Stripe, and just now. Only `billing/gateways/stripe.py` imports it.

Written by hand over bytes: the SDK's check decodes the body, formats it, encodes it again, believes timestamps of the
future and raises five kinds of errors. The tests hold both against the same vectors.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

from billing.rules.errors import Forged
from billing.rules.moments import SECOND

TOLERANCE_SECONDS = 300
LONGEST_HEADER = 4096
"""A genuine header has under 300 characters; a longer one only costs comparisons."""

_TIMESTAMP = re.compile(r"0|[1-9][0-9]{0,11}")


def usable(secrets: Sequence[str]) -> tuple[bytes, ...]:
    """The secrets as keys. A blank one is never a key: anybody could sign with it."""
    return tuple(secret.strip().encode() for secret in secrets if secret.strip())


def prove(raw: bytes, header: str | None, secrets: Sequence[bytes], now: int) -> None:
    """Returns when one of `secrets` signed `raw` within 300 s of `now` (microseconds); raises Forged otherwise.

    Every secret is tried: while one is being rolled, two are good.
    """
    if not header or len(header) > LONGEST_HEADER or not header.isascii():
        raise Forged("header")
    timestamp, signatures = _parts(header)
    signed = timestamp + b"." + raw
    for secret in secrets:
        expected = hmac.digest(secret, signed, "sha256").hex().encode()
        if secret and any(hmac.compare_digest(expected, one) for one in signatures):
            break
    else:
        raise Forged("signature")
    if abs(now - int(timestamp) * SECOND) > TOLERANCE_SECONDS * SECOND:
        raise Forged("time")


def _parts(header: str) -> tuple[bytes, list[bytes]]:
    """The one timestamp and the v1 signatures of `t=...,v1=...[,v1=...]`; other schemes count for nothing."""
    timestamps: list[str] = []
    signatures: list[bytes] = []
    for item in header.split(","):
        scheme, _, value = item.partition("=")
        if scheme == "v1":
            signatures.append(value.encode())
        elif scheme == "t":
            timestamps.append(value)
    if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]) or not signatures:
        raise Forged("header")
    return timestamps[0].encode(), signatures
