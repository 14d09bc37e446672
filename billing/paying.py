"""Paying: opens, resumes, looks at and closes an order's payment at the provider, at whichever surface it is paid.

Only purchases calls it. Nothing here decides whether something was paid; it asks, and hands on the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from billing.gateways.contract import CheckoutTerms, Payable
from billing.portal import Portal
from billing.rules.facts import PaymentFact
from billing.rules.orders import SESSION_WORD, Order, Surface
from billing.rules.tax import TaxQuote
from billing.store import orders as rows


@dataclass(frozen=True, slots=True)
class Opened:
    """What the browser needs: a secret for a form in our page, or the address of a page elsewhere.

    Both open somebody's payment: they go to the buyer's own page and nowhere else, no log, no URL of ours.
    """

    client_secret: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    customer_session_secret: str | None = field(default=None, repr=False)


def open_(portal: Portal, order: Order, quote: TaxQuote | None, language: str = "") -> Opened | None:
    """Asks for the payment with a key of the order's own and remembers the answer; None when the order changed.

    The key names the moment the order was last written: a repeated try finds the same payment, and an order that
    came back from another surface gets a new one. A checkout in another `language` is another question.
    """
    payable = _payable(portal, order, quote)
    if order.surface is Surface.ELEMENTS:
        started = portal.gateway.start_payment(payable)
        opened, ref = Opened(started.client_secret, None, _saved(portal, order)), {"payment_ref": started.payment_ref}
    else:
        asked = replace(payable, idempotency_key=f"{payable.idempotency_key}:{language}")
        checkout = portal.gateway.open_checkout(asked, replace(_terms(portal, order), language=language))
        opened, ref = Opened(checkout.client_secret, checkout.url), {"session_ref": checkout.session_ref}
    remembered = portal.till.write(lambda tx: rows.opened(tx, order, portal.clock(), **ref))
    return opened if remembered else None


def resume(portal: Portal, order: Order) -> Opened:
    """The same payment again, for somebody who comes back to it."""
    if order.surface is Surface.ELEMENTS and order.payment_ref is not None:
        secret = portal.gateway.resume_payment(order.payment_ref).client_secret
        return Opened(secret, None, _saved(portal, order))
    again = portal.gateway.resume_checkout(order.session_ref or "")
    return Opened(again.client_secret, again.url)


def retax(portal: Portal, order: Order, quote: TaxQuote) -> Opened | None:
    """The same payment with the tax of another address; None when the order changed meanwhile."""
    started = portal.gateway.retax_payment(order.payment_ref or "", _payable(portal, order, quote))
    ref = started.payment_ref
    remembered = portal.till.write(lambda tx: rows.opened(tx, order, portal.clock(), payment_ref=ref))
    return Opened(started.client_secret, None, _saved(portal, order)) if remembered else None


def look(portal: Portal, order: Order) -> PaymentFact | None:
    """How the payment stands at the provider now; None when none was ever opened."""
    if order.surface is Surface.ELEMENTS:
        return portal.gateway.payment(order.payment_ref) if order.payment_ref else None
    return portal.gateway.checkout(order.session_ref) if order.session_ref else None


def close(portal: Portal, order: Order) -> PaymentFact | None:
    """Ends what is unpaid. When it was paid in the meantime the answer says so."""
    if order.surface is Surface.ELEMENTS:
        return portal.gateway.cancel_payment(order.payment_ref) if order.payment_ref else None
    return portal.gateway.expire_checkout(order.session_ref) if order.session_ref else None


def _payable(portal: Portal, order: Order, quote: TaxQuote | None) -> Payable:
    assert order.customer_ref is not None
    return Payable(
        order_id=order.id,
        price_ref=order.price_ref,
        amount=order.amount,
        customer_ref=order.customer_ref,
        description=f"{order.package_name}: {order.credits} credits{_more(order)}",
        idempotency_key=f"{order.idempotency_key}:{order.updated_at}",
        methods=portal.settings.purchase.method_types(order.amount),
        tax_minor=order.tax_minor,
        tax_ref=quote.tax_ref if quote else None,
        quantity=order.quantity,
        bank_country=portal.settings.purchase.bank_country,
    )


def _more(order: Order) -> str:
    return f" and {order.bonus} as a bonus" if order.bonus.micro else ""


def _terms(portal: Portal, order: Order) -> CheckoutTerms:
    settings, receipt = portal.settings, f"{portal.settings.public_url}/receipt/{order.id}"
    return CheckoutTerms(
        surface=order.surface,
        back_url=f"{receipt}?session_id={SESSION_WORD}",
        cancel_url=f"{settings.public_url}/buy?order={order.id}",
        invoice=settings.purchase.invoice,
        automatic_tax=settings.tax.automatic,
        collect_tax_ids=settings.tax.collect_ids,
    )


def _saved(portal: Portal, order: Order) -> str | None:
    return portal.gateway.customer_session(order.customer_ref) if order.customer_ref else None
