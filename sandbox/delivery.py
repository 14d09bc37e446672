"""Webhooks: signs each event, posts it to every endpoint that wants it and tries again until somebody answers 2xx.
Started by `machine`.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.errors import Json
from sandbox.expand import bare
from sandbox.state import World, new_id
from sandbox.webhooks.posting import NoAnswer, post
from sandbox.webhooks.switches import Switches
from sandbox.webhooks.thin_events import notification
from sandbox.webhooks.webhook_endpoints import Receiver, listening, receiver

TABLE = "_delivery"
PAUSES = (1, 2, 4, 8, 15)
GIVE_UP_SECONDS = 3600
TIMEOUT_SECONDS = 10.0
AT_ONCE = 8
LOOPBACK = ("127.0.0.1", "::1", "localhost")
TOO_FAR = "not posted: this sandbox posts to this machine only"


@dataclass
class Endpoint:
    """The command line's own endpoint, which gets every event beside those made through the API.
    Several secrets sign side by side, as while Stripe rolls one.
    """

    url: str | None = None
    secrets: tuple[str, ...] = ()


@dataclass
class Deliverer:
    world: World
    endpoint: Endpoint
    pauses: tuple[float, ...] = PAUSES
    switches: Switches = field(default_factory=Switches)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _slots: dict[str | None, asyncio.Semaphore] = field(default_factory=dict)
    _sequence: int = 0

    def start(self) -> None:
        """Opens the line and takes up what an earlier process left undelivered."""
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

    def _heard(self, event: Json) -> None:
        self.send(event)

    def send(self, event: Json) -> list[Json]:
        """Puts an event on its way to all who listen; without an endpoint it is only kept."""
        receivers: list[str | None] = [*([None] if self.endpoint.url else []), *listening(self.world, event["type"])]
        if not receivers:
            return []
        event["_awaiting"] = receivers
        event["pending_webhooks"] = len(receivers)
        if self.switches.drop_next > 0:
            self.switches.drop_next -= 1
            return [self._write(event, "dropped", each, thin=False) for each in receivers]
        entries = [
            self._write(event, "pending", each, thin=thin)
            for each in receivers
            for thin in self._bodies(event)
            for _ in range(1 + self.switches.duplicate)
        ]
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

    def _bodies(self, event: Json) -> list[bool]:
        """Whether a thin body goes out, a usual one, or both."""
        thin = self.switches.thin != "no" and notification(event) is not None
        return [*([] if self.switches.thin == "instead" else [False]), *([True] if thin else [])]

    def _wait_before(self) -> float:
        """When shuffled, groups of four arrive in reverse: a disorder that can be repeated."""
        self._sequence += 1
        disorder = (3 - self._sequence % 4) * 0.3 if self.switches.shuffle else 0.0
        return self.switches.delay_seconds + disorder

    def _write(self, event: Json, state: str, endpoint: str | None, *, thin: bool) -> Json:
        entry: Json = {
            "id": new_id("whd_"),
            "object": TABLE,
            "event": event["id"],
            "type": event["type"],
            "endpoint": endpoint,
            "thin": thin,
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
        """One event to its end at one endpoint: delivered, given up, or ended with the endpoint. Each goes its own
        way.
        """
        started = self.world.clock.now()
        tries = 0
        while entry["state"] == "pending":
            await asyncio.sleep(wait_seconds)
            await self._open.wait()
            async with self._slots.setdefault(entry.get("endpoint"), asyncio.Semaphore(AT_ONCE)):
                entry["state"] = await self._try(entry)
            wait_seconds = self._pause_after(tries)
            tries += 1
            given_up = wait_seconds < 0 or self.world.clock.now() - started > GIVE_UP_SECONDS
            if entry["state"] == "pending" and given_up:
                entry["state"] = "failed"
        self._settle(entry)

    def _pause_after(self, tries: int) -> float:
        """How long until the next try; below zero when there is none."""
        told = self.switches.retry_seconds
        if told is not None:
            return told[tries] if tries < len(told) else -1.0
        return self.pauses[min(tries, len(self.pauses) - 1)]

    def _settle(self, entry: Json) -> None:
        """An event is delivered when every endpoint has taken it."""
        event = self.world.table("event").get(entry["event"])
        awaiting = [] if event is None else event.get("_awaiting", [])
        if entry["state"] == "delivered" and event is not None and entry.get("endpoint") in awaiting:
            awaiting.remove(entry.get("endpoint"))
            event["pending_webhooks"] = len(awaiting)
        self.world.touch()

    def _receiver(self, entry: Json) -> Receiver | None:
        if entry.get("endpoint") is not None:
            return receiver(self.world, entry["endpoint"])
        return None if self.endpoint.url is None else Receiver(None, self.endpoint.url, self.endpoint.secrets)

    async def _try(self, entry: Json) -> str:
        """The delivery's state after one more try."""
        event = self.world.table("event").get(entry["event"])
        target = self._receiver(entry)
        if event is None or target is None:
            return "ended"
        if target.id is not None and not _is_near(target.url):
            entry["tries"].append({"at": self.world.clock.now(), "status": None, "error": TOO_FAR})
            return "failed"
        told = notification(event) if entry.get("thin") else bare(event)
        body = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        return "delivered" if await self._post(entry, target, body) else "pending"

    async def _post(self, entry: Json, target: Receiver, body: bytes) -> bool:
        """One post, signed with the time of this try.
        Any 2xx is success; a redirect is a failure and is not followed.
        """
        moment = self.world.clock.now()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            **self.switches.signed(body, target.secrets, moment),
        }
        attempt: Json = {"at": moment, "status": None, "error": None}
        try:
            attempt["status"] = await post(target.url, body, headers, TIMEOUT_SECONDS)
        except NoAnswer as trouble:
            attempt["error"] = str(trouble)
        entry["tries"].append(attempt)
        self.world.touch()
        return attempt["status"] is not None and 200 <= attempt["status"] < 300


def _is_near(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in LOOPBACK or host.endswith(".localhost")
