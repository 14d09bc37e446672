"""Access tokens as the provider's other half would make them, and worse ones. Tests of bearers use it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import Key

from billing.rules.moments import SECOND
from tests.api.doorway import Api
from tests.world.oidc import ABSENT, CLIENT_ID, CLIENT_SECRET, FakeProvider

AUDIENCE = "https://credits.example/api"
BALANCE = "/api/v1/balance"


def settings(provider: FakeProvider, **more: str) -> dict[str, str]:
    return {
        "SCRIP_OIDC__ISSUER": provider.issuer, "SCRIP_OIDC__CLIENT_ID": CLIENT_ID,
        "SCRIP_OIDC__CLIENT_SECRET": CLIENT_SECRET, "SCRIP_OIDC__API_AUDIENCE": AUDIENCE,
        "SCRIP_OIDC__MANAGER_CLAIM": "groups", "SCRIP_OIDC__MANAGER_VALUES": "managers",
        "SCRIP_OIDC__ORGANISATION_CLAIM": "org", "SCRIP_OIDC__ORGANISATION_ROLE_CLAIM": "org_role",
        "SCRIP_OIDC__ORGANISATION_ADMIN_VALUES": "admin,billing", **more,
    }  # fmt: skip


def token(api: Api, provider: FakeProvider, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """An access token of Grace's, as the provider's other half would make it, but for `changes`."""
    protected, claims = parts(api, provider, header, **changes)
    return jws.serialize_compact(protected, json.dumps(claims).encode(), provider.behave.key, [protected["alg"]])


def parts(api: Api, provider: FakeProvider, header: dict[str, Any] | None, **changes: Any) -> tuple[Any, Any]:
    now = api.world.clock() // SECOND
    claims = {
        "iss": provider.issuer, "aud": AUDIENCE, "sub": "sub-1", "iat": now, "exp": now + 300, "name": "Grace Hopper",
        "email": "grace@example.org", "email_verified": True, **changes,
    }  # fmt: skip
    protected = {"alg": "RS256", "kid": "first", "typ": "at+jwt", **(header or {})}
    return tuple({name: value for name, value in each.items() if value is not ABSENT} for each in (protected, claims))  # type: ignore[return-value]


async def asked(api: Api, given: str, path: str = BALANCE, **headers: str) -> tuple[int, Any]:
    answer = await api.client.get(path, headers={"Authorization": f"Bearer {given}", **headers})
    return answer.status_code, answer.json()


def by_hand(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    """Signed RS256 without a library that refuses to make such a token."""
    content = _content(header, claims)
    signer: Any = key.private_key
    return f"{content}.{_b64(signer.sign(content.encode(), PKCS1v15(), SHA256()))}"


def with_secret(header: dict[str, Any], claims: dict[str, Any], secret: str) -> str:
    """Signed HS256 with something the attacker knows."""
    content = _content({**header, "alg": "HS256"}, claims)
    return f"{content}.{_b64(hmac.new(secret.encode(), content.encode(), hashlib.sha256).digest())}"


def _content(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
