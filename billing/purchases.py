"""Purchases: from an offer to credits in the ledger. Doors, webhooks and reconcile call it.

`begin` remembers the order before it asks the provider for a payment. Whatever later says that the payment
succeeded (webhook, return page, "check my payment", sweep) ends in `settle`, which credits the order once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from billing.portal import Portal
from billing.rules.catalog import Package, pick
from billing.rules.errors import Conflict, NotFound
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.moments import HOUR
from billing.rules.orders import Order, OrderState
from billing.rules.texts import looks_like_id, new_id
from billing.settling import settle
from billing.store import accounts
from billing.store import orders as rows
from billing.store.writer import Tx

BLIND_RETRY = 23 * HOUR
"""The provider keeps an idempotency key for a day; an older order that never got its answer is begun anew."""

OPEN_STATES = (OrderState.OPEN, OrderState.PROCESSING, OrderState.FAILED)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys for which account."""

    person_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A purchase a browser can pay. `client_secret` is None when there is nothing left to pay.

    Secrets go to the buyer's own page and nowhere else: no log, no URL.
    """

    order: Order
    client_secret: str | None
    customer_session_secret: str | None


def offers(portal: Portal) -> tuple[Package, ...]:
    """What is on sale, cheapest first. Raises GatewayUnavailable rather than show a price that may be wrong."""
    return portal.gateway.packages()


def begin(portal: Portal, buyer: Buyer, package_key: str) -> Checkout:
    """The buyer's payable order for this package: a new one, or the one that is open already.

    Raises NotFound (package or account), GatewayUnavailable, PaymentRefused.
    """
    package = pick(portal.gateway.packages(), package_key)
    customer_ref = _customer(portal, buyer.account_id)
    for _ in range(3):
        order = _payable(portal, buyer, package, customer_ref)
        if order.payment_ref is None:
            return _start(portal, order, customer_ref)
        resumed = _resume(portal, order, package, customer_ref)
        if resumed is not None:
            return resumed
    raise Conflict("This purchase is being changed in another window. Please reload the page.")


def order(portal: Portal, account_id: str, order_id: str) -> Order:
    """An order of this account. Somebody else's and an unknown one both raise NotFound."""
    with portal.database.read() as connection:
        found = rows.get(connection, order_id) if looks_like_id(order_id, "ord") else None
    if found is None or found.account_id != account_id:
        raise NotFound("There is no such purchase.")
    return found


def unfinished(portal: Portal, account_id: str, most: int = 5) -> list[Order]:
    """The account's purchases that are neither credited nor given up, newest first."""
    with portal.database.read() as connection:
        return rows.of_account(connection, account_id, OPEN_STATES, most)


def recent(portal: Portal, account_id: str, most: int = 20) -> list[Order]:
    """The account's purchases of every state, newest first."""
    with portal.database.read() as connection:
        return rows.of_account(connection, account_id, tuple(OrderState), most)


def confirm(portal: Portal, account_id: str, order_id: str) -> Order:
    """Asks the provider how the payment stands and settles it: heals a webhook that has not come.

    Raises NotFound, GatewayUnavailable.
    """
    found = order(portal, account_id, order_id)
    if found.payment_ref is not None and found.state is not OrderState.CREDITED:
        settle_now(portal, portal.gateway.payment(found.payment_ref))
    return order(portal, account_id, order_id)


def settle_now(portal: Portal, fact: PaymentFact) -> None:
    """Settles one re-read payment through the till."""
    portal.till.call(_settle, (fact, portal.clock()))


def _settle(tx: Tx, asked: Sequence[tuple[PaymentFact, int]]) -> list[None]:
    settle(tx, [fact for fact, _ in asked], max(now for _, now in asked))
    return [None for _ in asked]


