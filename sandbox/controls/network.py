"""Controls of the network: webhooks that are lost, late or repeated, and an API that fails. Mounted by `control`."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from sandbox.controls.bodies import DeliverySwitches, EndpointSetting, FaultSwitches, RouteFault, told, turn
from sandbox.delivery import Endpoint
from sandbox.errors import Json, missing
from sandbox.faults import Fault
from sandbox.machine import Machine
from sandbox.state import new_id


def add_network(router: APIRouter, machine: Machine) -> None:
    _add_delivery(router, machine)
    _add_faults(router, machine)

    @router.post("/reset", summary="Forget everything: an empty account, a quiet network")
    async def reset() -> Json:
        machine.reset()
        return {"reset": True}


def _add_delivery(router: APIRouter, machine: Machine) -> None:
    @router.post("/delivery", summary="Pause, lose, repeat, delay, shuffle or forge webhooks")
    async def delivery(body: DeliverySwitches) -> Json:
        given = told(body, nullable=("retry_seconds", "disturb_next"))
        if "paused" in given:
            machine.deliverer.pause(given.pop("paused"))
        turn(machine.deliverer.switches, given)
        return asdict(machine.deliverer.switches)

    @router.post("/endpoint", summary="Where webhooks go, and with which secrets they are signed")
    async def endpoint(body: EndpointSetting) -> Json:
        turn(machine.endpoint, asdict(Endpoint(body.url, tuple(body.secrets))))
        return {"url": machine.endpoint.url, "secrets": len(machine.endpoint.secrets)}


def _add_faults(router: APIRouter, machine: Machine) -> None:
    @router.post("/faults", summary="Make the API slow, failing or forgetful")
    async def faults(body: FaultSwitches) -> Json:
        turn(machine.faults, told(body))
        return asdict(machine.faults)

    @router.get("/faults/routes", summary="The faults that wait for single routes")
    async def waiting() -> Json:
        return {"faults": [asdict(fault) for fault in machine.faults.routes]}

    @router.post("/faults/routes", summary="Let one route fail, hang or answer nonsense")
    async def fault(body: RouteFault) -> Json:
        given = body.model_dump()
        made = Fault(id=new_id("fault_"), left=given.pop("times"), **given)
        machine.faults.routes.append(made)
        return asdict(made)

    @router.delete("/faults/routes", summary="Switch all faults of single routes off")
    async def all_off() -> Json:
        machine.faults.routes.clear()
        return {"faults": []}

    @router.delete("/faults/routes/{fault_id}", summary="Switch one such fault off")
    async def off(fault_id: str) -> Json:
        found = next((fault for fault in machine.faults.routes if fault.id == fault_id), None)
        if found is None:
            raise missing("fault", fault_id, "id")
        machine.faults.routes.remove(found)
        return {"faults": [asdict(fault) for fault in machine.faults.routes]}
