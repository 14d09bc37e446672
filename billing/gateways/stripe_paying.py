"""Packages and payments in our own page, at Stripe. Only `billing/gateways/stripe.py` imports it."""

from __future__ import annotations

from stripe.params import (
    CustomerCreateParams,
    PaymentIntentCreateParams,
    PaymentIntentUpdateParams,
    RefundCreateParams,
    RefundListParams,
)

from billing.gateways.contract import Payable, PaymentStarted
from billing.gateways.stripe_base import StripeBase, believed, once, text
from billing.gateways.stripe_credit_products import every_package
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_payments import STATES, fetched
from billing.gateways.stripe_remembered import Remembered
from billing.gateways.stripe_values import ORDER, Json
from billing.rules.catalog import Package
from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.facts import PaymentFact, PaymentState

ENDED = {PaymentState.SUCCEEDED, PaymentState.CANCELED, PaymentState.PROCESSING}


class StripePayments(StripeBase):
    """See `contract.Payments` for what each method promises."""

    def __init__(self, options: StripeOptions) -> None:
        super().__init__(options)
        self._packages = Remembered(self._read_packages, options.cache_seconds)

    def packages(self, *, fresh: bool = False) -> tuple[Package, ...]:
        return self._packages.get(fresh=fresh)

    def ensure_customer(self, account_id: str, name: str, email: str | None, idempotency_key: str) -> str:
        params: CustomerCreateParams = {"name": name, "metadata": {"scrip_account": account_id}}
        if email:
            params["email"] = email
        customers = self._v1.customers
        return text(self._calls.read(lambda: customers.create(params, {"idempotency_key": idempotency_key})), "id")

    def start_payment(self, payable: Payable) -> PaymentStarted:
        params: PaymentIntentCreateParams = {
            "amount": payable.amount.minor + payable.tax_minor,
            "currency": payable.amount.currency.lower(),
            "customer": payable.customer_ref,
            "description": payable.description,
            "automatic_payment_methods": {"enabled": True},
            "metadata": {ORDER: payable.order_id},
        }
        if payable.methods:
            params["allowed_payment_method_types"] = list(payable.methods)
        if payable.tax_ref:
            params["hooks"] = {"inputs": {"tax": {"calculation": payable.tax_ref}}}
        intents, key = self._v1.payment_intents, payable.idempotency_key
        return _started(self._calls.read(lambda: intents.create(params, {"idempotency_key": key})))

    def resume_payment(self, payment_ref: str) -> PaymentStarted:
        return _started(self._intent(payment_ref))

    def retax_payment(self, payment_ref: str, payable: Payable) -> PaymentStarted:
        params: PaymentIntentUpdateParams = {
            "amount": payable.amount.minor + payable.tax_minor,
            "hooks": {"inputs": {"tax": {"calculation": payable.tax_ref or ""}}},
        }
        # The order's own key was used when the payment began; each calculation is a change of its own.
        intents, key = self._v1.payment_intents, f"{payable.idempotency_key}:{payable.tax_ref or 'untaxed'}"
        return _started(self._calls.read(lambda: intents.update(payment_ref, params, {"idempotency_key": key})))

    def payment(self, payment_ref: str) -> PaymentFact:
        return believed(self._intent(payment_ref), fetched)

    def cancel_payment(self, payment_ref: str) -> PaymentFact:
        intents, key = self._v1.payment_intents, once()
        try:
            return believed(
                self._calls.read(lambda: intents.cancel(payment_ref, {}, {"idempotency_key": key})), fetched
            )
        except PaymentRefused:
            fact = self.payment(payment_ref)
            if fact.state not in ENDED:
                raise
            return fact  # paid, or cancelled by somebody else, in the meantime: that is the answer, not a failure

    def refund(self, payment_ref: str, idempotency_key: str, reason: str) -> str:
        params: RefundCreateParams = {"payment_intent": payment_ref, "metadata": {"scrip_reason": reason[:500]}}
        refunds = self._v1.refunds
        try:
            return text(self._calls.read(lambda: refunds.create(params, {"idempotency_key": idempotency_key})), "id")
        except PaymentRefused as refused:
            if refused.details.get("code") != "charge_already_refunded":
                raise
        return self._last_refund(payment_ref)

    def _last_refund(self, payment_ref: str) -> str:
        params: RefundListParams = {"payment_intent": payment_ref, "limit": 1}
        found = self._calls.read(lambda: self._v1.refunds.list(params)).get("data")
        if not isinstance(found, list) or not found or not isinstance(found[0], dict):
            raise NotFound("The payment provider knows of no refund of this payment.")
        return text(found[0], "id")

    def _intent(self, payment_ref: str) -> Json:
        return self._calls.read(lambda: self._v1.payment_intents.retrieve(payment_ref, {"expand": ["latest_charge"]}))

    def _read_packages(self) -> tuple[Package, ...]:
        return every_package(self._calls, self._options)


def _started(intent: Json) -> PaymentStarted:
    state = STATES.get(text(intent, "status"), PaymentState.UNKNOWN)
    return PaymentStarted(text(intent, "id"), state, text(intent, "client_secret"))
