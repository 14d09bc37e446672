"""Stripe's Checkout, on its own page or inside ours. Only `billing/gateways/stripe.py` imports it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from stripe.params.checkout import (
    SessionCreateParams,
    SessionCreateParamsPaymentMethodOptionsCustomerBalanceBankTransfer,
    SessionRetrieveParams,
)

from billing.gateways.contract import CheckoutOpened, CheckoutTerms, Payable
from billing.gateways.stripe_base import StripeBase, believed, once, text, text_or_none
from billing.gateways.stripe_sessions import EXPANDED, proven_card, purchase
from billing.gateways.stripe_values import ORDER, Json
from billing.rules.errors import PaymentRefused
from billing.rules.facts import CardFact, PaymentFact, PaymentState
from billing.rules.orders import Surface
from billing.rules.sentences import sentence

Transfer = Literal["us_bank_transfer", "eu_bank_transfer", "gb_bank_transfer", "jp_bank_transfer", "mx_bank_transfer"]
BALANCE: Literal["customer_balance"] = "customer_balance"
BANK_TRANSFERS: Mapping[str, Transfer] = {
    "USD": "us_bank_transfer",
    "EUR": "eu_bank_transfer",
    "GBP": "gb_bank_transfer",
    "JPY": "jp_bank_transfer",
    "MXN": "mx_bank_transfer",
}
"""Currencies in which a customer's balance can be filled; in others Stripe takes none."""

SPOKEN = frozenset(
    "bg cs da de el en es et fi fil fr hr hu id it ja ko lt lv ms mt nb nl pl pt ro ru sk sl sv th tr vi zh".split()
)
"""The languages of Checkout that are named by nothing but themselves. It has more, for regions."""

OTHER_PRICE = sentence("The price was changed a moment ago. Please reload the page.")


class StripeCheckouts(StripeBase):
    """See `contract.Checkouts` for what each method promises."""

    def open_checkout(self, payable: Payable, terms: CheckoutTerms) -> CheckoutOpened:
        about = {ORDER: payable.order_id, "description": payable.description}
        params: SessionCreateParams = {
            "mode": "payment",
            "line_items": [{"price": payable.price_ref, "quantity": payable.quantity}],
            "currency": payable.amount.currency.lower(),
            "customer": payable.customer_ref,
            "client_reference_id": payable.order_id,
            "metadata": about,
            "payment_intent_data": {"metadata": about, "description": payable.description},
        }
        if payable.methods:
            params["allowed_payment_method_types"] = list(payable.methods)
            _lay_bank(params, payable)
        if terms.invoice:
            params["invoice_creation"] = {"enabled": True}
        session = self._open(params, terms, payable.idempotency_key)
        if session.get("amount_subtotal") == payable.amount.minor:
            return opened_of(session)
        # The seller may change what a price costs in another currency: nobody pays what the order does not say.
        self.expire_checkout(text(session, "id"))
        raise PaymentRefused(OTHER_PRICE)

    def resume_checkout(self, session_ref: str) -> CheckoutOpened:
        return opened_of(self._session(session_ref))

    def checkout(self, session_ref: str) -> PaymentFact:
        return believed(self._session(session_ref), purchase)

    def expire_checkout(self, session_ref: str) -> PaymentFact:
        sessions, key = self._v1.checkout.sessions, once()
        try:
            expired = self._calls.read(
                lambda: sessions.expire(session_ref, {"expand": EXPANDED}, {"idempotency_key": key})
            )
            return believed(expired, purchase)
        except PaymentRefused:
            fact = self.checkout(session_ref)
            if fact.state is PaymentState.OPEN:
                raise
            return fact  # completed, or expired by itself, in the meantime: that is the answer, not a failure

    def verify_card(self, customer_ref: str, back_url: str, cancel_url: str, idempotency_key: str) -> CheckoutOpened:
        params: SessionCreateParams = {
            "mode": "setup",
            "customer": customer_ref,
            "allowed_payment_method_types": ["card"],
        }
        return opened_of(self._open(params, CheckoutTerms(Surface.HOSTED, back_url, cancel_url), idempotency_key))

    def verified_card(self, session_ref: str) -> CardFact | None:
        return believed(self._session(session_ref), proven_card)

    def _open(self, params: SessionCreateParams, terms: CheckoutTerms, key: str) -> Json:
        _lay_place(params, terms)
        if terms.language in SPOKEN:
            params["locale"] = terms.language
        _lay_tax(params, terms)
        sessions = self._v1.checkout.sessions
        return self._calls.read(lambda: sessions.create(params, {"idempotency_key": key}))

    def _session(self, session_ref: str) -> Json:
        params: SessionRetrieveParams = {"expand": EXPANDED}
        return self._calls.read(lambda: self._v1.checkout.sessions.retrieve(session_ref, params))


def _lay_place(params: SessionCreateParams, terms: CheckoutTerms) -> None:
    """Where it is shown, and where the buyer comes back to."""
    if terms.surface is Surface.HOSTED:
        params["ui_mode"] = "hosted_page"
        params["success_url"], params["cancel_url"] = terms.back_url, terms.cancel_url
    else:
        params["ui_mode"] = "embedded_page"
        params["return_url"] = terms.back_url
        # Only a bank that wants a page of its own leads away; a card that is paid leaves the buyer where they are.
        params["redirect_on_completion"] = "if_required"


def _lay_bank(params: SessionCreateParams, payable: Payable) -> None:
    """A balance that is too small is filled by a transfer, which arrives at an account of the currency's own kind."""
    kind = BANK_TRANSFERS.get(payable.amount.currency)
    if kind is None or BALANCE not in payable.methods:
        return
    transfer: SessionCreateParamsPaymentMethodOptionsCustomerBalanceBankTransfer = {"type": kind}
    if kind == "eu_bank_transfer":
        transfer["eu_bank_transfer"] = {"country": payable.bank_country}
    params["payment_method_options"] = {BALANCE: {"funding_type": "bank_transfer", "bank_transfer": transfer}}


def _lay_tax(params: SessionCreateParams, terms: CheckoutTerms) -> None:
    """What the buyer types for the tax is kept with the customer: Stripe asks for that."""
    if terms.automatic_tax:
        params["automatic_tax"] = {"enabled": True}
    if terms.collect_tax_ids:
        params["tax_id_collection"] = {"enabled": True}
    if terms.automatic_tax or terms.collect_tax_ids:
        params["customer_update"] = {"address": "auto", "name": "auto"}


def opened_of(session: Json) -> CheckoutOpened:
    """One that is not open any more has neither address nor secret: `checkout` says what became of it."""
    is_open = session.get("status") == "open"
    url, secret = text_or_none(session, "url"), text_or_none(session, "client_secret")
    return CheckoutOpened(text(session, "id"), url if is_open else None, secret if is_open else None)
