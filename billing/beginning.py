"""Beginning: leads a buyer to the one payable order for what they want, whatever became of earlier tries.

Only purchases calls it. The provider is asked outside of transactions; a lost race makes it start over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from billing import paying
from billing.paying import Opened
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.catalog import Package
from billing.rules.errors import Conflict
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.moments import HOUR
from billing.rules.money import Credits, Money
from billing.rules.orders import Order, OrderState, Surface
from billing.rules.tax import TaxQuote
from billing.rules.texts import new_id
from billing.store import orders as rows

BLIND_RETRY = 23 * HOUR
"""The provider keeps an idempotency key for a day; an older order that never got its answer is begun anew."""

TRIES = 3


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys for which account. `payer_id` is the account whose customer pays; left out, the same one."""

    person_id: str
    account_id: str
    payer_id: str = ""

    @property
    def payer(self) -> str:
        """The account that pays."""
        return self.payer_id or self.account_id


@dataclass(frozen=True, slots=True)
class Checkout:
    """A purchase a browser can pay: in our page with `client_secret`, or elsewhere at `url`; neither: nothing to pay.

    Secrets and addresses go to the buyer's own page and nowhere else: no log, no URL.
    """

    order: Order
    client_secret: str | None = field(default=None, repr=False)
    customer_session_secret: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to buy, where they will pay it, and the language they are spoken to in."""

    buyer: Buyer
    package: Package
    surface: Surface
    customer_ref: str
    tax: TaxQuote | None
    language: str = ""

    @property
    def offer(self) -> tuple[Money, Credits, Credits, str]:
        """What an open order must say to be the one that is wanted."""
        return self.package.amount, self.package.credits, self.package.bonus, self.customer_ref

    def priced(self, order: Order) -> Order:
        """The order as it would be if it were begun this way."""
        return replace(order, surface=self.surface, tax_minor=self.tax.added.minor if self.tax else 0)


def begin(portal: Portal, wanted: Wanted) -> Checkout:
    """The payable order, open at the surface that is wanted. Raises Conflict when others keep changing it."""
    for _ in range(TRIES):
        checkout = _go_on(portal, _payable(portal, wanted), wanted)
        if checkout is not None:
            return checkout
    raise Conflict("This purchase is being changed in another window. Please reload the page.")


def _payable(portal: Portal, wanted: Wanted) -> Order:
    """The open order for the same account, payer and price, or a new one; the database lets only one exist."""
    fresh = _new_order(portal, wanted)
    found = _same(portal, fresh)
    if found is not None and (_has_door(found) or portal.clock() - found.created_at <= BLIND_RETRY):
        return found
    if found is not None:
        _give_up(portal, found)
    try:
        portal.till.write(lambda tx: rows.add(tx, fresh))
    except IntegrityError:
        # Another tab or process was first; its order is ours too.
        return _same(portal, fresh) or fresh
    return fresh


def _new_order(portal: Portal, wanted: Wanted) -> Order:
    now, package, order_id = portal.clock(), wanted.package, new_id("ord")
    order = Order(
        id=order_id, account_id=wanted.buyer.account_id, person_id=wanted.buyer.person_id, package_key=package.key,
        package_name=package.name, price_ref=package.price_ref, amount=package.amount, credits=package.credits,
        state=OrderState.NEW, livemode=portal.settings.mode == "live", customer_ref=wanted.customer_ref,
        payment_ref=None, idempotency_key=f"scrip:{order_id}", failure_code=None, failure_text=None,
        created_at=now, updated_at=now, paid_at=None, transfer_id=None,
        payer_id=wanted.buyer.payer, surface=wanted.surface, session_ref=None, tax_minor=0,
        quantity=package.quantity, bonus=package.bonus,
    )  # fmt: skip
    return wanted.priced(order)


def _same(portal: Portal, fresh: Order) -> Order | None:
    with portal.database.read() as connection:
        return rows.payable(connection, fresh.account_id, fresh.payer_id, fresh.price_ref, fresh.amount.currency)


def _has_door(order: Order) -> bool:
    return (order.payment_ref if order.surface is Surface.ELEMENTS else order.session_ref) is not None


def _go_on(portal: Portal, order: Order, wanted: Wanted) -> Checkout | None:
    """The order as something to pay, or None when it was given up or changed and the search starts over."""
    fact = paying.look(portal, order) if _has_door(order) else None
    if fact is not None:
        record_now(portal, fact)
        if fact.state is PaymentState.CANCELED:
            return None
        if _is_taken(fact):
            return _shown(portal, order, Opened())
        order = _as_recorded(portal, order)
    if (order.amount, order.credits, order.bonus, order.customer_ref) != wanted.offer:
        return _drop(portal, order)
    if fact is not None and order.surface is not wanted.surface:
        return _move(portal, order, wanted)
    return _shown(portal, order, _opened(portal, order, wanted, fact))


def _opened(portal: Portal, order: Order, wanted: Wanted, fact: PaymentFact | None) -> Opened | None:
    """The order's payment where it is wanted: opened, computed again for another address, or as it was."""
    is_over = fact is not None and fact.state is PaymentState.FAILED and order.surface is not Surface.ELEMENTS
    if fact is None or is_over:
        # A checkout is filled in once: when its bank refuses days later, it takes no second try.
        return paying.open_(portal, wanted.priced(order), wanted.tax, wanted.language)
    if wanted.tax is not None:
        # also when the sum is the same: it may be another country's
        return paying.retax(portal, wanted.priced(order), wanted.tax)
    return paying.resume(portal, order)


def _as_recorded(portal: Portal, order: Order) -> Order:
    """The order as what was just recorded left it: a failed try is written into it."""
    with portal.database.read() as connection:
        return rows.get(connection, order.id) or order


def _is_taken(fact: PaymentFact) -> bool:
    """Whether money moved or is about to: nothing may be closed or opened any more."""
    return fact.state in (PaymentState.SUCCEEDED, PaymentState.PROCESSING)


def _drop(portal: Portal, order: Order) -> Checkout | None:
    """The price was changed under the open order, or its customer is gone: nobody pays what is no longer offered."""
    fact = paying.close(portal, order)
    if fact is None:
        _give_up(portal, order)
        return None
    record_now(portal, fact)
    return _shown(portal, order, Opened()) if _is_taken(fact) else None


def _give_up(portal: Portal, order: Order) -> None:
    ended = [(order.id, OrderState.CANCELED, None, None, portal.clock())]
    portal.till.write(lambda tx: rows.mark_state(tx, ended))


def _move(portal: Portal, order: Order, wanted: Wanted) -> Checkout | None:
    """Closes the door the order is open at before another one opens, so that only one of them can be paid."""
    fact = paying.close(portal, order)
    if fact is not None and _is_taken(fact):
        record_now(portal, fact)
        return _shown(portal, order, Opened())
    return _shown(portal, order, paying.open_(portal, wanted.priced(order), wanted.tax, wanted.language))


def _shown(portal: Portal, order: Order, opened: Opened | None) -> Checkout | None:
    if opened is None:
        return None
    return Checkout(_as_recorded(portal, order), opened.client_secret, opened.customer_session_secret, opened.url)
