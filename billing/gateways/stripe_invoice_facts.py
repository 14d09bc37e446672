"""Reads Stripe's Invoice into an InvoiceFact. For the `stripe*.py` beside it only."""

from __future__ import annotations

from billing.gateways.stripe_values import (
    Json,
    Malformed,
    branch,
    currency,
    expect,
    flag,
    hint,
    minor,
    moment,
    moment_or_none,
    plain,
    ref,
    ref_or_none,
    word,
    word_or_none,
)
from billing.rules.facts import InvoiceFact, InvoiceLine
from billing.rules.money import Money
from billing.rules.papers import Paper

CLAIM = "scrip_claim"
"""Metadata key that carries the id of our row: a hint for finding it, never proof."""

_LOWEST_MINOR = -(10**12)


def invoice_of(invoice: Json, lines: list[Json], read_at: int) -> InvoiceFact:
    """The invoice as Stripe had it at `read_at`; `lines` are all of its lines."""
    expect(invoice, "invoice")
    customer = invoice.get("customer")
    details = branch(branch(invoice, "parent"), "subscription_details")
    return InvoiceFact(
        invoice_ref=ref(invoice, "in"),
        customer_ref=ref(customer, "cus") if isinstance(customer, dict) else ref(invoice, "cus", "customer"),
        subscription_ref=ref_or_none(details.get("subscription"), "sub"),
        status=word(invoice.get("status"), "status"),
        billing_reason=word_or_none(invoice.get("billing_reason")) or "",
        goods=Money(minor(invoice, "subtotal", _LOWEST_MINOR), currency(invoice)),
        total_minor=minor(invoice, "total", _LOWEST_MINOR),
        due_minor=minor(invoice, "amount_due", 0),
        paid_minor=minor(invoice, "amount_paid", 0),
        elsewhere_minor=_elsewhere(invoice),
        credited_minor=_credited(invoice),
        period_start=moment(invoice, "period_start"),
        period_end=moment(invoice, "period_end"),
        read_at=read_at,
        lines=tuple(line_of(each) for each in lines),
        due_at=moment_or_none(invoice, "due_date"),
        number=plain(invoice.get("number"), 255),
        url=plain(invoice.get("hosted_invoice_url"), 2000),
        hint=hint(branch(invoice, "metadata").get(CLAIM)),
        livemode=flag(invoice, "livemode"),
        paid_at=moment_or_none(branch(invoice, "status_transitions"), "paid_at"),
    )


def paper_of(invoice: Json) -> Paper:
    """What stands on the face of the invoice; a draft has no number and no page yet."""
    expect(invoice, "invoice")
    customer, paid_in = invoice.get("customer"), currency(invoice)
    return Paper(
        invoice_ref=ref(invoice, "in"),
        customer_ref=ref(customer, "cus") if isinstance(customer, dict) else ref(invoice, "cus", "customer"),
        status=word(invoice.get("status"), "status"),
        reason=word_or_none(invoice.get("billing_reason")) or "",
        total=Money(minor(invoice, "total", _LOWEST_MINOR), paid_in),
        left=Money(minor(invoice, "amount_remaining", 0), paid_in),
        credited=Money(minor(invoice, "post_payment_credit_notes_amount", 0), paid_in),
        created_at=moment(invoice, "created"),
        number=plain(invoice.get("number"), 255),
        due_at=moment_or_none(invoice, "due_date"),
        url=_address(invoice.get("hosted_invoice_url")),
        pdf=_address(invoice.get("invoice_pdf")),
    )


def line_of(line: Json) -> InvoiceLine:
    """One line, of an invoice or of a preview."""
    expect(line, "line_item")
    priced, period = branch(branch(line, "pricing"), "price_details"), branch(line, "period")
    quantity, details = line.get("quantity"), _origin(branch(line, "parent"))
    if quantity is not None and type(quantity) is not int:
        raise Malformed("quantity is not a whole number")
    return InvoiceLine(
        price_ref=_named(priced.get("price")),
        product_ref=_named(priced.get("product")),
        quantity=quantity,
        amount_minor=minor(line, "amount", _LOWEST_MINOR),
        period_start=moment(period, "start"),
        period_end=moment(period, "end"),
        proration=bool(details) and flag(details, "proration"),
        subscription_ref=ref_or_none(details.get("subscription"), "sub"),
    )


def _address(value: object) -> str | None:
    """An address a browser may be sent to; no other scheme ever becomes a link."""
    found = plain(value, 2000)
    return found if found is not None and found.startswith(("https://", "http://")) else None


def _elsewhere(invoice: Json) -> int:
    """What was paid without Stripe; it may say nothing where nothing was."""
    nothing = invoice.get("amount_paid_off_stripe") is None
    return 0 if nothing else minor(invoice, "amount_paid_off_stripe", 0)


def _credited(invoice: Json) -> int:
    """What credit notes took off, before or after somebody paid."""
    return sum(minor(invoice, f"{when}_payment_credit_notes_amount", 0) for when in ("pre", "post"))


def _origin(parent: Json) -> Json:
    """A change that waited for this invoice is an invoice item of the subscription; one billed at once is not."""
    return branch(parent, "subscription_item_details") or branch(parent, "invoice_item_details")


def _named(value: object) -> str | None:
    return word_or_none(value.get("id") if isinstance(value, dict) else value)
