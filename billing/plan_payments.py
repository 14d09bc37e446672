"""Payments of plans: an open invoice of a subscription is paid on our page, or given up. The page plan calls it.

What was paid is read at the provider, whatever a browser says of it; a change that waits happens with its payment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from billing import customers, subscriptions
from billing.portal import Portal
from billing.recording import record_now
from billing.rules import plan_offers
from billing.rules.errors import Conflict, NotFound, PaymentRefused
from billing.rules.facts import About, InvoiceFact, Thing
from billing.rules.money import Money
from billing.rules.sentences import sentence
from billing.rules.subscriptions import Subscription
from billing.store import audit
from billing.store import subscriptions as snapshots
from billing.store.writer import Tx

GIVEN_UP = "plan.change_given_up"
FAILED = ("past_due", "unpaid")
PAID_MEANWHILE = sentence("It was paid in the meantime, so the plan has changed.")


@dataclass(frozen=True, slots=True)
class Owed:
    """An open invoice. A form in our page pays it with the secrets, else it is paid at `url`, a page of the provider.

    The secrets go to the payer's own page and nowhere else.
    """

    invoice_ref: str
    due: Money
    url: str
    client_secret: str | None = field(default=None, repr=False)
    customer_session_secret: str | None = field(default=None, repr=False)


def open_(portal: Portal, account_id: str, subscription_id: str, return_path: str) -> Owed | None:
    """What is open of the subscription now; None when nothing is any more.

    The card that pays a renewal late is charged from then on. Raises NotFound for a subscription that is not the
    account's, GatewayUnavailable, PaymentRefused.
    """
    found = _owned(portal, account_id, subscription_id)
    invoice = plan_offers.owed(portal.gateway.invoices_of(found.id), portal.clock())
    if invoice is None:
        subscriptions.refresh(portal, account_id)
        return None
    url = invoice.url or customers.portal_address(portal, account_id, return_path)
    due = Money(invoice.due_minor - invoice.paid_minor, invoice.goods.currency)
    secret = portal.gateway.invoice_secret(invoice.invoice_ref) if portal.settings.stripe.publishable_key else None
    if secret is None:
        return Owed(invoice.invoice_ref, due, url)
    if found.status in FAILED:
        portal.gateway.keep_card(found.id, f"keep:{invoice.invoice_ref}")
    saved = portal.gateway.customer_session(found.customer_ref)
    return Owed(invoice.invoice_ref, due, url, secret, saved)


def confirm(portal: Portal, account_id: str, subscription_id: str, invoice_ref: str) -> bool:
    """Asks the provider whether the invoice is paid and records what it says: heals a webhook that has not come.

    Raises NotFound for an invoice of anything else, GatewayUnavailable.
    """
    found = _owned(portal, account_id, subscription_id)
    fact = portal.gateway.read_about(About(Thing.INVOICE, invoice_ref))
    if not isinstance(fact, InvoiceFact) or fact.subscription_ref != found.id:
        raise NotFound("There is no such invoice.")
    record_now(portal, fact)
    return fact.status == "paid"


def give_up(portal: Portal, account_id: str, subscription_id: str, *, by: str = "system") -> Subscription:
    """Lets a change that waits for its payment be: the plan stays as it is and nothing is asked for.

    Twice is once. Raises NotFound, Conflict when it was paid in the meantime, GatewayUnavailable.
    """
    found = _read(portal, _owned(portal, account_id, subscription_id).id)
    waits = found.pending
    if waits is None:
        return found
    try:
        portal.gateway.void_invoice(waits.invoice_ref, f"give_up:{waits.invoice_ref}")
    except PaymentRefused:
        if confirm(portal, account_id, found.id, waits.invoice_ref):
            raise Conflict(PAID_MEANWHILE) from None
        raise
    portal.till.write(lambda tx: _audit(tx, account_id, by, portal.clock()))
    return _read(portal, found.id)


def _read(portal: Portal, subscription_id: str) -> Subscription:
    record_now(portal, portal.gateway.subscription(subscription_id))
    with portal.database.read() as connection:
        found = snapshots.get(connection, subscription_id)
    if found is None:
        raise NotFound("There is no such subscription.")
    return found


def _owned(portal: Portal, account_id: str, subscription_id: str) -> Subscription:
    """Somebody else's and an unknown one look alike."""
    every = subscriptions.owned(portal, account_id)
    found = next((each for each in every if each.id == subscription_id), None)
    if found is None:
        raise NotFound("There is no such subscription.")
    return found


def _audit(tx: Tx, account_id: str, by: str, now: int) -> None:
    audit.add(tx, actor=by, action=GIVEN_UP, now=now, account_id=account_id)
    tx.changed.add(account_id)
