"""The invoices a subscription makes, and the lines on them. Used across this room; the invoices themselves belong to
the room of invoices.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sandbox.catalogue.amounts import price_amount
from sandbox.catalogue.coupons import coupon_of, in_force
from sandbox.errors import Json
from sandbox.invoices.drafts import draft
from sandbox.invoices.lines import line
from sandbox.metering.usage import metered_usage
from sandbox.state import Call, World
from sandbox.subscriptions.items import licensed, live_price
from sandbox.subscriptions.prorations import share
from sandbox.subscriptions.wording import regular, trial

CYCLE, CREATE, UPDATE = "subscription_cycle", "subscription_create", "subscription_update"


def issue(
    call: Call,
    subscription: Json,
    lines: Sequence[Json],
    reason: str,
    *,
    period: tuple[int, int] | None = None,
    preview: bool = False,
    pending: bool = True,
) -> Json:
    """A draft for the subscription, also taking up what waits for its next invoice. Unless it is a preview the
    subscription remembers it, with what it debits and the coupons it used up.
    """
    invoice = draft(
        call,
        customer=customer_of(call.world, subscription),
        currency=subscription["currency"],
        lines=lines,
        billing_reason=reason,
        subscription=subscription,
        collection_method=subscription["collection_method"],
        days_until_due=subscription["days_until_due"],
        discounts=working_discounts(call, subscription),
        default_tax_rates=[rate["id"] for rate in subscription["default_tax_rates"]],
        automatic_tax=subscription["automatic_tax"]["enabled"],
        auto_advance=_advances(subscription),
        preview=preview,
        pending=pending,
        period=period or (call.now, call.now),
    )
    if not preview:
        subscription["latest_invoice"] = invoice["id"]
        _note_debits(subscription, invoice)
        _use_up(call.world, subscription, invoice)
    return invoice


def period_lines(call: Call, subscription: Json, items: Sequence[Json]) -> list[Json]:
    """What the items cost for the period they are in now; a period cut short costs its share."""
    rows = []
    for item in items:
        if not licensed(item):
            continue
        price = live_price(call.world, item)
        start, end = item["current_period_start"], item["current_period_end"]
        whole_start, whole_end = item["_full_period"]
        amount = price_amount(price, item["quantity"], subscription["currency"])
        if (start, end) != (whole_start, whole_end):
            amount = share(amount, end - start, whole_end - whole_start)
        words = regular(call.world, price, item["quantity"], subscription["currency"])
        rows.append(_line(call, subscription, item, words, amount, item["quantity"], (start, end)))
    return rows


def trial_lines(call: Call, subscription: Json, items: Sequence[Json]) -> list[Json]:
    return [
        _line(
            call,
            subscription,
            item,
            trial(call.world, item["price"]),
            0,
            item["quantity"],
            (item["current_period_start"], item["current_period_end"]),
        )
        for item in items
        if licensed(item)
    ]


def usage_lines(call: Call, subscription: Json, items: Sequence[Json], until: int) -> list[Json]:
    """What was used and not billed yet, in arrears; from now on it counts as billed."""
    rows = []
    for item in items:
        meter = item["price"]["recurring"]["meter"]
        if licensed(item) or meter is None or until <= item["_used_from"]:
            continue
        price, span = live_price(call.world, item), (item["_used_from"], until)
        # A period in which more was taken back than used bills nothing, and pays nothing out.
        used = max(Decimal(0), metered_usage(call.world, meter, subscription["customer"], *span))
        amount = price_amount(price, used, subscription["currency"])
        words = regular(call.world, price, used, subscription["currency"])
        rows.append(_line(call, subscription, item, words, amount, used, span))
        item["_used_from"] = until
    return rows


def working_discounts(call: Call, subscription: Json) -> list[str]:
    table = call.world.table("discount")
    return [one for one in subscription["discounts"] if in_force(table[one], call.now)]


def saved_method(world: World, subscription: Json) -> str | None:
    """The card a bill would be charged to."""
    settings: Json = customer_of(world, subscription).get("invoice_settings") or {}
    chosen = (subscription["default_payment_method"], settings.get("default_payment_method"))
    cards = world.table("payment_method")
    owner = subscription["customer"]
    return next((card for card in chosen if card and cards.get(card, {}).get("customer") == owner), None)


def customer_of(world: World, subscription: Json) -> Json:
    found: Json = world.table("customer")[subscription["customer"]]
    return found


def _line(
    call: Call,
    subscription: Json,
    item: Json,
    words: str,
    amount_minor: int,
    quantity: int | Decimal | None,
    period: tuple[int, int],
) -> Json:
    table = call.world.table("discount")
    return line(
        call,
        description=words,
        amount_minor=amount_minor,
        currency=subscription["currency"],
        quantity=quantity,
        price=live_price(call.world, item),
        period=period,
        parent=parent_of(subscription["id"], item["id"]),
        metadata=subscription["metadata"],
        discounts=[one for one in item["discounts"] if in_force(table[one], call.now)],
        tax_rates=[rate["id"] for rate in item["tax_rates"]],
    )


def parent_of(subscription: str, item: str) -> Json:
    """Whose line it is."""
    details = {"subscription": subscription, "subscription_item": item}
    return {"type": "subscription_item_details", "subscription_item_details": details}


def _advances(subscription: Json) -> bool:
    """An unpaid subscription, or one whose collection rests, goes on making drafts that nobody closes."""
    rest: Json = subscription["pause_collection"] or {}
    return subscription["status"] != "unpaid" and rest.get("behavior") != "keep_as_draft"


def _note_debits(subscription: Json, invoice: Json) -> None:
    """What a later credit gives back: the amount really debited, after discounts."""
    items = {item["id"]: item for item in subscription["items"]["data"] if licensed(item)}
    for row in invoice["lines"]["data"]:
        details: Json = row["parent"]["subscription_item_details"] or {}
        item = items.get(str(details.get("subscription_item")))
        if item is None or details["proration"]:
            continue
        net = row["amount"] - sum(taken["amount"] for taken in row["discount_amounts"])
        item["_debits"].append(
            {
                "amount": net,
                "start": row["period"]["start"],
                "end": row["period"]["end"],
                "quantity": item["quantity"],
                "price": item["price"]["id"],
                "invoice": invoice["id"],
                "line": row["id"],
            }
        )


def _use_up(world: World, subscription: Json, invoice: Json) -> None:
    """A coupon that lasts `once` is gone after the first invoice from which it took something."""
    used = {one["discount"] for one in invoice["total_discount_amounts"] if one["amount"]}
    for holder in (subscription, *subscription["items"]["data"]):
        holder["discounts"] = [
            one
            for one in holder["discounts"]
            if one not in used or coupon_of(world, world.table("discount")[one])["duration"] != "once"
        ]
