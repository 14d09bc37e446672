"""A provider that approves every payment and takes none: for trying the portal out. `provider.py` builds it.

It holds nothing. A reference says whose order it is, and the amount stands in the settings, so that everything it was
asked before a restart is answered the same after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NoReturn

from billing.gateways.contract import CheckoutOpened, CheckoutTerms, Payable, PaymentStarted
from billing.gateways.customers import Card
from billing.rules.catalog import Package
from billing.rules.errors import NotAnEvent, NotFound, PaymentRefused, ScripError
from billing.rules.facts import PaymentFact, PaymentState, Provider, SubscriptionFact
from billing.rules.moments import Clock
from billing.rules.money import Money, one_for_each
from billing.rules.orders import SESSION_WORD
from billing.rules.overdraft import CreditPrice
from billing.rules.papers import Paper
from billing.rules.sentences import sentence
from billing.rules.subscriptions import Plan

PRICE = "dummy_price"
PACKAGE = "credits"
CUSTOMER = "dummy_cus_"

NOTHING_THERE = sentence("The dummy provider does not know this.")
NO_PLANS = sentence("The dummy provider has no subscriptions.")
NO_CARDS = sentence("The dummy provider takes no money, so there are no cards.")
NO_PORTAL = sentence("The dummy provider has no page of its own.")
NO_INVOICES = sentence("The dummy provider takes no money, so it sends no invoices.")
NO_TAX = sentence("The dummy provider computes no tax.")

_REFERENCE = re.compile(r"dummy_([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})", re.ASCII)


def _refusing(error: type[ScripError], sentence: str) -> Callable[..., NoReturn]:
    """What it cannot do, however it is asked."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise error(sentence)

    return refuse


class DummyGateway:
    """See `contract.Gateway` for what each method promises; here everything is paid as soon as it is opened."""

    def __init__(self, price: Money, clock: Clock) -> None:
        self._price = price
        self._clock = clock

    def packages(self, **_: bool) -> tuple[Package, ...]:
        gives = one_for_each(self._price)
        return (Package(PACKAGE, PRICE, f"{gives} credits", "Nothing is charged.", self._price, gives, default=True),)

    def ensure_customer(self, account_id: str, *_: str | None, **__: str | None) -> str:
        return CUSTOMER + account_id

    def start_payment(self, payable: Payable) -> PaymentStarted:
        return self.resume_payment(_reference(payable))

    def resume_payment(self, payment_ref: str) -> PaymentStarted:
        return PaymentStarted(payment_ref, self.payment(payment_ref).state, f"{payment_ref}_secret")

    def payment(self, payment_ref: str) -> PaymentFact:
        order_id, account_id = _of(payment_ref)
        return PaymentFact(
            state=PaymentState.SUCCEEDED,
            payment_ref=payment_ref,
            amount=self._price,
            received=self._price,
            happened_at=self._clock(),
            customer_ref=CUSTOMER + account_id,
            order_hint=order_id,
            provider=Provider.DUMMY,
        )

    def cancel_payment(self, payment_ref: str) -> PaymentFact:
        return self.payment(payment_ref)  # it was paid when it was opened, and that is what the promise asks to be told

    def refund(self, payment_ref: str, *_: str, **__: str) -> str:
        return f"{self.payment(payment_ref).payment_ref}_refund"

    def open_checkout(self, payable: Payable, terms: CheckoutTerms) -> CheckoutOpened:
        reference = _reference(payable)
        return CheckoutOpened(reference, terms.back_url.replace(SESSION_WORD, reference))

    def resume_checkout(self, session_ref: str) -> CheckoutOpened:
        return CheckoutOpened(self.checkout(session_ref).payment_ref)  # not open any more: `checkout` says it is paid

    def checkout(self, session_ref: str) -> PaymentFact:
        return self.payment(session_ref)._replace(session_ref=session_ref, tax_minor=0, items=((PRICE, 1),))

    def expire_checkout(self, session_ref: str) -> PaymentFact:
        return self.checkout(session_ref)

    def credit_prices(self, *_: str) -> tuple[CreditPrice, ...]:
        return tuple(CreditPrice(each.price_ref, each.name, each.amount, each.credits) for each in self.packages())

    def customer_session(self, customer_ref: str) -> str:
        return f"{customer_ref}_secret"

    def plans(self, **_: bool) -> tuple[Plan, ...]:
        return ()

    def ware(self, *_: str, **__: str) -> None:
        return None

    def subscriptions_of(self, *_: str, **__: str) -> tuple[SubscriptionFact, ...]:
        return ()

    def cards(self, *_: str, **__: str) -> tuple[Card, ...]:
        return ()

    def papers(self, *_: object, **__: object) -> tuple[Paper, ...]:
        return ()

    def upcoming(self, *_: str, **__: str) -> None:
        return None

    def verified_card(self, *_: str, **__: str) -> None:
        return None

    def events_since(self, *_: object, **__: object) -> Iterator[bytes]:
        return iter(())

    def read_about(self, *_: object, **__: object) -> None:
        return None

    def publish_packages(self, *_: object, **__: object) -> str:
        return PACKAGE  # the settings say what it sells

    def publish_plans(self, *_: object, **__: object) -> str:
        return ""

    def close(self) -> None:
        """There is nothing open."""

    retax_payment = tax = staticmethod(_refusing(PaymentRefused, NO_TAX))
    portal = staticmethod(_refusing(PaymentRefused, NO_PORTAL))
    verify_card = staticmethod(_refusing(PaymentRefused, NO_CARDS))
    remove_card = staticmethod(_refusing(NotFound, NO_CARDS))
    send_invoice = invoice_secret = void_invoice = report = staticmethod(_refusing(PaymentRefused, NO_INVOICES))
    customer = subscription = invoice = set_quantity = keep_card = cancel_subscription = staticmethod(
        _refusing(NotFound, NOTHING_THERE)
    )
    resume_subscription = staticmethod(_refusing(NotFound, NOTHING_THERE))
    subscribe = subscribe_by_checkout = staticmethod(_refusing(PaymentRefused, NO_PLANS))
    reckon = change_now = change_later = drop_planned = invoices_of = staticmethod(_refusing(PaymentRefused, NO_PLANS))
    begun_checkouts = close_checkout = drop_unpaid = staticmethod(_refusing(PaymentRefused, NO_PLANS))
    reduction = coupon = staticmethod(_refusing(PaymentRefused, NO_PLANS))
    receive = read_event = staticmethod(_refusing(NotAnEvent, "the dummy provider sends none"))


def _reference(payable: Payable) -> str:
    """One payment for each order; the customer is part of it, for nothing else remembers who pays."""
    return f"dummy_{payable.order_id}.{payable.customer_ref.removeprefix(CUSTOMER)}"


def _of(reference: str) -> tuple[str, str]:
    """Order and account of a reference. Raises NotFound for what was never given out."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise NotFound(NOTHING_THERE)
    return found[1], found[2]
