"""The control API under `/_sandbox/`: what a tester does to payments, time and network. Mounted by `server`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter

from sandbox.controls.dashboard import add_dashboard
from sandbox.controls.hours import add_hours
from sandbox.controls.lists import add_lists
from sandbox.controls.mishaps import add_mishaps
from sandbox.controls.network import add_network
from sandbox.controls.payments import add_payments
from sandbox.controls.reading import add_reading
from sandbox.controls.sessions import add_sessions
from sandbox.controls.snapshots import add_snapshots
from sandbox.controls.wallets import add_wallets
from sandbox.controls.webhooks import add_webhooks
from sandbox.machine import Machine

# In the order, and under the headings, of the page of controls.
PARTS: Mapping[str, tuple[Callable[[APIRouter, Machine], None], ...]] = {
    "Time": (add_hours,),
    "Payments": (add_payments,),
    "Refunds, disputes, warnings": (add_mishaps,),
    "Saved cards": (add_wallets,),
    "Checkout": (add_sessions,),
    "The dashboard": (add_dashboard,),
    "Network": (add_network,),
    "Webhooks": (add_webhooks,),
    "Looking": (add_reading, add_lists),
    "State": (add_snapshots,),
}


def control(machine: Machine) -> APIRouter:
    """All control routes, bound to one machine."""
    whole = APIRouter()
    for name, adders in PARTS.items():
        part = APIRouter(prefix="/_sandbox", tags=[name])
        for add in adders:
            add(part, machine)
        whole.include_router(part)
    return whole
