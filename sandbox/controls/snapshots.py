"""The whole state, taken and put back, so that a test can begin where another one left off. Mounted by `control`."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from sandbox import state
from sandbox.controls.bodies import Body
from sandbox.errors import Json, invalid
from sandbox.machine import Machine


class Snapshot(Body):
    tables: dict[str, dict[str, dict[str, Any]]]
    ahead_seconds: int = Field(0, ge=0)


def add_snapshots(router: APIRouter, machine: Machine) -> None:
    @router.get("/state", summary="Everything there is, as one document")
    async def take() -> Json:
        """The document is meant to be put back, not to be read: names that begin with an underscore may change."""
        taken: Json = json.loads(state.dump(machine.world))
        return taken

    @router.put("/state", summary="Put such a document back in place of everything")
    async def put(body: Snapshot) -> Json:
        """Nothing that was on its way is delivered any more; the switches of the network and the keys stay as they
        are.
        """
        _check(body)
        machine.deliverer.forget_all()
        machine.world.tables.clear()
        machine.world.tables.update(body.tables)
        machine.world.clock.ahead_seconds = body.ahead_seconds
        machine.world.touch()
        return {"now": machine.world.now(), "objects": {noun: len(rows) for noun, rows in body.tables.items()}}


def _check(body: Snapshot) -> None:
    for noun, rows in body.tables.items():
        for name, row in rows.items():
            if not noun.startswith("_") and (row.get("object") != noun or row.get("id", name) != name):
                raise invalid(f"This is no snapshot of the sandbox: {noun} {name} is something else.", "tables")
