"""What a customer has saved at Stripe, and the tax where they are. Only `billing/gateways/stripe.py` imports it."""

from __future__ import annotations

import re

from stripe.params import (
    CustomerPaymentMethodListParams,
    CustomerRetrieveParams,
    CustomerSessionCreateParams,
    CustomerSessionCreateParamsComponentsPaymentElementFeatures,
)
from stripe.params.billing_portal import SessionCreateParams

from billing.gateways.contract import Payable
from billing.gateways.customers import Card
from billing.gateways.stripe_base import StripeBase, believed, everything, once, text
from billing.gateways.stripe_customer_facts import customer_of
from billing.gateways.stripe_tax import calculate
from billing.gateways.stripe_values import Json, branch, plain
from billing.rules.errors import NotFound
from billing.rules.facts import CustomerFact
from billing.rules.sentences import sentence
from billing.rules.tax import Address, TaxQuote

SAVED_CARDS: CustomerSessionCreateParamsComponentsPaymentElementFeatures = {
    "payment_method_redisplay": "enabled",
    "payment_method_save": "enabled",
    "payment_method_save_usage": "on_session",
    "payment_method_remove": "enabled",
}
NOT_THEIRS = sentence("There is no such card.")

_CARD_REF = re.compile(r"(pm|card|src|ba)_[A-Za-z0-9_]{1,200}", re.ASCII)


class StripeCustomers(StripeBase):
    """See `contract.Customers` for what each method promises."""

    def customer(self, customer_ref: str) -> CustomerFact:
        read_at, asked = self._options.clock(), CustomerRetrieveParams(expand=["tax_ids"])
        found = self._calls.read(lambda: self._v1.customers.retrieve(customer_ref, asked))
        return believed(found, lambda thing: customer_of(thing, read_at))

    def customer_session(self, customer_ref: str) -> str:
        sessions, key = self._v1.customer_sessions, once()
        params: CustomerSessionCreateParams = {
            "customer": customer_ref,
            "components": {"payment_element": {"enabled": True, "features": SAVED_CARDS}},
        }
        return text(self._calls.read(lambda: sessions.create(params, {"idempotency_key": key})), "client_secret")

    def portal(self, customer_ref: str, return_url: str) -> str:
        sessions, key = self._v1.billing_portal.sessions, once()
        params: SessionCreateParams = {"customer": customer_ref, "return_url": return_url}
        if self._options.portal_configuration:
            params["configuration"] = self._options.portal_configuration
        return text(self._calls.read(lambda: sessions.create(params, {"idempotency_key": key})), "url")

    def cards(self, customer_ref: str) -> tuple[Card, ...]:
        customer = self._calls.read(lambda: self._v1.customers.retrieve(customer_ref))
        if customer.get("deleted"):
            return ()
        chosen = branch(customer, "invoice_settings").get("default_payment_method")

        def page(after: str | None) -> Json:
            params: CustomerPaymentMethodListParams = {"limit": 100}
            if after:
                params["starting_after"] = after
            return self._calls.read(lambda: self._v1.customers.payment_methods.list(customer_ref, params))

        cards = [_card(each, chosen) for each in everything(page)]
        return tuple(sorted(cards, key=lambda card: not card.is_default))

    def remove_card(self, customer_ref: str, card_ref: str) -> None:
        if not _CARD_REF.fullmatch(card_ref):
            raise NotFound(NOT_THEIRS)
        methods, key = self._v1.payment_methods, once()
        if self._calls.read(lambda: methods.retrieve(card_ref)).get("customer") != customer_ref:
            raise NotFound(NOT_THEIRS)
        self._calls.read(lambda: methods.detach(card_ref, {}, {"idempotency_key": key}))

    def tax(self, payable: Payable, address: Address) -> TaxQuote:
        return calculate(self._calls, self._options, payable, address)


def _card(method: Json, chosen: object) -> Card:
    kind = text(method, "type")
    details = branch(method, kind)
    month, year = details.get("exp_month"), details.get("exp_year")
    return Card(
        card_ref=text(method, "id"),
        kind=plain(kind, 40) or "",
        brand=_brand(details),
        last4=plain(details.get("last4"), 4) or "",
        expires=f"{month:02d}/{year:04d}" if type(month) is int and type(year) is int else "",
        is_default=method.get("id") == chosen,
    )


def _brand(details: Json) -> str:
    """What its owner knows it by: the brand of a card, the name of a bank, the address of a wallet."""
    names = (details.get(name) for name in ("display_brand", "brand", "bank_name", "email"))
    return next(filter(None, (plain(name, 60) for name in names)), "")
