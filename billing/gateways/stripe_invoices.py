"""Invoices at Stripe that customers pay later. Only `billing/gateways/stripe.py` imports it.

An invoice takes three calls: draft, line, closing. Each has its own key made from the caller's, and whatever is there
already is found first, for Stripe forgets a key after a day and a crash may be found later than that.
"""

from __future__ import annotations

from functools import partial
from itertools import islice

from stripe.params import (
    InvoiceCreateParams,
    InvoiceCreatePreviewParams,
    InvoiceFinalizeInvoiceParams,
    InvoiceItemCreateParams,
    InvoiceLineItemListParams,
    InvoiceListParams,
    InvoiceRetrieveParams,
)

from billing.gateways.invoicing import Claim
from billing.gateways.stripe_base import StripeBase, believed, everything, text, text_or_none
from billing.gateways.stripe_credit_products import credit_prices
from billing.gateways.stripe_invoice_facts import CLAIM, invoice_of, paper_of
from billing.gateways.stripe_previews import upcoming_of
from billing.gateways.stripe_values import Json, branch
from billing.rules.bills import Bill
from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.facts import InvoiceFact
from billing.rules.moments import SECOND
from billing.rules.overdraft import CreditPrice
from billing.rules.papers import Paper

NONE_UPCOMING = "invoice_upcoming_none"


class StripeInvoices(StripeBase):
    """See `invoicing.Invoices` for what each method promises."""

    def credit_prices(self, name: str) -> tuple[CreditPrice, ...]:
        return credit_prices(self._calls, self._options, name)

    def send_invoice(self, claim: Claim, idempotency_key: str) -> InvoiceFact:
        made = self._made_before(claim) or self._draft(claim, f"{idempotency_key}:draft")
        reference = text(made, "id")
        if made.get("status") == "draft":
            if not self._lines(made):
                self._add_line(claim, reference, f"{idempotency_key}:line")
            self._close(reference, f"{idempotency_key}:close")
        # Read anew: a repeated call is answered with what was true at the first one.
        return self.invoice(reference)

    def invoice(self, invoice_ref: str) -> InvoiceFact:
        read_at = self._options.clock()
        found = self._calls.read(lambda: self._v1.invoices.retrieve(invoice_ref))
        lines = self._lines(found)
        return believed(found, lambda thing: invoice_of(thing, lines, read_at))

    def invoices_of(self, subscription_ref: str) -> tuple[InvoiceFact, ...]:
        params: InvoiceListParams = {"subscription": subscription_ref, "limit": 100}
        read_at = self._options.clock()
        listed = self._calls.read(lambda: self._v1.invoices.list(params)).get("data") or []
        every = [(each, self._lines(each)) for each in reversed(listed)]
        return tuple(believed(each, partial(invoice_of, lines=lines, read_at=read_at)) for each, lines in every)

    def invoice_secret(self, invoice_ref: str) -> str | None:
        asked: InvoiceRetrieveParams = {"expand": ["confirmation_secret"]}
        found = self._calls.read(lambda: self._v1.invoices.retrieve(invoice_ref, asked))
        return text_or_none(branch(found, "confirmation_secret"), "client_secret")

    def void_invoice(self, invoice_ref: str, idempotency_key: str) -> None:
        self._calls.read(lambda: self._v1.invoices.void_invoice(invoice_ref, {}, {"idempotency_key": idempotency_key}))

    def papers(self, customer_ref: str, most: int) -> tuple[Paper, ...]:
        def page(after: str | None) -> Json:
            params: InvoiceListParams = {"customer": customer_ref, "limit": min(100, most)}
            if after:
                params["starting_after"] = after
            return self._calls.read(lambda: self._v1.invoices.list(params))

        return tuple(believed(each, paper_of) for each in islice(everything(page), most))

    def upcoming(self, subscription_ref: str) -> Bill | None:
        params: InvoiceCreatePreviewParams = {"subscription": subscription_ref}
        try:
            preview = self._calls.read(lambda: self._v1.invoices.create_preview(params))
        except (NotFound, PaymentRefused) as refused:
            if refused.details.get("code") != NONE_UPCOMING:
                raise
            return None
        return believed(preview, upcoming_of)

    def _made_before(self, claim: Claim) -> Json | None:
        def page(after: str | None) -> Json:
            params: InvoiceListParams = {"customer": claim.customer_ref, "limit": 100}
            if after:
                params["starting_after"] = after
            return self._calls.read(lambda: self._v1.invoices.list(params))

        return next((each for each in everything(page) if branch(each, "metadata").get(CLAIM) == claim.claim_id), None)

    def _draft(self, claim: Claim, key: str) -> Json:
        """Empty and asleep: nothing of what else waits for the customer's next invoice may come onto it."""
        params: InvoiceCreateParams = {
            "customer": claim.customer_ref,
            "currency": claim.amount.currency.lower(),
            "collection_method": "send_invoice",
            "days_until_due": claim.due_in_days,
            "auto_advance": False,
            "pending_invoice_items_behavior": "exclude",
            "discounts": "",
            "metadata": {CLAIM: claim.claim_id},
        }
        if self._options.automatic_tax:
            params["automatic_tax"] = {"enabled": True}
        return self._calls.read(lambda: self._v1.invoices.create(params, {"idempotency_key": key}))

    def _add_line(self, claim: Claim, invoice_ref: str, key: str) -> None:
        """One amount, not a price times a quantity: Stripe would round that in its own way."""
        params: InvoiceItemCreateParams = {
            "customer": claim.customer_ref,
            "invoice": invoice_ref,
            "amount": claim.amount.minor,
            "currency": claim.amount.currency.lower(),
            "description": claim.description,
            "period": {"start": claim.period_start // SECOND, "end": claim.period_end // SECOND},
            "discountable": False,
        }
        if self._options.tax_behavior == "inclusive" or self._options.tax_behavior == "exclusive":
            params["tax_behavior"] = "inclusive" if self._options.tax_behavior == "inclusive" else "exclusive"
        if self._options.tax_code:
            params["tax_code"] = self._options.tax_code
        self._calls.read(lambda: self._v1.invoice_items.create(params, {"idempotency_key": key}))

    def _close(self, invoice_ref: str, key: str) -> None:
        """From here on Stripe goes on by itself: it sends the invoice and reminds of it."""
        params: InvoiceFinalizeInvoiceParams = {"auto_advance": True}
        invoices = self._v1.invoices
        self._calls.read(lambda: invoices.finalize_invoice(invoice_ref, params, {"idempotency_key": key}))

    def _lines(self, invoice: Json) -> list[Json]:
        """All of them: Stripe puts the first ten into the invoice."""
        inside, reference = branch(invoice, "lines"), text(invoice, "id")
        if not inside.get("has_more"):
            data = inside.get("data")
            return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []

        def page(after: str | None) -> Json:
            params: InvoiceLineItemListParams = {"limit": 100}
            if after:
                params["starting_after"] = after
            return self._calls.read(lambda: self._v1.invoices.line_items.list(reference, params))

        return list(everything(page))
