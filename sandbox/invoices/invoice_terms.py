"""What can be asked of an invoice beside its lines: checked, and laid into it. Used by `invoices`."""

from __future__ import annotations

from copy import deepcopy

from sandbox.catalogue.coupons import Line, in_force
from sandbox.errors import Json, invalid
from sandbox.fields import lay, lay_metadata
from sandbox.invoices import calendar
from sandbox.invoices.collection import refuse_foreign
from sandbox.invoices.item_terms import refuse_rates, take_discounts
from sandbox.shapes import take
from sandbox.state import Call

LAID = (
    "auto_advance",
    "collection_method",
    "default_payment_method",
    "description",
    "due_date",
    "effective_at",
    "footer",
    "number",
    "statement_descriptor",
)
OBJECTS = ("custom_fields", "shipping_details")
# What can still be changed once an invoice is finalized.
FINAL_FIELDS = frozenset(
    {"auto_advance", "days_until_due", "default_payment_method", "due_date", "metadata", "payment_settings"}
)
DATED_ONLY_WHEN_SENT = (
    "You can only specify `{name}` if `collection_method` is `send_invoice`; this invoice is charged automatically."
)
NEEDS_A_DATE = "If `collection_method` is `send_invoice`, you must specify one of `days_until_due` or `due_date`."


def check(call: Call, params: Json, wanted: Json, customer: str) -> None:
    """Refuses what does not fit together. `wanted` is the invoice as it would be."""
    sent = wanted.get("collection_method") == "send_invoice"
    dates = [name for name in ("days_until_due", "due_date") if params.get(name) is not None]
    if len(dates) == 2:
        raise invalid("You may only specify one of these parameters: days_until_due, due_date.", "due_date")
    if dates and not sent:
        raise invalid(DATED_ONLY_WHEN_SENT.format(name=dates[0]), dates[0])
    if sent and not dates and wanted.get("due_date") is None:
        raise invalid(NEEDS_A_DATE, "due_date", "parameter_missing")
    if params.get("due_date") is not None and params["due_date"] < call.now:
        raise invalid("The due date must be in the future.", "due_date")
    if params.get("default_payment_method"):
        refuse_foreign(call, customer, params["default_payment_method"], "default_payment_method")
    refuse_rates(call, params.get("default_tax_rates") or (), "default_tax_rates")
    if params.get("default_tax_rates") and (wanted.get("automatic_tax") or {}).get("enabled"):
        raise invalid("You cannot use `default_tax_rates` when `automatic_tax` is enabled.", "default_tax_rates")
    _check_number(call, wanted, params.get("number"))


def fill(call: Call, invoice: Json, params: Json, customer: Json) -> None:
    lay(invoice, params, (*LAID, *OBJECTS))
    lay_metadata(invoice, params)
    if params.get("days_until_due") is not None:
        invoice["due_date"] = invoice["created"] + params["days_until_due"] * calendar.DAY
    if invoice["collection_method"] == "charge_automatically":
        invoice["due_date"] = None
    if "default_tax_rates" in params:
        invoice["_default_tax_rates"] = params["default_tax_rates"] or []
    if "automatic_tax" in params:
        enabled = params["automatic_tax"]["enabled"]
        invoice["automatic_tax"] |= {"enabled": enabled, "provider": "stripe" if enabled else None}
    if "payment_settings" in params:
        invoice["payment_settings"] |= params["payment_settings"]
    if "rendering" in params:
        invoice["rendering"] = _rendering(invoice["rendering"], params["rendering"])
    if "discounts" in params:
        _take_discounts(call, invoice, params["discounts"], customer)


def inherited_discount(call: Call, customer: Json) -> tuple[str, ...]:
    """The discount that stays with the customer, as long as it is in force."""
    kept = customer["discount"]
    named = kept["id"] if isinstance(kept, dict) else kept
    discount = call.world.table("discount").get(str(named))
    return (str(discount["id"]),) if discount is not None and in_force(discount, call.now) else ()


def _take_discounts(call: Call, invoice: Json, specs: list[Json] | None, customer: Json) -> None:
    rows = invoice["lines"]["data"]
    lines = [Line(row["amount"], row["_product"], row["discountable"]) for row in rows]
    invoice["discounts"] = take_discounts(
        call,
        specs,
        customer=customer,
        owner=invoice,
        lines=lines or None,
        currency=invoice["currency"],
    )


def _rendering(before: Json | None, given: Json | None) -> Json | None:
    if given is None:
        return None
    empty = {"amount_tax_display": None, "pdf": None, "template": None, "template_version": None}
    return {**empty, **(before or {}), **deepcopy(given)}


def _check_number(call: Call, wanted: Json, number: str | None) -> None:
    taken = (row.get("number") for row in call.world.table("invoice").values() if row["id"] != wanted.get("id"))
    if number is not None and number in taken:
        raise invalid(f"An invoice with the number {number} already exists.", "number")


FIELDS = (
    "auto_advance automatic_tax.enabled automatically_finalizes_at collection_method custom_fields days_until_due "
    "default_payment_method default_tax_rates description discounts due_date effective_at footer metadata number "
    "payment_settings.payment_method_types rendering.amount_tax_display rendering.pdf shipping_details "
    "statement_descriptor"
)
NEW = take("InvoiceCreateParams", f"{FIELDS} currency customer pending_invoice_items_behavior subscription")
UPDATES = take("InvoiceUpdateParams", FIELDS)
