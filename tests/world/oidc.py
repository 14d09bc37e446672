"""An identity provider for tests, on this machine, that can be told to misbehave in any way. Tests of sign-in use it.

It keeps the rules unless told otherwise: codes work once, PKCE and client secret are checked, tokens are signed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import Key, KeySet, OctKey, RSAKey

from tests.world.sites import serving

CLIENT_ID = "scrip-under-test"
CLIENT_SECRET = "the client's secret"
ABSENT = object()
"""As the value of a claim or field: leave it out."""

Answer = tuple[int, Any]
_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)
STRANGER = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)
"""Another key under the same name, as an attacker would choose it."""


@dataclass
class Behaviour:
    """How the provider answers; every field is a way to be evil, or only different."""

    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    key: Key = field(default_factory=lambda: _KEY)
    keys: list[Key] = field(default_factory=lambda: [_KEY])
    token: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str | object] = field(default_factory=dict)
    failing: dict[str, Answer] = field(default_factory=dict)
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None


@dataclass(frozen=True)
class _Grant:
    nonce: str
    challenge: str
    redirect_uri: str


class FakeProvider:
    """One provider; `behave` is replaced by tests, `asked` counts requests by path."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.behave = Behaviour()
        self.asked: list[str] = []
        self._codes: dict[str, _Grant] = {}

    def consent(self, location: str) -> str:
        """What the provider does when a person says yes: the path and query the browser comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Grant(asked["nonce"], asked["code_challenge"], asked["redirect_uri"])
        answer: dict[str, Any] = {"code": code, "state": asked["state"], "iss": self.issuer, **self.behave.answer}
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode(_present(answer))}"

    def respond(self, path: str, form: dict[str, str], authorization: str) -> Answer:
        """The answer to one request."""
        self.asked.append(path)
        if path in self.behave.failing:
            return self.behave.failing[path]
        if path == "/token":
            return self._token(form, authorization)
        answers: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": self._metadata,
            "/jwks": lambda: KeySet(self.behave.keys).as_dict(private=False),
            "/userinfo": lambda: {"sub": "sub-1"} | self.behave.userinfo,
        }
        return (200, answers[path]()) if path in answers else (404, {})

    def _metadata(self) -> dict[str, Any]:
        own = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "RS512", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return _present(own | self.behave.metadata)

    def _token(self, form: dict[str, str], authorization: str) -> Answer:
        grant = self._codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        known = grant is not None and grant.challenge == base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if grant is None or not known or form.get("redirect_uri") != grant.redirect_uri:
            return 400, {"error": "invalid_grant"}
        if authorization != "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode():
            return 401, {"error": "invalid_client"}
        own = {"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": self._id_token(grant.nonce)}
        return 200, _present(own | self.behave.token)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "sub-1", "iat": now, "exp": now + 300, "nonce": nonce,
            "name": "Grace Hopper", "email": "grace@example.org", "email_verified": True,
        }  # fmt: skip
        header = _present({"alg": "RS256", "kid": "first"} | self.behave.header)
        content = _present(claims | self.behave.claims)
        if self.behave.sign is not None:
            return self.behave.sign(header, content)
        return jws.serialize_compact(header, json.dumps(content).encode(), self.behave.key, [header["alg"]])


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token with no signature at all."""
    return ".".join([_b64(header | {"alg": "none"}), _b64(claims), ""])


def signed_with_text(text: str) -> Callable[[dict[str, Any], dict[str, Any]], str]:
    """Tokens signed HS256 with something the attacker knows: the public key, or the client's secret."""

    def sign(header: dict[str, Any], claims: dict[str, Any]) -> str:
        key, protected = OctKey.import_key(text), header | {"alg": "HS256"}
        return jws.serialize_compact(protected, json.dumps(claims).encode(), key, ["HS256"])

    return sign


def public_pem() -> str:
    """The provider's public key, as anybody can read it."""
    return _KEY.as_pem(private=False).decode()


def _b64(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ABSENT}


@contextmanager
def running_provider() -> Iterator[FakeProvider]:
    """A provider on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, content = provider.respond(urlsplit(self.path).path, form, self.headers.get("Authorization", ""))
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as url:
        provider = FakeProvider(url)
        yield provider
