"""Credits of plans: what a paid invoice gives for its lines, once. invoices, webhooks and previews of changes call it.

What the lines are worth is found out before the transaction, for the provider may have to be asked what a price is;
what they give together is decided in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from billing import wares
from billing.portal import Portal
from billing.rules.facts import InvoiceFact, InvoiceLine, SubscriptionFact
from billing.rules.plan_credits import Billed, portions, renews
from billing.rules.plans import Catalogue
from billing.rules.portions import Earned, Portion, posting, reckon
from billing.rules.postings import Posted
from billing.rules.wares import Wares, billed, lines_sold
from billing.settling import Settlement
from billing.store import ledger
from billing.store import plan_invoices as rows
from billing.store.inbox import EventState
from billing.store.writer import Tx

PAID = "paid"

Lines = Sequence[InvoiceLine]


def weighed(portal: Portal, fact: InvoiceFact) -> InvoiceFact:
    """The invoice with what its lines are worth, as it must be when it is recorded. Raises GatewayUnavailable.

    News come in any order, but what an invoice gives depends on those paid before it. So it brings them along.
    """
    if fact.status != PAID or fact.subscription_ref is None:
        return fact
    with portal.database.read() as connection:
        gave = rows.reckoned(connection, fact.subscription_ref)
    if fact.invoice_ref in gave:
        return fact
    every = portal.gateway.invoices_of(fact.subscription_ref)
    earlier = [each for each in _in_order(every, fact) if each.invoice_ref not in gave]
    lines = [line for each in (*every, fact) for line in each.lines]
    anchor = fact.subscription.anchor if fact.subscription else None
    weigh = partial(_weigh, portal.catalogue, _known(portal, lines), lines, anchor)
    return replace(weigh(fact), before=tuple(weigh(each) for each in earlier))


def give(tx: Tx, fact: InvoiceFact, account_id: str, now: int) -> Settlement:
    """Posts what an invoice that was `weighed` gives, once for ever. The account is locked by now."""
    for each in (*fact.before, fact):
        if each.portions and not rows.is_reckoned(tx.connection, each.invoice_ref):
            refused = _give(tx, each, account_id, now)
            if refused is not None:
                return refused
    return Settlement(EventState.HANDLED, account_id=account_id)


def _give(tx: Tx, fact: InvoiceFact, account_id: str, now: int) -> Settlement | None:
    before = rows.surplus(tx.connection, fact.subscription_ref or "")
    reckoned = reckon(fact.portions, before, renews=fact.renews)
    postings = [posting(each, account_id, fact.read_at, fact.invoice_ref) for each in reckoned.earned]
    refused = [each for each in ledger.post(tx, postings, now) if not isinstance(each, Posted)] if postings else []
    if refused:
        why = f"The ledger refused the credits of the plan: {refused[0].refusal.value}."
        return Settlement(EventState.PARKED, why, account_id)
    rows.add(tx, fact, account_id, reckoned.surplus, now)
    return None


def _in_order(every: Sequence[InvoiceFact], fact: InvoiceFact) -> list[InvoiceFact]:
    """Those paid before it, in the order of their payments; of the same second in the order they were made."""
    paid = sorted((each for each in every if each.status == PAID), key=lambda each: each.paid_at or 0)
    place = next((at for at, each in enumerate(paid) if each.invoice_ref == fact.invoice_ref), len(paid))
    return paid[:place]


def _weigh(
    of: Catalogue, known: Wares, lines: Sequence[InvoiceLine], anchor: int | None, fact: InvoiceFact
) -> InvoiceFact:
    """`lines` are those of every invoice of the subscription."""
    own = set(fact.lines)
    others = billed(_told(each for each in lines if each not in own), known)
    found = _portions(of, known, fact.lines, anchor, billed(_told(lines), known))
    return replace(fact, portions=found, renews=renews(found, others))


def foreseen(
    portal: Portal, account_id: str, of: SubscriptionFact, made: Iterable[InvoiceFact], coming: Sequence[Lines]
) -> tuple[tuple[Earned, ...], ...]:
    """What each of the `coming` invoices, by its lines, would give once it is paid, one after the other.

    `made` are those the subscription has already. Raises GatewayUnavailable.
    """
    lines = [line for each in made for line in each.lines]
    together = [*lines, *(line for some in coming for line in some)]
    known = _known(portal, together)
    periods = billed(_told(together), known)
    weights = [_portions(portal.catalogue, known, some, of.anchor, periods) for some in coming]
    with portal.database.read() as connection:
        surplus = rows.surplus(connection, of.subscription_ref)
        had = rows.started(connection, account_id, {each.plan for some in weights for each in some})
    found: list[tuple[Earned, ...]] = []
    for some, weight in zip(coming, weights, strict=True):
        reckoned = reckon(weight, surplus, renews=renews(weight, billed(_told(lines), known)))
        found.append(tuple(each for each in reckoned.earned if not (each.is_start and each.plan in had)))
        had |= {each.plan for each in reckoned.earned if each.is_start}
        surplus = reckoned.surplus
        lines += some
    return tuple(found)


def _portions(of: Catalogue, known: Wares, lines: Lines, anchor: int | None, periods: Billed) -> tuple[Portion, ...]:
    told = _told(lines)
    return portions(told, lines_sold(of, known, told), anchor, periods)


def _told(lines: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """Those that a subscription put on the invoice, for a price."""
    return [each for each in lines if each.price_ref and each.subscription_ref]


def _known(portal: Portal, lines: Iterable[InvoiceLine]) -> Wares:
    return wares.learned(portal, {each.price_ref for each in _told(lines) if each.price_ref})
