"""The cookie of a sign-in under way, signed with the session secret. Only the doors and oidc.py use it.

A sign-in under way needs no row in the database: the browser that began it carries it, signed, for ten minutes.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from itsdangerous import BadData, URLSafeSerializer

from billing.rules.moments import MINUTE
from billing.settings import Settings, SettingsError

UNDER_WAY_FOR = 10 * MINUTE
UNDER_WAY_MOST = 3
"""So many tabs may sign in at once; a fourth forgets the first, which keeps the cookie small."""

_FIELDS = {"state", "nonce", "verifier", "next", "begun_at"}


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One sign-in that was begun in this browser."""

    state: str
    nonce: str
    verifier: str
    next: str
    begun_at: int


def pack(settings: Settings, under_way: Iterable[UnderWay]) -> str:
    """The cookie's value: the latest few, signed."""
    return _serializer(settings).dumps([asdict(one) for one in under_way][-UNDER_WAY_MOST:])


def unpack(settings: Settings, cookie: str | None, now: int) -> list[UnderWay]:
    """What this browser has begun within ten minutes; nothing when the cookie is absent, forged or old."""
    try:
        found = _serializer(settings).loads(cookie) if cookie else []
    except BadData:
        return []
    # The signature is ours, so the shape is, unless another version of us wrote it.
    known = [UnderWay(**one) for one in found if set(one) == _FIELDS]
    return [one for one in known if 0 <= now - one.begun_at < UNDER_WAY_FOR]


def take(under_way: list[UnderWay], state: str) -> UnderWay | None:
    """The one that this state belongs to."""
    return next(
        (one for one in under_way if hmac.compare_digest(one.state.encode(), state.encode("utf-8", "replace"))), None
    )


def login_cookie(settings: Settings) -> str:
    """The name of the cookie of a sign-in under way."""
    return "__Host-scrip-login" if settings.public_url.startswith("https://") else "scrip-login"


def _serializer(settings: Settings) -> URLSafeSerializer:
    signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(_secret(settings), salt="scrip-sign-in", signer_kwargs=signer)


def _secret(settings: Settings) -> bytes:
    if settings.session.secret is None:
        raise SettingsError("session.secret is not set, so nothing can be signed: set it, or start by `scrip run`.")
    return settings.session.secret.get_secret_value().encode()
