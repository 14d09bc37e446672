"""Papers: the invoices of an account as the provider has them, and the next one. Pages and doors call it.

Nothing is kept of them here. Whose they are our own row says; the provider is asked for that customer's alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from billing import subscriptions
from billing.portal import Portal
from billing.rules.bills import Bill
from billing.rules.moments import iso
from billing.rules.papers import Paper, of_year
from billing.statements import csv_line, harmless
from billing.store import accounts

MOST = 1_000
RENEWED = ("active", "trialing", "past_due")
COLUMNS = ("created_at", "number", "type", "state", "currency", "total", "left_to_pay", "credited", "due_at", "invoice")


def listed(portal: Portal, account_id: str) -> tuple[Paper, ...]:
    """The account's newest thousand invoices, newest first; none for one that never paid. Raises GatewayUnavailable."""
    with portal.database.read() as connection:
        customer_ref = accounts.customer_of(connection, account_id)
    if customer_ref is None:
        return ()
    found = portal.gateway.papers(customer_ref, MOST)
    # Asked for by the customer; checked once more, for a paper shown to somebody else cannot be taken back.
    return tuple(each for each in found if each.customer_ref == customer_ref)


def upcoming(portal: Portal, account_id: str) -> Bill | None:
    """The next invoice of the account's plan as it would be now; None when there will be none.

    Raises GatewayUnavailable, PaymentRefused.
    """
    found = subscriptions.current(portal, account_id)
    if found is None or found.is_ending or found.status not in RENEWED:
        return None
    return portal.gateway.upcoming(found.id)


def csv_rows(portal: Portal, account_id: str, year: int | None = None) -> Iterator[str]:
    """The invoices of a year, or all, as CSV text: UTC, amounts in major units, no cell a formula."""
    papers, now = of_year(listed(portal, account_id), year), portal.clock()
    yield csv_line(COLUMNS)
    for each in papers:
        amounts = (str(each.total.major), str(each.left.major), str(each.credited.major))
        due = iso(each.due_at) if each.due_at is not None else ""
        words = (harmless(each.number or ""), each.kind.value, each.state(now).value, each.total.currency)
        yield csv_line((iso(each.created_at), *words, *amounts, due, each.invoice_ref))
