"""Controls that only look: how the sandbox is set and what happened in it. Mounted by `control`."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from sandbox.delivery import TABLE
from sandbox.errors import Json
from sandbox.events import API_VERSION
from sandbox.expand import bare
from sandbox.machine import Machine
from sandbox.payments.bank_accounts import ACCOUNTS
from sandbox.payments.cards import CARDS


def add_reading(router: APIRouter, machine: Machine) -> None:
    @router.get("/health", summary="Is this a sandbox, and how is it set?")
    async def health() -> Json:
        nouns = {noun: len(rows) for noun, rows in machine.world.tables.items() if not noun.startswith("_")}
        return {
            "sandbox": True,
            "api_version": API_VERSION,
            "now": machine.world.clock.now(),
            "ahead_seconds": machine.world.clock.ahead_seconds,
            "revision": machine.world.revision,
            "webhook_url": machine.endpoint.url,
            "webhook_secrets": len(machine.endpoint.secrets),
            "publishable_key": machine.keys.publishable,
            "delivery": asdict(machine.deliverer.switches),
            "faults": asdict(machine.faults),
            "objects": nouns,
        }

    @router.get("/deliveries", summary="The latest deliveries, newest first")
    async def deliveries(limit: int = 50, event: str | None = None) -> Json:
        rows = [row for row in reversed(machine.world.table(TABLE).values()) if event in (None, row["event"])]
        return {"deliveries": rows[:limit], "total": len(rows)}

    @router.get("/payments", summary="The latest payments, newest first")
    async def payments(limit: int = 20) -> Json:
        rows = list(reversed(machine.world.table("payment_intent").values()))
        return {"payments": [bare(row) for row in rows[:limit]], "total": len(rows)}

    @router.get("/cards", summary="The test cards and test accounts, and what each does")
    async def cards() -> Json:
        rows = [
            {"number": card.number, "about": card.about, "names": [f"pm_card_{n}" for n in card.names]}
            for card in CARDS
        ]
        accounts = [
            {"number": row.number, "type": row.kind, "about": row.about, "names": row.names} for row in ACCOUNTS
        ]
        return {"cards": rows, "accounts": accounts}
