"""One request to the API from wire to wire: key, idempotency, parameters, handler, expansion. Used by `server` only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox import idempotency
from sandbox.answers import Answer, refused, suffered
from sandbox.errors import Json, Refusal, malformed, not_done, secret_key_required, unknown_route
from sandbox.events import API_VERSION
from sandbox.expand import render
from sandbox.faults import Fault, Faults
from sandbox.finder import Match
from sandbox.keys import Keys
from sandbox.known_routes import knows_param, knows_route
from sandbox.params import Place
from sandbox.registry import LINKS, match
from sandbox.state import Call, World, new_id
from sandbox.wire import Raw, fold, nest, pairs_of

EXPANDABLE = frozenset(name.rpartition(".")[2] for fields in LINKS.values() for name in fields)


@dataclass(frozen=True)
class Ask:
    """A request as it came: headers by lower-case name, parameters still encoded."""

    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]
    origin: str

    @property
    def raw(self) -> dict[str, Raw]:
        """The parameters of address and body together; version 2 of the API sends its bodies as JSON."""
        if self.body and self.path.startswith("/v2/"):
            return {**nest(pairs_of(self.query)), **fold(self.body)}
        raw = nest(pairs_of("&".join(part for part in (self.query, self.body) if part)))
        if "stripe-request-trigger" in self.headers:
            # The SDK lets a note of its own slip into the address when it follows an event notification.
            raw.pop("usage", None)
        return raw


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
        fault = self.faults.meet(ask.method, ask.path)
        try:
            done = await self._answer(ask, request_id, key, fault)
        except Refusal as refusal:
            done = refused(refusal, request_id)
        done = replace(done, headers={**headers, **done.headers}, broken=self.faults.loses_answer())
        if fault is None:
            return done
        if fault.kind == "hang" and fault.after:
            await self.faults.hang(fault)
        return suffered(done, fault)

    async def _answer(self, ask: Ask, request_id: str, key: str | None, fault: Fault | None) -> Answer:
        found = match(ask.method, ask.path)
        if found is None and not knows_route(ask.method, ask.path):
            raise unknown_route(ask.method, ask.path)
        raw = ask.raw
        publishable = self._publishable(ask, raw)
        if found is None:
            raise not_done(f"{ask.method} {ask.path}")
        if publishable and not found.route.browser:
            raise secret_key_required()
        self.faults.before()
        if fault is not None:
            fault.before()
            if fault.kind == "hang" and not fault.after:
                await self.faults.hang(fault)
        work = _Work(ask, found, raw, request_id, key, fault, publishable)
        if key is None:
            return await self._work(work)
        stored = idempotency.claim(self.world, key, ask.method, ask.path, raw)
        if stored is not None:
            again = {"idempotent-replayed": "true", "original-request": stored["request_id"]}
            return Answer(stored["status"], stored["body"], again)
        return await self._work_once(work, key)

    async def _work_once(self, work: _Work, key: str) -> Answer:
        """Keeps the answer for this key, a refusal too once work had begun; whatever else happens sets the key free."""
        done: Answer | None = None
        try:
            done = await self._work(work)
        except Refusal as refusal:
            if not refusal.counted:
                raise
            done = refused(refusal, work.request_id)
        finally:
            if done is None:
                idempotency.forget(self.world, key)
        idempotency.remember(self.world, key, done.status, done.body, work.request_id)
        return done

    async def _work(self, work: _Work) -> Answer:
        """Once the parameters are read nothing waits any more, so nothing else can change the world meanwhile."""
        await self.faults.during()
        route, ask = work.found.route, work.ask
        params = route.shape.read(work.raw, Place("", lambda at: _unknown(ask, at)))
        _check_expand(params)
        call = Call(self.world, params, work.found.ids, work.request_id, work.key, work.publishable, ask.origin)
        thing = route.handler(call)
        self.world.touch()
        if work.fault is not None:
            work.fault.worked()
        return Answer(200, render(self.world, thing, params.get("expand") or [], LINKS))

    def _publishable(self, ask: Ask, raw: dict[str, Raw]) -> bool:
        key_param = raw.get("key")
        offered = key_param if isinstance(key_param, str) else None
        return self.keys.publishable_used(ask.headers.get("authorization"), offered)


@dataclass(frozen=True)
class _Work:
    """What is to be done, and for whom."""

    ask: Ask
    found: Match
    raw: dict[str, Raw]
    request_id: str
    key: str | None
    fault: Fault | None
    publishable: bool


def _check_expand(params: Json) -> None:
    """Refuses what nothing here can expand before the handler changes anything."""
    for path in params.get("expand") or []:
        if path is None:
            raise malformed("You passed an empty string for 'expand[]'.", "expand", "parameter_invalid_empty")
        if path.rpartition(".")[2] not in EXPANDABLE:
            raise malformed(f"This property cannot be expanded ({path}).", "expand")


def _unknown(ask: Ask, at: str) -> Refusal:
    """Stripe's own parameter that is not built here, or one that nobody has."""
    if knows_param(ask.method, ask.path, at):
        return not_done(f"the parameter '{at}' of {ask.method} {ask.path}")
    return malformed(f"Received unknown parameter: {at}", at, "parameter_unknown")
