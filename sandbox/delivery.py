"""Webhooks: signs each event, posts it to the endpoint and tries again until somebody answers 2xx.
Started by `server`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field

import httpx

from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.state import World, new_id

TABLE = "_delivery"
PAUSES = (1, 2, 4, 8, 15)
GIVE_UP_SECONDS = 3600
TIMEOUT_SECONDS = 10.0
AT_ONCE = 8


@dataclass
class Endpoint:
    """Where events go. Several secrets sign side by side, as while Stripe rolls one."""

    url: str | None = None
    secrets: tuple[str, ...] = ()


@dataclass
class Switches:
    """What the network does to the next deliveries. `duplicate` posts each event that many more times."""

    paused: bool = False
    drop_next: int = 0
    duplicate: int = 0
    delay_seconds: float = 0.0
    shuffle: bool = False


@dataclass
class Deliverer:
    world: World
    endpoint: Endpoint
    pauses: tuple[float, ...] = PAUSES
    switches: Switches = field(default_factory=Switches)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _sequence: int = 0

    def start(self) -> None:
        """Opens the line and takes up what an earlier process left undelivered."""
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=AT_ONCE),
        )
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._open = asyncio.Event()
        self._open.set()
        self.world.listeners.append(self._heard)
        for entry in list(self.world.table(TABLE).values()):
            if entry["state"] == "pending":
                self._launch(entry, 0.0)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def _heard(self, event: Json) -> None:
        self.send(event)

    def send(self, event: Json) -> list[Json]:
        """Puts an event on its way; without an endpoint it is only kept."""
        if self.endpoint.url is None:
            return []
        event["pending_webhooks"] = 1
        if self.switches.drop_next > 0:
            self.switches.drop_next -= 1
            return [self._write(event, "dropped")]
        entries = [self._write(event, "pending") for _ in range(1 + self.switches.duplicate)]
        for entry in entries:
            self._launch(entry, self._wait_before())
        return entries

    def pause(self, paused: bool) -> None:
        self.switches.paused = paused
        (self._open.clear if paused else self._open.set)()

    def calm(self) -> None:
        """All switches back to their first position."""
        self.switches = Switches()
        self.pause(False)

    def forget_all(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _wait_before(self) -> float:
        """When shuffled, groups of four arrive in reverse: a disorder that can be repeated."""
        self._sequence += 1
        disorder = (3 - self._sequence % 4) * 0.3 if self.switches.shuffle else 0.0
        return self.switches.delay_seconds + disorder

    def _write(self, event: Json, state: str) -> Json:
        entry: Json = {
            "id": new_id("whd_"),
            "object": TABLE,
            "event": event["id"],
            "type": event["type"],
            "created": self.world.clock.now(),
            "state": state,
            "tries": [],
        }
        return self.world.add(entry)

    def _launch(self, entry: Json, wait_seconds: float) -> None:
        task = asyncio.create_task(self._carry(entry, wait_seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, entry: Json, wait_seconds: float) -> None:
        """One event to its end: delivered, or given up after an hour. Each event goes its own way."""
        started = self.world.clock.now()
        tries = 0
        while True:
            await asyncio.sleep(wait_seconds)
            await self._open.wait()
            async with self._slots:
                delivered = await self._post(entry)
            if delivered or self.world.clock.now() - started > GIVE_UP_SECONDS:
                break
            wait_seconds = self.pauses[min(tries, len(self.pauses) - 1)]
            tries += 1
        entry["state"] = "delivered" if delivered else "failed"
        event = self.world.table("event").get(entry["event"])
        if delivered and event is not None:
            event["pending_webhooks"] = 0
        self.world.touch()

    async def _post(self, entry: Json) -> bool:
        """One try, signed with the time of this try.
        Any 2xx is success; a redirect is a failure and is not followed.
        """
        event = self.world.table("event").get(entry["event"])
        if event is None or self.endpoint.url is None:
            return False
        body = json.dumps(bare(event), separators=(",", ":"), ensure_ascii=False).encode()
        moment = self.world.clock.now()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(body, self.endpoint.secrets, moment),
        }
        attempt: Json = {"at": moment, "status": None, "error": None}
        try:
            answer = await self._client.post(self.endpoint.url, content=body, headers=headers)
            attempt["status"] = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            attempt["error"] = f"{type(trouble).__name__}: {trouble}"
        entry["tries"].append(attempt)
        self.world.touch()
        return attempt["status"] is not None and 200 <= attempt["status"] < 300


def signature(body: bytes, secrets: tuple[str, ...], moment: int) -> str:
    """The `Stripe-Signature` header: the time, and one v1 for each secret."""
    signed = f"{moment}.".encode() + body
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])
