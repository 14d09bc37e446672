"""The sandbox put together: world, keys, faults, deliveries, and the state file that is written behind them.
Used by `server`.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import agenda, idempotency, state
from sandbox.delivery import Deliverer, Endpoint
from sandbox.dispatch import Dispatcher
from sandbox.errors import Json, missing
from sandbox.faults import Faults
from sandbox.keys import Keys
from sandbox.registry import ACTS, reactions
from sandbox.state import Call, World

SHORTEST_PAUSE = 0.25
TICK_SECONDS = 0.25
# A big account takes longer to write; this keeps the writing below a twentieth of the time.
RESTS = 20


@dataclass
class Machine:
    """Everything one process holds. `start` and `stop` are called once each, inside the running loop."""

    keys: Keys
    endpoint: Endpoint = field(default_factory=Endpoint)
    state_file: Path | None = None
    pauses: tuple[float, ...] | None = None
    world: World = field(default_factory=World)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.world.reactions = reactions()
        self.world.acts = ACTS
        self.dispatcher = Dispatcher(self.world, self.keys, self.faults)
        self.deliverer = Deliverer(self.world, self.endpoint)
        if self.pauses:
            self.deliverer.pauses = self.pauses

    def start(self) -> None:
        if self.state_file is not None:
            state.load(self.world, self.state_file)
            idempotency.drop_unfinished(self.world)
        self._written = self.world.revision
        self.deliverer.start()
        self._running = [asyncio.create_task(self._write_behind()), asyncio.create_task(self._tick())]

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.deliverer.stop()
        self._write()

    def reset(self) -> None:
        """An empty account and a quiet network; the keys and the endpoint stay."""
        self.deliverer.forget_all()
        self.world.clear()
        self.faults.__dict__.update(Faults().__dict__)
        self.deliverer.calm()

    def call(self, noun: str, object_id: str, params: Json | None = None) -> tuple[Call, Json]:
        """An act of somebody at the controls, upon one object; 404 when it does not exist."""
        found = self.world.table(noun).get(object_id)
        if found is None:
            raise missing(noun, object_id, "id")
        self.world.touch()
        return Call(self.world, params or {}, {"id": object_id}, publishable=True), found

    def pass_time(self, seconds: int) -> int:
        """Lets so many seconds go by at once, with everything they bring; returns how much that was."""
        return agenda.run_until(self.world, ACTS, self.world.now() + seconds)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.pass_time(0)

    async def _write_behind(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            self._write()
            pause = max(SHORTEST_PAUSE, RESTS * (time.monotonic() - began))

    def _write(self) -> None:
        if self.state_file is None or self._written == self.world.revision:
            return
        self._written = self.world.revision
        state.save(state.dump(self.world), self.state_file)
