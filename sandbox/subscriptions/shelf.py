"""Where subscriptions and their items are kept and found. Items live inside their subscription; a table of their own
says whose they are, for those who look for an item first. Used across this room.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.errors import Json, missing
from sandbox.expand import bare
from sandbox.state import Call, World

ITEMS = "subscription_item"


def put_items(subscription: Json, items: Sequence[Json]) -> None:
    subscription["items"] |= {"data": list(items), "total_count": len(items)}


def keep_items(world: World, subscription: Json) -> None:
    """Brings the table of items up to date with their subscription."""
    table = world.table(ITEMS)
    present = {item["id"] for item in subscription["items"]["data"]}
    for item_id in [key for key, row in table.items() if row["subscription"] == subscription["id"]]:
        if item_id not in present:
            del table[item_id]
    for item in subscription["items"]["data"]:
        table[item["id"]] = bare(item)


def item_at(call: Call, item_id: str, param: str = "item", status: int = 404) -> tuple[Json, Json]:
    """The item with this id, and its subscription."""
    row = call.world.table(ITEMS).get(item_id)
    if row is None:
        raise missing("subscription item", item_id, param, status)
    subscription = call.world.table("subscription")[row["subscription"]]
    call.live_by(subscription)
    return next(item for item in subscription["items"]["data"] if item["id"] == item_id), subscription


def subscription_of(world: World, invoice: Json) -> Json | None:
    """The subscription that made an invoice."""
    parent: Json = invoice["parent"] or {}
    details: Json = parent.get("subscription_details") or {}
    return world.table("subscription").get(str(details.get("subscription")))
