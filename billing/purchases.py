"""Purchases: from an offer to credits in the ledger. Doors and reconcile call it.

`begin` remembers the order before it asks the provider for a payment. Whatever later says that the payment
succeeded (webhook, return page, "check my payment", sweep) is recorded by the one route that credits an order once.
"""

from __future__ import annotations

from billing import beginning, customers, paying, subscriptions
from billing.beginning import Buyer, Checkout, Wanted
from billing.gateways.contract import Payable
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.catalog import Package, pick
from billing.rules.errors import BadInput, NotFound
from billing.rules.orders import Order, OrderState, Surface
from billing.rules.tax import Address, TaxQuote
from billing.rules.texts import looks_like_id, new_id
from billing.store import accounts
from billing.store import orders as rows

__all__ = [
    "Buyer",
    "Checkout",
    "begin",
    "confirm",
    "currency_of",
    "offers",
    "order",
    "order_of_checkout",
    "quote",
    "recent",
    "unfinished",
]

OPEN_STATES = (OrderState.OPEN, OrderState.PROCESSING, OrderState.FAILED)


def offers(portal: Portal, account_id: str | None = None) -> tuple[Package, ...]:
    """What is on sale, cheapest first; for an account, in the currency it buys in, else in the portal's own.

    Raises GatewayUnavailable rather than show a price that may be wrong.
    """
    packages = portal.gateway.packages()
    currency = currency_of(portal, account_id) if account_id else None
    if currency is None and any(each.amount.currency == portal.settings.catalog.currency for each in packages):
        currency = portal.settings.catalog.currency
    return tuple(each for each in packages if currency is None or each.amount.currency == currency)


def currency_of(portal: Portal, account_id: str) -> str | None:
    """The currency the account chose, or that of its first purchase; None while it may still be any."""
    with portal.database.read() as connection:
        return accounts.currency(connection, account_id) or rows.first_currency(connection, account_id)


def quote(
    portal: Portal,
    buyer: Buyer,
    package_key: str,
    address: Address,
    *,
    currency: str | None = None,
    quantity: int | None = None,
) -> TaxQuote:
    """The tax on this package for a buyer at this address, to be shown before anything is begun.

    Raises BadInput (an address that is not enough), NotFound, GatewayUnavailable.
    """
    package = pick(offers(portal, buyer.payer), package_key, currency, quantity)
    customer_ref = customers.ensure(portal, buyer.payer)
    asked = Payable("", package.price_ref, package.amount, customer_ref, package.name, f"quote:{new_id('tax')}")
    return portal.gateway.tax(asked, address)


def begin(
    portal: Portal,
    buyer: Buyer,
    package_key: str,
    *,
    surface: Surface | None = None,
    tax: TaxQuote | None = None,
    currency: str | None = None,
    quantity: int | None = None,
    language: str = "",
) -> Checkout:
    """The buyer's payable order for this package, so many times: a new one, or the one that is open already.

    `surface` is where it will be paid, the configured one when left out; an order that is open at another surface is
    closed there first, so that it cannot be paid twice. `language`: the buyer's, for a checkout of the provider.

    Raises NotFound (package or account), BadInput (not so many of it; tax is due and was not asked for), Forbidden (a
    subscription is needed), GatewayUnavailable, PaymentRefused, Conflict.
    """
    subscriptions.assert_open(portal, buyer.account_id)
    package = pick(offers(portal, buyer.payer), package_key, currency, quantity)
    where = surface or Surface(portal.settings.purchase.surface)
    by_form = where is Surface.ELEMENTS
    if portal.settings.tax.automatic and by_form and tax is None:
        raise BadInput("Say where you are billed first, so that the tax can be computed.", field="country")
    customer_ref = customers.ensure(portal, buyer.payer)
    return beginning.begin(portal, Wanted(buyer, package, where, customer_ref, tax if by_form else None, language))


def order(portal: Portal, account_id: str, order_id: str) -> Order:
    """An order this account gets or pays. Somebody else's and an unknown one both raise NotFound."""
    with portal.database.read() as connection:
        found = rows.get(connection, order_id) if looks_like_id(order_id, "ord") else None
    if found is None or account_id not in (found.account_id, found.payer_id):
        raise NotFound("There is no such purchase.")
    return found


def order_of_checkout(portal: Portal, session_ref: str) -> Order:
    """The order that is paid in this checkout of the provider. Raises NotFound."""
    with portal.database.read() as connection:
        found = rows.by_session(connection, session_ref)
    if found is None:
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
    if found.state is not OrderState.CREDITED:
        fact = paying.look(portal, found)
        if fact is not None:
            record_now(portal, fact)
    return order(portal, account_id, order_id)
