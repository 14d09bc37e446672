"""One request to the API from wire to wire: key, idempotency, parameters, handler, expansion. Used by `server` only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sandbox import idempotency
from sandbox.errors import Json, Refusal, malformed, not_done, secret_key_required, unknown_route
from sandbox.events import API_VERSION
from sandbox.expand import render
from sandbox.faults import Faults
from sandbox.keys import Keys
from sandbox.known_routes import knows_param, knows_route
from sandbox.params import Place
from sandbox.registry import LINKS, Match, match
from sandbox.state import Call, World, new_id
from sandbox.wire import Raw, nest, pairs_of

EXPANDABLE = frozenset(name.rpartition(".")[2] for fields in LINKS.values() for name in fields)


@dataclass(frozen=True)
class Ask:
    """A request as it came: headers by lower-case name, parameters still encoded."""

    method: str
    path: str
    encoded: str
    headers: dict[str, str]
    origin: str


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return (json.dumps(self.body, indent=2, ensure_ascii=False) + "\n").encode()


@dataclass
class Dispatcher:
    world: World
    keys: Keys
    faults: Faults

    async def answer(self, ask: Ask) -> Answer:
        """Never raises: every refusal becomes Stripe's error envelope."""
        request_id = new_id("req_")
        headers = {"request-id": request_id, "stripe-version": ask.headers.get("stripe-version", API_VERSION)}
        key = ask.headers.get("idempotency-key") if ask.method == "POST" else None
        if key:
            headers["idempotency-key"] = key
        try:
            done = await self._answer(ask, request_id, key)
        except Refusal as refusal:
            done = _refused(refusal, request_id)
        return Answer(done.status, done.body, {**headers, **done.headers})

    async def _answer(self, ask: Ask, request_id: str, key: str | None) -> Answer:
        found = match(ask.method, ask.path)
        raw = nest(pairs_of(ask.encoded))
        if found is None and not knows_route(ask.method, ask.path):
            raise unknown_route(ask.method, ask.path)
        publishable = self._publishable(ask, raw)
        if found is None:
            raise not_done(f"{ask.method} {ask.path}")
        if publishable and not found.route.browser:
            raise secret_key_required()
        await self.faults.before()
        if key is None:
            return await self._work(ask, found, request_id, key)
        stored = idempotency.claim(self.world, key, ask.method, ask.path, dict(raw))
        if stored is not None:
            again = {"idempotent-replayed": "true", "original-request": stored["request_id"]}
            return Answer(stored["status"], stored["body"], again)
        return await self._work_once(ask, found, request_id, key)

    async def _work_once(self, ask: Ask, found: Match, request_id: str, key: str) -> Answer:
        """Keeps the answer for this key, a refusal too once work had begun; whatever else happens sets the key free."""
        done: Answer | None = None
        try:
            done = await self._work(ask, found, request_id, key)
        except Refusal as refusal:
            if not refusal.counted:
                raise
            done = _refused(refusal, request_id)
        finally:
            if done is None:
                idempotency.forget(self.world, key)
        idempotency.remember(self.world, key, done.status, done.body, request_id)
        return done

    async def _work(self, ask: Ask, found: Match, request_id: str, key: str | None) -> Answer:
        """Once the parameters are read nothing waits any more, so nothing else can change the world meanwhile."""
        await self.faults.during()
        raw = nest(pairs_of(ask.encoded))
        params = found.route.shape.read(dict(raw), Place("", lambda at: _unknown(ask, at)))
        _check_expand(params)
        publishable = self._publishable(ask, raw)
        call = Call(self.world, params, found.ids, request_id, key, publishable, ask.origin)
        thing = found.route.handler(call)
        self.world.touch()
        return Answer(200, render(self.world, thing, params.get("expand") or [], LINKS))

    def _publishable(self, ask: Ask, raw: dict[str, Raw]) -> bool:
        key_param = raw.get("key")
        offered = key_param if isinstance(key_param, str) else None
        return self.keys.publishable_used(ask.headers.get("authorization"), offered)


def _check_expand(params: Json) -> None:
    """Refuses what nothing here can expand before the handler changes anything."""
    for path in params.get("expand") or []:
        if path is None:
            raise malformed("You passed an empty string for 'expand[]'.", "expand", "parameter_invalid_empty")
        if path.rpartition(".")[2] not in EXPANDABLE:
            raise malformed(f"This property cannot be expanded ({path}).", "expand")


def _refused(refusal: Refusal, request_id: str) -> Answer:
    body = {"error": {**refusal.error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}}
    return Answer(refusal.status, body, refusal.headers)


def _unknown(ask: Ask, at: str) -> Refusal:
    """Stripe's own parameter that is not built here, or one that nobody has."""
    if knows_param(ask.method, ask.path, at):
        return not_done(f"the parameter '{at}' of {ask.method} {ask.path}")
    return malformed(f"Received unknown parameter: {at}", at, "parameter_unknown")
