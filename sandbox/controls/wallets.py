"""Controls of saved cards: the card now declines, or only the next payment does. Mounted by `control`."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from sandbox.controls.bad_cards import DECLINES, behave_like, turn_bad
from sandbox.controls.bodies import Body
from sandbox.controls.hours import renewed
from sandbox.controls.subjects import find, known_card
from sandbox.errors import Json, invalid
from sandbox.expand import bare
from sandbox.machine import Machine


class Behaviour(Body):
    card: str = Field(DECLINES, description="Number of the test card whose behaviour it takes on.")


def add_wallets(router: APIRouter, machine: Machine) -> None:
    @router.post("/payment-methods/{payment_method}/card", summary="A saved card now behaves like another test card")
    async def behave(payment_method: str, body: Behaviour | None = None) -> Json:
        """What the card looks like (brand, last four digits) stays as it is; what the bank says changes."""
        _, card = find(machine, "payment_method", payment_method)
        if card["type"] != "card":
            raise invalid("Only cards can take on the behaviour of a test card.", "payment_method")
        behave_like(machine.world, card, _number(body))
        return {"payment_method": bare(card), "behaves_like": card["_card"]}

    @router.post("/customers/{customer}/decline-next", summary="The customer's next payment is declined, only that one")
    async def decline_next(customer: str, body: Behaviour | None = None) -> Json:
        return {"customer": customer, "cards": _declining(machine, customer, _number(body))}

    @router.post("/subscriptions/{subscription}/fail-renewal", summary="Renew, and let the payment of it fail")
    async def fail_renewal(subscription: str) -> Json:
        _, found = find(machine, "subscription", subscription)
        _declining(machine, found["customer"], DECLINES)
        return renewed(machine, subscription)


def _number(body: Behaviour | None) -> str:
    return known_card(body.card if body else DECLINES)


def _declining(machine: Machine, customer: str, number: str) -> list[str]:
    find(machine, "customer", customer)
    cards = turn_bad(machine.world, customer, number)
    if not cards:
        raise invalid("This customer has no saved card.", "customer")
    return cards
