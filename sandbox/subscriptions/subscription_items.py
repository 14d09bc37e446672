"""The routes of subscription items: each is a change of the subscription the item belongs to. Registered in
`registry`.
"""

from __future__ import annotations

from sandbox.errors import Json, invalid, missing
from sandbox.lists import envelope
from sandbox.routes import PAGING, Resource, Route
from sandbox.shapes import take
from sandbox.state import Call
from sandbox.subscriptions import terms
from sandbox.subscriptions.changes import change
from sandbox.subscriptions.shelf import ITEMS, item_at

HERE = "/v1/subscription_items"
OF_THE_CHANGE = ("payment_behavior", "proration_behavior", "proration_date", "off_session")


def create(call: Call) -> Json:
    """Joins an existing subscription."""
    subscription = _named(call)
    present = {item["id"] for item in subscription["items"]["data"]}
    change(call, subscription, _as_update(call, {}))
    added: list[Json] = [item for item in subscription["items"]["data"] if item["id"] not in present]
    if not added:
        raise invalid("The item waits in the subscription's `pending_update` until its invoice is paid.")
    return added[0]


def retrieve(call: Call) -> Json:
    return item_at(call, call.ids["id"])[0]


def update(call: Call) -> Json:
    item_id = call.ids["id"]
    _, subscription = item_at(call, item_id)
    change(call, subscription, _as_update(call, {"id": item_id}))
    return item_at(call, item_id)[0]


def delete(call: Call) -> Json:
    """The last item cannot go: cancel the subscription instead."""
    item_id = call.ids["id"]
    _, subscription = item_at(call, item_id)
    change(call, subscription, _as_update(call, {"id": item_id, "deleted": True}))
    return {"id": item_id, "object": ITEMS, "deleted": True}


def listing(call: Call) -> Json:
    rows: list[Json] = list(reversed(_named(call)["items"]["data"]))
    return envelope(call, rows, ITEMS, HERE)


def _as_update(call: Call, wish: Json) -> Json:
    """The item's own parameters go into `items`, the others stay beside it."""
    own = {name: value for name, value in call.params.items() if name not in (*OF_THE_CHANGE, "expand", "subscription")}
    beside = {name: call.params[name] for name in OF_THE_CHANGE if name in call.params}
    return {"items": [{**own, **wish}], **beside}


def _named(call: Call) -> Json:
    found = call.refer("subscription", "subscription")
    if found is None:
        raise missing("subscription", "", "subscription", status=400)
    return found


RESOURCE = Resource(
    routes=(
        Route("POST", HERE, create, terms.NEW_ITEM),
        Route("GET", HERE, listing, {**PAGING, **take("SubscriptionItemListParams", "subscription")}),
        Route("GET", HERE + "/{id}", retrieve),
        Route("POST", HERE + "/{id}", update, terms.EDIT_ITEM),
        Route("DELETE", HERE + "/{id}", delete, terms.DROP_ITEM),
    )
)
