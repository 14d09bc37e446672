"""What a payment through Checkout was for: the subscription it starts, or the invoice that documents it. Both are
paid by the PaymentIntent of the session, so none of their own remains. Used by `completion`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sandbox.checkout.line_items import lines_of
from sandbox.errors import Json
from sandbox.invoices import acts as invoice_acts
from sandbox.invoices.drafts import draft
from sandbox.invoices.finalization import finalize
from sandbox.invoices.payments import payments_of
from sandbox.invoices.pending import add_item, line_of_item
from sandbox.payments.payment_methods import attach
from sandbox.state import Call, World
from sandbox.subscriptions.creation import begin, prepared

PLAN = ("description", "metadata", "trial_period_days", "trial_end", "trial_settings", "billing_mode")


def start_subscription(call: Call, session: Json, intent: Json | None, method: str | None) -> None:
    """The subscription exists only now that the payer is done. Without an intent nothing is due today."""
    given = _subscription_params(call, session, method)
    given["payment_behavior"] = "default_incomplete" if intent else "allow_incomplete"
    with _without_own_intent(call.world, intent):
        subscription = begin(replace(call, params=given, ids={}, publishable=False), given)
        session |= {"subscription": subscription["id"], "invoice": subscription["latest_invoice"]}
        invoice = call.world.table("invoice").get(str(subscription["latest_invoice"]))
        if invoice is not None and intent is not None:
            _adopt(call.world, invoice, intent)
    if intent is not None and intent["status"] == "succeeded":
        invoice_acts.succeeded(call, intent)


def check_subscription(call: Call, session: Json) -> None:
    """Refuses what could not be started, before anybody pays for it."""
    given = _subscription_params(call, session, None)
    prepared(replace(call, params=given, ids={}), given, redeems=False)


def _subscription_params(call: Call, session: Json, method: str | None) -> Json:
    plan = session["_subscription_data"]
    lines = lines_of(call.world, session)
    params: Json = {
        **{name: plan[name] for name in PLAN if plan.get(name) is not None},
        "customer": session["customer"],
        "currency": session["currency"],
        "items": [_item(line) for line in lines if line["price"]["recurring"]],
        "add_invoice_items": [_item(line) for line in lines if not line["price"]["recurring"]],
        "payment_settings": {"save_default_payment_method": "off"},
        "discounts": [{name: row[name] for name in row if row[name]} for row in _discounts(session)],
        "default_tax_rates": session["_tax_rates"],
        "automatic_tax": {"enabled": session["automatic_tax"]["enabled"]},
    }
    if method is not None:
        params["default_payment_method"] = _saved(call, session, method)
    return {name: value for name, value in params.items() if value not in (None, [])}


def write_invoice(call: Call, session: Json, intent: Json) -> None:
    """The invoice after a one-off payment, paid from the start."""
    data = session["invoice_creation"]["invoice_data"]
    plain = replace(call, params={}, ids={})
    with _without_own_intent(call.world, intent):
        items = [_sold(plain, session, line) for line in lines_of(call.world, session)]
        invoice = draft(
            plain,
            customer=call.world.table("customer")[session["customer"]],
            currency=session["currency"],
            lines=[line_of_item(plain, item) for item in items],
            billing_reason="manual",
            discounts=session["_discounts"],
            automatic_tax=session["automatic_tax"]["enabled"],
            metadata=data["metadata"],
            description=data["description"],
            auto_advance=False,
            pending=False,
            dress=lambda made: made.update({name: data[name] for name in ("footer", "custom_fields")}),
        )
        for item in items:
            item["invoice"] = invoice["id"]
        finalize(plain, invoice)
        session["invoice"] = invoice["id"]
        _adopt(call.world, invoice, intent)
    if intent["status"] == "succeeded":
        invoice_acts.succeeded(call, intent)


def _item(line: Json) -> Json:
    told = {"price": line["price"]["id"], "quantity": line["quantity"], "tax_rates": line["_tax_rates"]}
    if line["price"]["recurring"]:
        told["metadata"] = line["metadata"]
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def _discounts(session: Json) -> list[Json]:
    """A promotion code stands for its coupon; naming both would be one too many."""
    rows = session["discounts"] or []
    return [{"promotion_code": row["promotion_code"]} if row["promotion_code"] else row for row in rows]


def _saved(call: Call, session: Json, method: str) -> str:
    """The card, kept with the customer if the payment has not done so already."""
    found = call.world.table("payment_method")[method]
    if found["customer"] is None:
        attach(replace(call, ids={"id": method}, params={"customer": session["customer"]}))
    return method


def _sold(call: Call, session: Json, line: Json) -> Json:
    """An invoice item for a line, as every line of an invoice without a subscription has one."""
    return add_item(
        call,
        customer=call.world.table("customer")[session["customer"]],
        currency=session["currency"],
        amount_minor=line["amount_subtotal"],
        description=line["description"],
        period=(call.now, call.now),
        price=call.world.table("price")[line["price"]["id"]],
        quantity=line["quantity"] or 0,
        tax_rates=line["_tax_rates"],
        metadata=line["metadata"],
    )


def _adopt(world: World, invoice: Json, intent: Json) -> None:
    """Lets the session's intent pay the invoice in place of the one that was opened for it."""
    for payment in payments_of(world, invoice):
        own = payment["payment"]["payment_intent"]
        if own != intent["id"]:
            world.table("payment_intent").pop(own, None)
            payment["payment"]["payment_intent"] = intent["id"]
    invoice["_payment"] = intent["id"]


@contextmanager
def _without_own_intent(world: World, intent: Json | None) -> Iterator[None]:
    """Whatever PaymentIntents come and go inside were never there: nobody hears of them."""
    listeners = list(world.listeners)
    waiting: list[Json] = []
    world.listeners[:] = [waiting.append]
    try:
        yield
    finally:
        world.listeners[:] = listeners
    for event in waiting:
        thing = event["data"]["object"]
        if intent is not None and thing["object"] == "payment_intent" and thing["id"] != intent["id"]:
            world.table("event").pop(event["id"], None)
            continue
        for listener in listeners:
            listener(event)
