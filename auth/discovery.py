"""The provider's own description of itself, fetched and checked before anything in it is used. oidc and bearers use it.

A description that names another issuer is somebody else's, and one that names plain http would leak codes.
"""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from billing.settings_values import is_loopback

PATH = "/.well-known/openid-configuration"
TIMEOUT_SECONDS = 10
REQUIRED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")
FLAGS = ("authorization_response_iss_parameter_supported", "token_endpoint_auth_methods_supported")


class Untrustworthy(ValueError):
    """The description is not the configured provider's, or not usable."""


async def discover(issuer: str, trust: ssl.SSLContext) -> dict[str, Any]:
    """The few fields this portal uses. Raises httpx.HTTPError or Untrustworthy."""
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, verify=trust) as client:
        answer = await client.get(issuer.rstrip("/") + PATH)
    answer.raise_for_status()
    return checked(answer.json(), issuer)


def checked(metadata: object, issuer: str) -> dict[str, Any]:
    """`metadata` cut down to what is known here; keys and algorithms inside it are never taken."""
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        raise Untrustworthy("the metadata is of another issuer")
    chosen = {name: metadata[name] for name in (*REQUIRED, *OPTIONAL) if name in metadata}
    missing = [name for name in REQUIRED if name not in chosen]
    if missing:
        raise Untrustworthy(f"the metadata lacks {missing[0]}")
    for name, address in chosen.items():
        if not _is_safe(address, issuer):
            raise Untrustworthy(f"{name} is no https address")
    return {"issuer": issuer, **chosen, **{name: metadata[name] for name in FLAGS if name in metadata}}


def _is_safe(address: object, issuer: str) -> bool:
    """https, or plain http on this machine when the issuer itself is there."""
    if not isinstance(address, str):
        return False
    return address.startswith("https://") or (is_loopback(issuer) and is_loopback(address))