def _customer(portal: Portal, account_id: str) -> str:
    """The account's customer at the provider, made at the first purchase. Never asked for inside a transaction."""
    with portal.database.read() as connection:
        account = accounts.view(connection, account_id, portal.clock())
    if account is None:
        raise NotFound("There is no such account.")
    if account.customer_ref is not None:
        return account.customer_ref
    made = portal.gateway.ensure_customer(account_id, account.name, account.email, f"customer:{account_id}")
    portal.till.write(lambda tx: accounts.set_customer(tx, account_id, made))
    return made


def _payable(portal: Portal, buyer: Buyer, package: Package, customer_ref: str) -> Order:
    """The open order for this account and price, or a new one; the database lets only one exist."""
    with portal.database.read() as connection:
        found = rows.payable(connection, buyer.account_id, package.price_ref)
    if found is not None and not (found.payment_ref is None and portal.clock() - found.created_at > BLIND_RETRY):
        return found
    if found is not None:
        _give_up(portal, found)
    fresh = _new_order(portal, buyer, package, customer_ref)
    try:
        portal.till.write(lambda tx: rows.add(tx, fresh))
    except IntegrityError:
        # Another tab or process was first; its order is ours too.
        with portal.database.read() as connection:
            return rows.payable(connection, buyer.account_id, package.price_ref) or fresh
    return fresh


def _new_order(portal: Portal, buyer: Buyer, package: Package, customer_ref: str) -> Order:
    now = portal.clock()
    order_id = new_id("ord")
    return Order(
        id=order_id, account_id=buyer.account_id, person_id=buyer.person_id, package_key=package.key,
        package_name=package.name, price_ref=package.price_ref, amount=package.amount, credits=package.credits,
        state=OrderState.NEW, livemode=portal.settings.mode == "live", customer_ref=customer_ref, payment_ref=None,
        idempotency_key=f"scrip:{order_id}", failure_code=None, failure_text=None,
        created_at=now, updated_at=now, paid_at=None, transfer_id=None,
    )  # fmt: skip


def _start(portal: Portal, found: Order, customer_ref: str) -> Checkout:
    """Asks for the payment with the order's own key, so that asking twice makes one, then remembers the answer."""
    started = portal.gateway.start_payment(
        order_id=found.id,
        amount=found.amount,
        customer_ref=customer_ref,
        description=f"{found.package_name}: {found.credits} credits",
        idempotency_key=found.idempotency_key,
    )
    now = portal.clock()
    portal.till.write(lambda tx: rows.opened(tx, found.id, started.payment_ref, customer_ref, now))
    return _checkout(portal, found.id, found.account_id, started.client_secret, customer_ref)


def _resume(portal: Portal, found: Order, package: Package, customer_ref: str) -> Checkout | None:
    """An open order as it stands at the provider now, or None when it was given up and another must be begun."""
    assert found.payment_ref is not None
    fact = portal.gateway.payment(found.payment_ref)
    settle_now(portal, fact)
    if fact.state in (PaymentState.SUCCEEDED, PaymentState.PROCESSING):
        return _checkout(portal, found.id, found.account_id, None, None)
    if fact.state is PaymentState.CANCELED:
        return None
    if (found.amount, found.credits) != (package.amount, package.credits):
        # The price was changed under the open order: nobody pays an offer that is no longer made.
        settle_now(portal, portal.gateway.cancel_payment(found.payment_ref))
        return None
    secret = portal.gateway.resume_payment(found.payment_ref).client_secret
    return _checkout(portal, found.id, found.account_id, secret, customer_ref)


def _checkout(portal: Portal, order_id: str, account_id: str, secret: str | None, customer_ref: str | None) -> Checkout:
    saved = portal.gateway.customer_session(customer_ref) if secret and customer_ref else None
    return Checkout(order(portal, account_id, order_id), secret, saved)


def _give_up(portal: Portal, found: Order) -> None:
    now = portal.clock()
    portal.till.write(lambda tx: rows.mark_state(tx, [(found.id, OrderState.CANCELED, None, None, now)]))
