"""Saved cards whose next payment is to fail, and how they become themselves again. Used by `wallets`; registered in
`registry`, because what follows from a failed payment is a reaction.
"""

from __future__ import annotations

from sandbox.errors import Json
from sandbox.routes import Resource
from sandbox.state import Call, World

# Attaches to a customer, and is declined when it is charged.
DECLINES = "4000000000000341"


def turn_bad(world: World, customer: str, number: str) -> list[str]:
    """The customer's cards behave like this test card until one payment has failed. Their ids."""
    cards = _cards_of(world, customer)
    for card in cards:
        card.setdefault("_card_before", card["_card"])
        card["_card"] = number
    world.touch()
    return [card["id"] for card in cards]


def behave_like(world: World, card: Json, number: str) -> None:
    """From now on, and whatever was planned for its next payment."""
    card["_card"] = number
    card.pop("_card_before", None)
    world.touch()


def _turn_good(call: Call, intent: Json) -> None:
    for card in _cards_of(call.world, str(intent.get("customer"))):
        card["_card"] = card.pop("_card_before", card["_card"])


def _cards_of(world: World, customer: str) -> list[Json]:
    table = world.table("payment_method").values()
    return [row for row in table if row["customer"] == customer and row["type"] == "card"]


RESOURCE = Resource(reactions={"payment_intent.payment_failed": _turn_good})
