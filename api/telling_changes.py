"""Plans, previews and subscriptions in the words of the API. Only api/plan_changes.py imports it."""

from __future__ import annotations

from api import shapes_changes as own
from billing.plan_choices import Choice, Choices
from billing.rules.bills import Bill, BillLine
from billing.rules.moments import NEVER, iso
from billing.rules.money import Credits, Money
from billing.rules.plan_changes import ChangePreview, Gain, LimitChange, PlanSide
from billing.rules.plans import Catalogue


def shown(seen: ChangePreview) -> own.ChangeShown:
    """A preview."""
    return own.ChangeShown(
        as_previewed=seen.token,
        valid_until=iso(seen.valid_until),
        when=seen.when.value,
        effective_at=iso(seen.effective_at),
        currency=seen.due_now.currency,
        before=_side(seen.before),
        after=_side(seen.after),
        due_now=_major(seen.due_now),
        credited=_major(seen.credited),
        now=_invoice(seen.now) if seen.now else None,
        next=_invoice(seen.next),
        credits_now=[_coming(each) for each in seen.gains_now],
        credits_next=[_coming(each) for each in seen.gains_next],
        features_gained=[each.name for each in seen.features_gained],
        features_lost=[each.name for each in seen.features_lost],
        limits=[_limit(each) for each in seen.limits],
        collection=seen.collection.value,
        days_until_due=seen.days_until_due,
        reduction=seen.reduction,
        ends_trial=seen.ends_trial,
        drops_planned=seen.drops_planned,
    )


def state(account_id: str, found: Choices) -> own.SubscriptionState:
    """What the account has and will have."""
    had = found.subscription
    planned = waiting = None
    if had is not None and had.planned is not None and found.planned is not None:
        planned = own.Planned(**_side(found.planned).model_dump(), effective_at=iso(had.planned.effective_at))
    if had is not None and had.pending is not None and found.waiting is not None:
        waiting = own.Waiting(**_side(found.waiting).model_dump(), expires_at=iso(had.pending.expires_at))
    return own.SubscriptionState(
        account=account_id,
        status=had.status if had else None,
        current=_side(found.current) if found.current else None,
        planned=planned,
        waiting=waiting,
        period_end=iso(had.period_end) if had else None,
        trial_end=iso(had.trial_end) if had and had.trial_end else None,
        ends_at=iso(had.ends_at) if had and had.ends_at else None,
    )


def offered(each: Choice, catalogue: Catalogue) -> own.Offered:
    """One plan on sale."""
    terms = each.plan.terms
    return own.Offered(
        **_side(each.side).model_dump(),
        key=each.plan.key,
        description=each.plan.description,
        currency=each.side.amount.currency,
        features=[feature.name for feature in catalogue.features_of(terms)] if terms else [],
        credits_on_start=str(terms.on_start_credits if terms else Credits(0)),
        trial_days=each.trial_days,
        is_current=each.is_current,
        when=each.when.value if each.when else None,
    )


def _side(side: PlanSide) -> own.Side:
    return own.Side(
        plan=side.key,
        title=side.title,
        interval=side.interval,
        interval_count=side.interval_count,
        seats=side.seats,
        amount=_major(side.amount),
        credits=str(side.credits),
    )


def _invoice(bill: Bill) -> own.Invoice:
    return own.Invoice(
        at=iso(bill.at),
        lines=[_line(each, bill.due.currency) for each in bill.lines],
        discount=_major(bill.discount),
        tax=_major(bill.tax),
        total=_major(bill.total),
        due=_major(bill.due),
        kept=_major(bill.kept),
    )


def _line(row: BillLine, currency: str) -> own.Line:
    return own.Line(
        text=row.text,
        amount=_major(Money(row.line.amount_minor, currency)),
        discount=_major(Money(row.discount_minor, currency)),
        tax=_major(Money(row.tax_minor, currency)),
        period_start=iso(row.line.period_start),
        period_end=iso(row.line.period_end),
        proration=row.line.proration,
    )


def _coming(gain: Gain) -> own.Coming:
    expires = None if gain.expires_at == NEVER else iso(gain.expires_at)
    return own.Coming(plan=gain.plan, credits=str(gain.credits), expires_at=expires)


def _limit(each: LimitChange) -> own.LimitChanged:
    before, after = (limit.most if limit else 0 for limit in (each.before, each.after))
    return own.LimitChanged(name=each.name, before=before, after=after, used=each.used, exceeded=each.is_exceeded)


def _major(money: Money) -> str:
    return f"{money.major:f}"
