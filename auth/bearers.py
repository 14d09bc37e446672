"""Access tokens of the sign-in provider, by which programs of people call the API. Only api/ uses it.

Taken only where an audience is set for them, which no identity token has. The issuer and the algorithms come from our
settings, the keys from the issuer's own description, and who may do what is asked anew with every request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import structlog
from anyio import to_thread
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key
from joserfc.jws import extract_compact
from joserfc.jwt import JWTClaimsRegistry
from sqlalchemy import Row, select

from auth import people
from auth.claims import arrival, organisation_of, role_of
from auth.discovery import TIMEOUT_SECONDS, discover
from auth.policy import Principal
from billing.portal import Portal
from billing.rules.errors import Forbidden, NotFound, SignedOut, Unavailable
from billing.rules.moments import MINUTE, SECOND
from billing.rules.organisations import EXTERNAL_MAX, Standing
from billing.store import organisations
from billing.store.tables_trade import people as rows

ACTS_FOR = "scrip-account"
"""The header that names the account a token acts for, unless the token itself names an organisation."""

LONGEST_TOKEN = 8_000
KEYS_FOR = 10 * MINUTE
ASKED_AGAIN_AFTER = 30 * SECOND
"""A token under a key nobody knows makes us ask for the keys again, but not as often as somebody sends one."""

LEEWAY_SECONDS = 30
TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_MALFORMED = (JoseError, ValueError, TypeError, KeyError, RecursionError)
_NOT_VALID = "This access token is not valid here, or not any more."

log = structlog.get_logger("bearers")


def looks_like_token(secret: str) -> bool:
    """Three parts with points between them, as no API key has."""
    return secret.count(".") == 2


class AccessTokens:
    """The issuer's keys as last read, and what tokens signed with them say."""

    def __init__(self, portal: Portal) -> None:
        self._portal, self._oidc = portal, portal.settings.oidc
        self.are_taken = self._oidc.configured and bool(self._oidc.api_audience)
        self._trust = httpx.create_ssl_context() if self.are_taken else None
        self._keys: list[Key] = []
        self._read_at: int | None = None
        self._reading = asyncio.Lock()

    async def principal_of(self, token: str, acts_for: str | None = None) -> Principal:
        """The person a token was made for, acting for their own account or an organisation's.

        Raises SignedOut, Forbidden, NotFound for an account that is not theirs, Unavailable without the issuer's keys.
        """
        try:
            header = extract_compact(token.encode()).headers()
            found = jwt.decode(token, await self._fitting(header), algorithms=list(self._oidc.algorithms))
            self._asked().validate(found.claims)
        except _MALFORMED as error:
            # the kind of error only: its text may hold the token
            log.info("token_refused", error=type(error).__name__)
            raise SignedOut(_NOT_VALID) from None
        return await to_thread.run_sync(_bearer, self._portal, found.claims, acts_for)

    def _asked(self) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=self._portal.clock() // SECOND,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": str(self._oidc.issuer)},
            aud={"essential": True, "value": str(self._oidc.api_audience)},
            sub={"essential": True},
            exp={"essential": True},
        )

    async def _fitting(self, header: Mapping[str, Any]) -> KeySet:
        """The issuer's keys, read again when they are old or lack the one that is named."""
        if str(header.get("typ", "")).lower() not in TYPES or header.get("alg") not in self._oidc.algorithms:
            raise ValueError("another kind of token")
        async with self._reading:
            age = None if self._read_at is None else self._portal.clock() - self._read_at
            is_known = any(key.kid == header.get("kid") for key in self._keys)
            is_fresh = age is not None and 0 <= age < (KEYS_FOR if is_known else ASKED_AGAIN_AFTER)
            if not is_fresh:
                self._keys, self._read_at = await self._read(), self._portal.clock()
        return KeySet(self._keys)

    async def _read(self) -> list[Key]:
        assert self._trust is not None
        try:
            metadata = await discover(str(self._oidc.issuer), self._trust)
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, verify=self._trust) as client:
                answer = await client.get(metadata["jwks_uri"])
            answer.raise_for_status()
            return [key for each in answer.json()["keys"] if (key := _usable(each)) is not None]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError) as error:
            log.warning("keys_unreadable", error=type(error).__name__)
            raise Unavailable("The sign-in provider's keys cannot be read right now. Please try again.") from None


def _usable(given: Any) -> Key | None:
    """A public key for signatures; a provider may list others beside it, and they are no reason to refuse all."""
    try:
        key = import_key(given)
    except _MALFORMED:
        return None
    return key if given.get("use", "sig") == "sig" and given.get("kty") != "oct" else None


def _bearer(portal: Portal, claims: Mapping[str, Any], acts_for: str | None) -> Principal:
    """The person as they are in our tables, with the role this token gives them. A stranger gets an account first."""
    arrived = arrival(claims, portal.settings.oidc)
    row = _known(portal, arrived)
    if row is None:
        people.arrive(portal, arrived)
        row = _known(portal, arrived)
    if row is None or row.disabled_at is not None:
        raise Forbidden("This person may no longer use this portal.")
    role = role_of(claims, portal.settings.oidc)
    own = Principal(row.id, row.name, role, row.account_id, None, row.email, row.account_id)
    named = organisation_of(claims, portal.settings.oidc)
    return _for_claimed(portal, own, *named) if named else _for_named(portal, own, acts_for)


def _for_claimed(portal: Portal, own: Principal, external_id: str, standing: Standing) -> Principal:
    """For the organisation the issuer names: it is the truth about who belongs there, so no membership is asked of us.

    An unknown one is refused: to act for the person instead would charge the wrong account.
    """
    with portal.database.read() as connection:
        found = organisations.by_external(connection, external_id) if len(external_id) <= EXTERNAL_MAX else None
    if found is None:
        raise Forbidden("The organisation this access token is for is not known here.")
    return replace(own, account_id=found.account_id, standing=standing)


def _for_named(portal: Portal, own: Principal, account_id: str | None) -> Principal:
    if account_id is None or account_id == own.account_id:
        return own
    with portal.database.read() as connection:
        standing = organisations.standing_of(connection, account_id, own.id)
    if standing is None or not portal.settings.organisations.enabled:
        raise NotFound("There is no such account.")
    return replace(own, account_id=account_id, standing=standing)


def _known(portal: Portal, arrived: people.Arrival) -> Row[Any] | None:
    query = select(rows).where(rows.c.issuer == arrived.issuer, rows.c.subject == arrived.subject)
    with portal.database.read() as connection:
        return connection.execute(query).first()
