"""Customers: who an account is at the provider, and what it has saved there. purchases and doors call it."""

from __future__ import annotations

from billing.gateways.customers import Card
from billing.organisations import assert_buys
from billing.portal import Portal
from billing.rules.errors import Conflict, NotFound
from billing.rules.facts import CustomerFact
from billing.store import accounts, audit, organisations
from billing.store import customers as rows
from billing.store.writer import Tx

__all__ = ["Card", "cards", "details", "ensure", "keep", "portal_address", "register", "remove_card"]


def ensure(portal: Portal, account_id: str) -> str:
    """The account's customer at the provider, made when it is first needed. Never call it inside a transaction.

    Raises NotFound, Forbidden where only organisations buy, GatewayUnavailable.
    """
    assert_buys(portal, account_id)
    with portal.database.read() as connection:
        account = accounts.view(connection, account_id, portal.clock())
        former = rows.of_account(connection, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    if account.customer_ref is not None:
        return account.customer_ref
    made = portal.gateway.ensure_customer(account_id, account.name, account.email, _key(account_id, former))
    portal.till.write(lambda tx: _known_there(tx, portal, account_id, made))
    return made


def register(portal: Portal, account_id: str, *, by: str = "system") -> str:
    """Makes an account known to the provider before it buys; the customer's id. Once for ever, audited.

    It is the only way for an offline account but its first purchase. Raises NotFound, GatewayUnavailable.
    """
    made = ensure(portal, account_id)
    action = "customer.registered"
    portal.till.write(lambda tx: _audit_once(tx, portal, account_id, action, by=by, after=made))
    return made


def portal_address(portal: Portal, account_id: str, return_path: str = "/") -> str:
    """Where this account's owner manages cards, invoices and subscriptions at the provider, for some minutes.

    Raises NotFound, Conflict for an offline account, GatewayUnavailable, PaymentRefused.
    """
    with portal.database.read() as connection:
        if organisations.is_offline(connection, account_id):
            raise Conflict("This account is not known to the payment provider yet; its first purchase changes that.")
    return portal.gateway.portal(ensure(portal, account_id), portal.settings.public_url + return_path)


def cards(portal: Portal, account_id: str) -> tuple[Card, ...]:
    """The account's saved payment methods; an account that never bought has none. Raises GatewayUnavailable."""
    with portal.database.read() as connection:
        customer_ref = accounts.customer_of(connection, account_id)
    return portal.gateway.cards(customer_ref) if customer_ref else ()


def remove_card(portal: Portal, account_id: str, card_ref: str) -> None:
    """Forgets a saved method. Raises NotFound for one that is not the account's."""
    with portal.database.read() as connection:
        customer_ref = accounts.customer_of(connection, account_id)
    if customer_ref is None:
        raise NotFound("There is no such card.")
    portal.gateway.remove_card(customer_ref, card_ref)


def details(portal: Portal, account_id: str) -> CustomerFact | None:
    """What the provider said of the account's customer when it was last asked; None: it never had one.

    Raises NotFound.
    """
    with portal.database.read() as connection:
        if accounts.view(connection, account_id, portal.clock()) is None:
            raise NotFound("There is no such account.")
        return rows.of_account(connection, account_id)


def keep(tx: Tx, fact: CustomerFact, account_id: str, now: int) -> bool:
    """Records how the provider has the customer; one that was deleted there is the account's no more.

    Whether it was news. Only recording calls it.
    """
    is_news = rows.keep(tx, fact, account_id)
    if fact.is_deleted and rows.unlink(tx, account_id, fact.customer_ref):
        audit.add(
            tx, actor="system", action="customer.deleted", now=now, account_id=account_id, before=fact.customer_ref
        )  # fmt: skip
    if is_news:
        tx.changed.add(account_id)
    return is_news


def _key(account_id: str, former: CustomerFact | None) -> str:
    """The same for everybody who found no customer; another one after each that was deleted, whose key would answer."""
    return f"customer:{account_id}:{former.customer_ref}" if former and former.is_deleted else f"customer:{account_id}"


def _known_there(tx: Tx, portal: Portal, account_id: str, customer_ref: str) -> None:
    rows.link(tx, account_id, customer_ref, portal.clock())
    organisations.go_online(tx, account_id)


def _audit_once(tx: Tx, portal: Portal, account_id: str, action: str, *, by: str, after: str) -> None:
    if not audit.is_there(tx.connection, account_id, action):
        audit.add(tx, actor=by, action=action, now=portal.clock(), account_id=account_id, after=after)
        tx.changed.add(account_id)
