"""Invoices: what the provider says about one becomes its state here, and credits when it is paid. recording calls."""

from __future__ import annotations

from dataclasses import replace

from billing import plan_credits
from billing.rules.facts import InvoiceFact
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.overdraft import ENDED, STATES, InvoiceState, OverdraftInvoice, differs
from billing.rules.postings import Posted, Posting, chain_hash
from billing.settling import Settlement
from billing.store import ledger
from billing.store import overdraft as rows
from billing.store.inbox import EventState
from billing.store.writer import Tx

CAUSE = "invoice"
NOT_ASKED = "The invoice asks for nothing that was used on account here."
LATE = "The invoice is still a draft, or a newer state of it is known already."
UNKNOWN = "The invoice is in a state that is not known here."


def keep(tx: Tx, fact: InvoiceFact, account_id: str, now: int) -> Settlement:
    """Records the invoice as it was read, once; `now`: microseconds UTC.

    One for credits used on account gives them back when it is paid, one of a subscription gives its plan's credits.
    """
    rows.serialize(tx, account_id)
    found = _meant(tx, fact, account_id)
    if found is None and fact.subscription_ref is not None:
        return plan_credits.give(tx, fact, account_id, now)
    if found is None:
        return Settlement(EventState.IGNORED, NOT_ASKED, account_id)
    if found.state is InvoiceState.PAID:
        return Settlement(EventState.HANDLED, account_id=account_id)
    state = STATES.get(fact.status)
    if state is None:
        return Settlement(EventState.PARKED, UNKNOWN, account_id)
    if state is InvoiceState.NEW or (state is not InvoiceState.PAID and fact.read_at < found.read_at):
        return Settlement(EventState.HANDLED, LATE, account_id)
    seen = replace(
        found, invoice_ref=fact.invoice_ref, number=fact.number, url=fact.url, due_at=fact.due_at, read_at=fact.read_at,
        note=differs(found, fact),
    )  # fmt: skip
    return _settle(tx, seen, now) if state is InvoiceState.PAID else _restate(tx, seen, state, now)


def _meant(tx: Tx, fact: InvoiceFact, account_id: str) -> OverdraftInvoice | None:
    """By the provider's id; by our own, which anybody may have written there, only until that one is known."""
    found = rows.by_ref(tx.connection, fact.invoice_ref)
    if found is None and fact.hint:
        found = rows.get(tx.connection, fact.hint)
        if found is not None and found.invoice_ref is not None:
            found = None
    return found if found is not None and found.account_id == account_id else None


def _restate(tx: Tx, seen: OverdraftInvoice, state: InvoiceState, now: int) -> Settlement:
    closed_at = (seen.closed_at or now) if state in ENDED else None
    rows.change(tx, replace(seen, state=state, closed_at=closed_at))
    parked = bool(seen.note) and state is not InvoiceState.VOID
    return Settlement(EventState.PARKED if parked else EventState.HANDLED, seen.note, seen.account_id)


def _settle(tx: Tx, seen: OverdraftInvoice, now: int) -> Settlement:
    """What is not exactly what was asked for credits nothing: a person must look at it."""
    outcome = None if seen.note else ledger.post(tx, [_posting(seen)], now)[0]
    if isinstance(outcome, Posted):
        paid = replace(
            seen, state=InvoiceState.PAID, transfer_id=outcome.transfer_id, closed_at=outcome.recorded_at
        )  # fmt: skip
        rows.change(tx, paid)
        return Settlement(EventState.HANDLED, account_id=seen.account_id)
    why = seen.note if outcome is None else f"The ledger refused the credits: {outcome.refusal.value}."
    rows.change(tx, replace(seen, note=f"It is paid, but: {why}"))
    return Settlement(EventState.PARKED, why, seen.account_id)


def _posting(invoice: OverdraftInvoice) -> Posting:
    """New credits repay what is owed first; what was repaid otherwise meanwhile stays as bought credits."""
    return Posting(
        account_id=invoice.account_id,
        kind=Kind.SETTLEMENT,
        cause_type=CAUSE,
        cause_id=invoice.invoice_ref or "",
        amount_micro=invoice.credits.micro,
        actor="system",
        happened_at=invoice.read_at,
        reason=f"Invoice {invoice.number or invoice.invoice_ref} is paid",
        input_hash=chain_hash(invoice.id, invoice.credits.micro),
        terms=LotTerms(LotSource.PURCHASE),
    )
