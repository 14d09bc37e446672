"""Draft invoices, and the door of this room: `draft`, `finalize`, `attempt`. Imported by subscriptions, previews and
quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict, Unpack

from sandbox.errors import Json
from sandbox.events import record
from sandbox.invoices import calendar
from sandbox.invoices.blanks import blank
from sandbox.invoices.collection import attempt as attempt
from sandbox.invoices.finalization import finalize as finalize
from sandbox.invoices.pending import lines_of_pending
from sandbox.invoices.places import remember_origin
from sandbox.invoices.totals import put_lines, reckoned
from sandbox.state import Call


class Terms(TypedDict, total=False):
    """What a draft may be told beside its lines; all of it has a usual value."""

    subscription: Json | None
    collection_method: str
    days_until_due: int | None
    due_date: int | None
    default_payment_method: str | None
    discounts: Sequence[str]
    default_tax_rates: Sequence[str]
    automatic_tax: bool
    metadata: Json | None
    description: str | None
    auto_advance: bool
    preview: bool
    pending: bool
    period: tuple[int, int] | None
    dress: Callable[[Json], object] | None
    finalizes_at: int | None


def draft(
    call: Call,
    *,
    customer: Json,
    currency: str,
    lines: Sequence[Json],
    billing_reason: str,
    **terms: Unpack[Terms],
) -> Json:
    """A new draft with these lines, its sums reckoned, told with `invoice.created`.

    `pending` (so it is usually) takes up the customer's pending invoice items: with a subscription its own and those
    of none, without one those of none. `discounts` and `default_tax_rates` are ids, `period` is usually now. With
    `auto_advance` (usual too) it finalizes itself after an hour, or at `finalizes_at`. `dress` may change the draft
    before it is reckoned and told. A `preview` changes nothing, is told to nobody and is not kept.
    """
    remember_origin(call)
    preview = terms.get("preview", False)
    invoice = blank(call, customer, currency, billing_reason, preview=preview)
    _fill(call, invoice, terms)
    rows = list(lines)
    if terms.get("pending", True):
        rows += lines_of_pending(call, invoice, keep=not preview)
    put_lines(invoice, rows)
    dress = terms.get("dress")
    if dress is not None:
        dress(invoice)
    reckoned(call, invoice)
    if not preview:
        customer["currency"] = customer["currency"] or currency
        record(call, "invoice.created", call.world.add(invoice))
        calendar.plan_finalization(call, invoice, terms.get("finalizes_at"))
    return invoice


def _fill(call: Call, invoice: Json, terms: Terms) -> None:
    days = terms.get("days_until_due")
    due = terms.get("due_date") if days is None else call.now + days * calendar.DAY
    sent = terms.get("collection_method") == "send_invoice"
    taxed = terms.get("automatic_tax", False)
    invoice["automatic_tax"] |= {"enabled": taxed, "provider": "stripe" if taxed else None}
    start, end = terms.get("period") or (call.now, call.now)
    invoice |= {
        "auto_advance": terms.get("auto_advance", True),
        "collection_method": "send_invoice" if sent else "charge_automatically",
        "default_payment_method": terms.get("default_payment_method"),
        "description": terms.get("description"),
        "discounts": list(terms.get("discounts", ())),
        "due_date": due if sent else None,
        "metadata": dict(terms.get("metadata") or {}),
        "parent": _parent(terms.get("subscription")),
        "period_start": start,
        "period_end": end,
        "_default_tax_rates": list(terms.get("default_tax_rates", ())),
    }


def _parent(subscription: Json | None) -> Json | None:
    if subscription is None:
        return None
    details = {
        "metadata": dict(subscription.get("metadata") or {}),
        "subscription": subscription["id"],
    }
    return {"type": "subscription_details", "subscription_details": details, "quote_details": None}
