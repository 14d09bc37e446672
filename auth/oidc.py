"""Signing in through the identity provider: `begin` sends the browser there, `finish` judges its answer. Doors use it.

Authlib does the protocol. What it leaves open is closed here: the issuer and the algorithms come from our settings, not
from the provider's metadata; the audience is ours; an identity token is required; the answer must name its issuer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog
from anyio import move_on_after
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteOAuth2App
from joserfc.errors import JoseError

from auth.claims import arrival, lacks_a_person
from auth.discovery import TIMEOUT_SECONDS, discover
from auth.people import Arrival
from auth.returning import sign_in_path
from auth.signing import UnderWay
from billing.portal import Portal
from billing.rules.errors import SignedOut, Unavailable
from billing.rules.moments import MINUTE
from billing.rules.sentences import sentence

CALLBACK = "/sign-in/callback"
METADATA_FOR = 10 * MINUTE
LEEWAY_SECONDS = 30
CODE_MAX = 4000
LEAVE_SECONDS = 3

_AWAY = sentence("The sign-in provider does not answer right now. Please try again in a moment.")
_REFUSED = sentence("The sign-in provider's answer could not be accepted. Please try again.")
_MALFORMED = (AuthlibBaseError, JoseError, httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError)
"""Whatever a provider, or somebody in its place, may answer instead of a sound token."""

log = structlog.get_logger("oidc")


class Provider:
    """The configured provider, as this portal's client of it."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._oidc = portal.settings.oidc
        self._redirect_uri = portal.settings.public_url + CALLBACK
        # Reading the certificates of the world takes longer than all the rest, so it is done once.
        self._trust = httpx.create_ssl_context()
        self._client: Any = None
        self._known_at = 0

    async def begin(self, next_path: str) -> tuple[str, UnderWay]:
        """Where to send the browser, and what it must bring back. Raises Unavailable."""
        with _plainly():
            client = await self._ready()
            made = await client.create_authorization_url(self._redirect_uri)
            under_way = UnderWay(made["state"], made["nonce"], made["code_verifier"], next_path, self._portal.clock())
            return made["url"], under_way

    async def finish(self, answer: Mapping[str, str], under_way: UnderWay) -> Arrival:
        """Who signed in. `answer`: the query the browser came back with. Raises SignedOut or Unavailable."""
        if "error" in answer:
            raise _refusal("the provider said no")
        code = answer.get("code", "")
        if not 0 < len(code) <= CODE_MAX:
            raise _refusal("no code")
        with _plainly():
            client = await self._ready()
            self._check_issuer(answer.get("iss"), client)
            token = await client.fetch_access_token(
                redirect_uri=self._redirect_uri, code=code, code_verifier=under_way.verifier
            )
            return arrival(await self._claims(client, token, under_way.nonce), self._oidc)

    async def leave(self) -> str | None:
        """Where the browser goes to sign out at the provider too and come back; None when it offers no such place.

        Nobody waits long for it: here they are signed out already.
        """
        with move_on_after(LEAVE_SECONDS), suppress(SignedOut, Unavailable), _plainly():
            endpoint = (await self._ready()).server_metadata.get("end_session_endpoint")
            back = self._portal.settings.public_url + sign_in_path(why="signed-out")
            asked = urlencode({"client_id": self._oidc.client_id, "post_logout_redirect_uri": back})
            return f"{endpoint}{'&' if '?' in endpoint else '?'}{asked}" if endpoint else None
        return None

    async def _claims(self, client: Any, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        if not isinstance(token.get("id_token"), str):
            raise _refusal("no identity token")
        asked = {
            "iss": {"essential": True, "value": self._oidc.issuer},
            # Authlib looks at the audience only through azp, which the sender chooses.
            "aud": {"essential": True, "value": self._oidc.client_id},
        }
        claims = dict(await client.parse_id_token(token, nonce=nonce, claims_options=asked, leeway=LEEWAY_SECONDS))
        if not lacks_a_person(claims, self._oidc) or "userinfo_endpoint" not in client.server_metadata:
            return claims
        more = dict(await client.userinfo(token=token))
        if more.get("sub") != claims["sub"]:
            raise _refusal("userinfo of somebody else")
        return {**more, **claims}

    def _check_issuer(self, given: str | None, client: Any) -> None:
        """RFC 9207: an answer of another provider must not be traded in at this one."""
        promised = client.server_metadata.get("authorization_response_iss_parameter_supported") is True
        if given != self._oidc.issuer and (given is not None or promised):
            raise _refusal("answer of another issuer")

    async def _ready(self) -> Any:
        """Authlib's client over checked metadata, asked for again after ten minutes."""
        now = self._portal.clock()
        if self._client is None or not 0 <= now - self._known_at < METADATA_FOR:
            metadata = await discover(str(self._oidc.issuer), self._trust)
            self._client, self._known_at = self._client_of(metadata), now
        return self._client

    def _client_of(self, metadata: dict[str, Any]) -> Any:
        secret = self._oidc.client_secret
        ways = metadata.pop("token_endpoint_auth_methods_supported", None) or ["client_secret_basic"]
        known = [way for way in ("client_secret_basic", "client_secret_post") if way in ways]
        return StarletteOAuth2App(
            None,
            name="provider",
            client_id=self._oidc.client_id,
            client_secret=secret.get_secret_value() if secret else None,
            client_kwargs={
                "scope": " ".join(self._oidc.scopes),
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": known[0] if known else "client_secret_basic",
                "timeout": TIMEOUT_SECONDS,
                "verify": self._trust,
                # used at once; Authlib would take a token of one minute for an expired one
                "leeway": 0,
            },
            **metadata,
            id_token_signing_alg_values_supported=list(self._oidc.algorithms),
        )


@contextmanager
def _plainly() -> Iterator[None]:
    """Two things can go wrong for a person: the provider is away, or what it said cannot be accepted."""
    try:
        yield
    except _MALFORMED as error:
        answered = getattr(error, "response", None)
        away = isinstance(error, httpx.TransportError) or (answered is not None and answered.status_code >= 500)
        # The kind of error only: its text may hold a code or a token.
        log.warning("provider_away" if away else "sign_in_refused", error=type(error).__name__)
        raise (Unavailable(_AWAY) if away else SignedOut(_REFUSED)) from None


def _refusal(why: str) -> SignedOut:
    log.warning("sign_in_refused", why=why)
    return SignedOut(_REFUSED)
