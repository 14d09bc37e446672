"""Credits of plans: what a paid invoice gives for its lines, once. invoices, webhooks and previews of changes call it.

What the lines are worth is found out before the transaction, for the provider may have to be asked what a price is;
what they give together is decided in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from billing import wares
from billing.portal import Portal
from billing.rules.facts import InvoiceFact, InvoiceLine, SubscriptionFact
from billing.rules.plan_credits import portions
from billing.rules.portions import Earned, Portion, posting, reckon
from billing.rules.postings import Posted
from billing.rules.wares import lines_sold
from billing.settling import Settlement
from billing.store import ledger
from billing.store import plan_invoices as rows
from billing.store.inbox import EventState
from billing.store.writer import Tx

PAID = "paid"
RENEWALS = ("subscription_create", "subscription_cycle")


def weighed(portal: Portal, fact: InvoiceFact) -> InvoiceFact:
    """The invoice with what its lines are worth, as it must be when it is recorded. Raises GatewayUnavailable."""
    if fact.status != PAID or fact.subscription_ref is None:
        return fact
    anchor = fact.subscription.anchor if fact.subscription else None
    return replace(fact, portions=_portions(portal, fact.lines, anchor))


def give(tx: Tx, fact: InvoiceFact, account_id: str, now: int) -> Settlement:
    """Posts what an invoice that was `weighed` gives, once for ever. The account is locked by now."""
    if not fact.portions or rows.is_reckoned(tx.connection, fact.invoice_ref):
        return Settlement(EventState.HANDLED, account_id=account_id)
    before = rows.surplus(tx.connection, fact.subscription_ref or "")
    reckoned = reckon(fact.portions, before, renews=fact.billing_reason in RENEWALS)
    postings = [posting(each, account_id, fact.read_at, fact.invoice_ref) for each in reckoned.earned]
    refused = [each for each in ledger.post(tx, postings, now) if not isinstance(each, Posted)] if postings else []
    if refused:
        why = f"The ledger refused the credits of the plan: {refused[0].refusal.value}."
        return Settlement(EventState.PARKED, why, account_id)
    rows.add(tx, fact, account_id, reckoned.surplus, now)
    return Settlement(EventState.HANDLED, account_id=account_id)


@dataclass(frozen=True, slots=True)
class Coming:
    """An invoice of a subscription that is not made yet; `renews`: it is for the next period."""

    lines: tuple[InvoiceLine, ...]
    renews: bool = False


def foreseen(
    portal: Portal, account_id: str, of: SubscriptionFact, invoices: Sequence[Coming]
) -> tuple[tuple[Earned, ...], ...]:
    """What each of these invoices would give once it is paid, one after the other. Raises GatewayUnavailable."""
    weights = [_portions(portal, each.lines, of.anchor) for each in invoices]
    with portal.database.read() as connection:
        surplus = rows.surplus(connection, of.subscription_ref)
        had = rows.started(connection, account_id, {each.plan for some in weights for each in some})
    found: list[tuple[Earned, ...]] = []
    for coming, some in zip(invoices, weights, strict=True):
        reckoned = reckon(some, surplus, renews=coming.renews)
        found.append(tuple(each for each in reckoned.earned if not (each.is_start and each.plan in had)))
        had |= {each.plan for each in reckoned.earned if each.is_start}
        surplus = reckoned.surplus
    return tuple(found)


def _portions(portal: Portal, lines: Iterable[InvoiceLine], anchor: int | None) -> tuple[Portion, ...]:
    told = [each for each in lines if each.price_ref and each.subscription_ref]
    known = wares.learned(portal, {each.price_ref for each in told if each.price_ref})
    return portions(told, lines_sold(portal.catalogue, known, told), anchor)
