"""Overdraft: what accounts used below zero is invoiced month by month. reconcile, duties and the command line call it.

A period is written down with what it asks for and committed; only then the provider hears of it, as a duty. What is
asked for follows from the ledger alone, so a run that is late, repeated or made by two processes at once asks the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from billing import customers
from billing.gateways.invoicing import Claim
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.calendars import Period
from billing.rules.errors import BadInput, Conflict, NotFound, PaymentRefused
from billing.rules.moments import DAY, from_datetime, to_datetime
from billing.rules.money import Credits
from billing.rules.overdraft import CreditPrice, InvoiceState, OverdraftInvoice
from billing.rules.texts import new_id
from billing.store import accounts, duties
from billing.store import overdraft as rows
from billing.store.duties import Duty
from billing.store.writer import Tx

INVOICE = "overdraft_invoice"
"""The kind of duty that sends an invoice."""

CURSOR = "overdraft_periods"
READ_AGAIN = DAY
READ_MOST = 50

NO_PRICE = "overdraft.product names nothing at the payment provider that says what a credit costs."

Prices = tuple[CreditPrice, ...]


def invoice(portal: Portal, as_of: int | None = None, *, dry_run: bool = False) -> list[OverdraftInvoice]:
    """Writes an invoice for each account and period that ended by `as_of` (now) and was not invoiced yet.

    A dry run writes nothing and tells what would be asked for as things stand; only it may look ahead. Raises BadInput,
    NotFound (no price), GatewayUnavailable.
    """
    now = portal.clock()
    if as_of is not None and as_of > now and not dry_run:
        raise BadInput("Only a dry run can look ahead: what is not over cannot be invoiced.", field="as_of")
    made: list[OverdraftInvoice] = []
    prices: Prices = ()
    for period in _periods(portal, now if as_of is None else as_of):
        owing = _owing(portal)
        prices = prices or (_prices(portal) if owing else ())
        for account_id in owing:
            asked = (_foreseen if dry_run else _written)(portal, account_id, period, prices, made)
            made.extend([asked] if asked else [])
        if not dry_run:
            portal.till.write(partial(duties.advance, name=CURSOR, to=period.end))
    return made


def send(portal: Portal, duty: Duty) -> None:
    """Has the provider make and send the invoice, once, and records it. Raises what the provider raises.

    One that is refused for good asks for nothing: what it was for is in the account's next invoice.
    """
    with portal.database.read() as connection:
        asked = rows.get(connection, str(duty.body["invoice"]))
    if asked is None or asked.state is not InvoiceState.NEW:
        return
    try:
        claim = claim_of(portal, asked, customers.ensure(portal, asked.account_id))
        fact = portal.gateway.send_invoice(claim, duty.id)
    except (PaymentRefused, NotFound) as refused:
        portal.till.write(partial(rows.refuse, invoice=asked, why=refused.sentence, now=portal.clock()))
        raise
    record_now(portal, fact)


def reopen(portal: Portal, invoice_id: str) -> OverdraftInvoice:
    """Owes once more an invoice that was refused, when what stood in its way is mended.

    Raises NotFound, Conflict when another invoice asks for its credits by now or they were paid.
    """

    def work(tx: Tx) -> OverdraftInvoice:
        found = rows.get(tx.connection, invoice_id)
        if found is None:
            raise NotFound("There is no such invoice.")
        rows.serialize(tx, found.account_id)
        if found.state is not InvoiceState.REFUSED or rows.unasked(tx.connection, found.account_id) < found.credits:
            raise Conflict("What this invoice was for was paid, or another invoice asks for it.")
        again = replace(found, state=InvoiceState.NEW, note="", closed_at=None)
        rows.change(tx, again)
        now = portal.clock()
        _owe(tx, portal, again, f"{INVOICE}:{found.id}:{now}", now)
        return again

    return portal.till.write(work)


def refresh(portal: Portal) -> None:
    """Reads open invoices again that nobody told of for a day: events can be lost, and are forgotten after a month."""
    with portal.database.read() as connection:
        unread = rows.unread(connection, portal.clock() - READ_AGAIN, READ_MOST)
    for invoice_ref in unread:
        record_now(portal, portal.gateway.invoice(invoice_ref))


def moment_of(portal: Portal, day: str) -> int:
    """When that day (2026-03-01) begins in the time zone of invoices. Raises BadInput."""
    try:
        begins = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=portal.settings.overdraft.calendar.zone)
    except ValueError:
        raise BadInput(f"{day[:40]!r} is no day such as 2026-03-01.", field="as_of") from None
    return from_datetime(begins.astimezone(UTC))


def about(portal: Portal, asked: OverdraftInvoice) -> str:
    """The invoice's line: how much, when, and the price from which the amount was computed."""
    zone, unit = portal.settings.overdraft.calendar.zone, portal.settings.credits.unit_name
    first, last = (
        to_datetime(moment).astimezone(zone).date().isoformat() for moment in (asked.period_start, asked.period_end - 1)
    )
    price = f"{asked.price.amount} for {asked.price.credits}"
    return f"{asked.credits} {unit} used on account, {first} to {last}, at {price}"


def _periods(portal: Portal, until: int) -> list[Period]:
    """Those not done yet, the oldest first. The first of all begins before the first account could owe anything."""
    settings = portal.settings.overdraft
    if not settings.product:
        return []
    with portal.database.read() as connection:
        since = duties.position(connection, CURSOR)
        first = rows.first_postpaid(connection) if since is None else None
    calendar = settings.calendar
    if since is None and first is None:
        return []
    return list(calendar.closed(since or calendar.opened(first or 0), until))


def _owing(portal: Portal) -> list[str]:
    with portal.database.read() as connection:
        return rows.owing(connection)


def _prices(portal: Portal) -> Prices:
    found = portal.gateway.credit_prices(portal.settings.overdraft.product or "")
    if not found:
        raise NotFound(NO_PRICE, field="overdraft.product")
    return found


def _foreseen(
    portal: Portal, account_id: str, period: Period, prices: Prices, before: Sequence[OverdraftInvoice]
) -> OverdraftInvoice | None:
    """What would be written; those `before` it in the same dry run ask for their part already."""
    planned = sum(each.credits.micro for each in before if each.account_id == account_id)
    with portal.database.read() as connection:
        return _asked(connection, portal, account_id, period, prices, planned)


def _written(
    portal: Portal, account_id: str, period: Period, prices: Prices, _before: Sequence[OverdraftInvoice]
) -> OverdraftInvoice | None:
    def work(tx: Tx) -> OverdraftInvoice | None:
        rows.serialize(tx, account_id)
        asked = _asked(tx.connection, portal, account_id, period, prices)
        if asked is not None:
            rows.add(tx, asked)
            _owe(tx, portal, asked, f"{INVOICE}:{asked.id}", asked.created_at)
        return asked

    return portal.till.write(work)


def _owe(tx: Tx, portal: Portal, asked: OverdraftInvoice, cause: str, now: int) -> None:
    body = {"invoice": asked.id, "reason": about(portal, asked)}
    duties.owe(tx, kind=INVOICE, cause=cause, account_id=asked.account_id, body=body, now=now)


def _asked(
    connection: Connection, portal: Portal, account_id: str, period: Period, prices: Prices, planned: int = 0
) -> OverdraftInvoice | None:
    """The invoice of the period, None when it has one or nothing is to be asked for."""
    terms = rows.terms(connection, account_id)
    used = Credits(max(0, rows.unasked_at(connection, account_id, period.end).micro - planned))
    price = price_in(portal, prices, accounts.currency(connection, account_id))
    amount = price.of(used)
    if terms is None or amount.minor <= 0 or rows.is_invoiced(connection, account_id, period):
        return None
    now = portal.clock()
    return OverdraftInvoice(
        new_id("odi"), account_id, period.start, period.end, used, amount, price,
        terms.due_in_days or portal.settings.overdraft.due_in_days, InvoiceState.NEW,
        None, None, None, None, None, "", now, now, None,
    )  # fmt: skip


def price_in(portal: Portal, prices: Prices, currency: str | None) -> CreditPrice:
    """In the currency the account buys in, else in the portal's own, when credits are priced in it."""
    for wanted in (currency, portal.settings.catalog.currency):
        for each in prices:
            if each.amount.currency == wanted:
                return each
    return prices[0]


def claim_of(portal: Portal, asked: OverdraftInvoice, customer_ref: str) -> Claim:
    return Claim(
        asked.id, customer_ref, asked.amount, about(portal, asked), asked.period_start, asked.period_end,
        asked.due_in_days,
    )  # fmt: skip
