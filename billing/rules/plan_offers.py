"""Which plan somebody means, and whether they may change to it. Anyone may import it; pure decisions.

Every refusal says in a sentence what is wrong and what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from billing.rules.errors import BadInput, Conflict, NotFound
from billing.rules.facts import InvoiceFact
from billing.rules.money import Money
from billing.rules.plan_changes import SEATS_MOST, PlanSide, When, Wish
from billing.rules.plans import NOTHING, Behavior, Catalogue, PlanTerms
from billing.rules.sentences import sentence, together, word
from billing.rules.subscriptions import Plan, Subscription, meaning, plan_of

LIVING = ("active", "trialing")
OWED = ("draft", "open", "uncollectible")
CHANGED = "subscription_update"
"""Why the provider makes an invoice when a subscription was changed."""


def wanted(plans: Iterable[Plan], subscription: Subscription, wish: Wish) -> Plan:
    """The offer that is meant: of this name, in the subscription's currency, in the rhythm asked for or else kept.

    Raises NotFound, Conflict (not sold any more, or not in this currency), BadInput (which rhythm?).
    """
    if not isinstance(wish.when, When):
        raise BadInput("A plan is changed now or at the period_end.", field="when")
    named = [each for each in plans if wish.plan in (each.key, name_of(each))]
    if not named:
        raise NotFound("This plan is not on offer.", field="plan")
    sold = [each for each in named if each.on_sale]
    if not sold:
        gone = sentence("{plan} is not sold any more; whoever has it keeps it.", plan=named[0].name)
        raise Conflict(gone, field="plan")
    currency = subscription.amount.currency
    paid = [each for each in sold if each.amount.currency == currency]
    if not paid:
        other = sentence(
            "{plan} is not sold in {currency}, in which your plan is paid.", plan=sold[0].name, currency=currency
        )
        raise Conflict(other, field="plan")
    return _in_rhythm(paid, subscription, wish.interval)


def name_of(plan: Plan) -> str:
    """The plan's own name, which its offers in several rhythms and currencies share."""
    return plan.terms.name if plan.terms else plan.key


def seats_wanted(plan: Plan, subscription: Subscription, wish: Wish) -> int | None:
    """How many seats are charged for: those asked for, else as many as before; None for a plan without seats."""
    if not any(item.per_seat for item in plan.items):
        if wish.seats is not None:
            none = sentence("{plan} is not charged by the seat: leave the number out.", plan=plan.name)
            raise BadInput(none, field="seats")
        return None
    if wish.seats is None:
        return max(1, subscription.quantity)
    if type(wish.seats) is not int or not 1 <= wish.seats <= SEATS_MOST:
        raise BadInput(sentence("The seats must be a whole number from 1 to {most}.", most=SEATS_MOST), field="seats")
    return wish.seats


def refuse_seats(catalogue: Catalogue, plan: Plan, seats: int | None) -> None:
    """Raises BadInput for fewer or more than the plan is sold with."""
    products = catalogue.products_of(plan.terms) if plan.terms else ()
    seated = next((each for each in products if each.behavior is Behavior.PER_SEAT), None)
    if seated is None or seats is None:
        return
    bounds = [each for each in (seated.seat_limit, seated.max_quantity) if each is not None]
    if bounds and seats > min(bounds):
        most = sentence("{plan} has at most {most} seats.", plan=plan.name, most=min(bounds))
        raise BadInput(most, field="seats")
    if seats < seated.min_quantity:
        least = sentence("{plan} has at least {least} seats.", plan=plan.name, least=seated.min_quantity)
        raise BadInput(least, field="seats")


def items_of(plan: Plan, seats: int | None) -> tuple[tuple[str, int], ...]:
    """(price, quantity) of each item of a subscription to the plan; 0 where usage is metered."""
    if not plan.items:
        return ((plan.price_ref, 1),)
    return tuple((item.price_ref, 0 if item.metered else (seats or 1) if item.per_seat else 1) for item in plan.items)


def offer_of(plans: Iterable[Plan], items: Sequence[tuple[str, int]]) -> Plan | None:
    """The offer that consists of just these prices; retired ones too."""
    prices = {price for price, _ in items}
    return next((each for each in plans if {price for price, _ in items_of(each, 1)} == prices), None)


def side_of(plan: Plan, items: Sequence[tuple[str, int]]) -> PlanSide:
    """The plan with so many of each item."""
    many = dict(items)
    cost = sum(item.amount.minor * many[item.price_ref] for item in plan.items) if plan.items else plan.amount.minor
    return PlanSide(
        key=name_of(plan),
        title=plan.name,
        interval=plan.interval,
        interval_count=plan.interval_count,
        seats=next((many[item.price_ref] for item in plan.items if item.per_seat), None),
        amount=Money(cost, plan.amount.currency),
        credits=plan.terms.period_credits if plan.terms else NOTHING,
        terms=plan.terms,
    )


def side_held(plans: Iterable[Plan], had: Subscription, terms: PlanTerms | None) -> PlanSide:
    """The plan that is had, at the prices it is had at; one that nobody knows any more goes by what it costs."""
    known = plan_of(plans, had, terms)
    cost = Money(sum(each.amount.minor * each.quantity for each in had.items), had.amount.currency)
    seated = known is not None and any(item.per_seat for item in known.items)
    return PlanSide(
        key=name_of(known) if known else "",
        title=known.name if known else str(cost),
        interval=had.interval,
        interval_count=had.interval_count,
        seats=had.quantity if seated else None,
        amount=cost,
        credits=terms.period_credits if terms else NOTHING,
        terms=terms,
    )


def owed(invoices: Iterable[InvoiceFact], now: int) -> InvoiceFact | None:
    """The oldest that ought to be paid by now. One that is sent has time until its day; but what a change costs must be
    paid before the next change.
    """
    open_ones = (each for each in invoices if each.status in OWED and each.due_minor > each.paid_minor)
    return next((each for each in open_ones if _is_due(each, now)), None)


def _is_due(invoice: InvoiceFact, now: int) -> bool:
    if invoice.billing_reason == CHANGED:
        return True
    return invoice.status != "draft" and (invoice.due_at is None or invoice.due_at <= now)


def refuse_state(subscription: Subscription) -> None:
    """Raises Conflict unless the subscription is in a state that a change can begin from."""
    if subscription.status not in LIVING:
        raise Conflict(together(meaning(subscription), sentence("The plan can be changed after that.")))
    if subscription.is_ending and subscription.status != "trialing":
        raise Conflict("This plan was cancelled and runs out. Let it go on first, then change it.")


def refuse_nothing_new(subscription: Subscription, items: Sequence[tuple[str, int]], when: When) -> None:
    """Raises Conflict for what is so already, or will be. Who is trying a plan may buy it: that is a change."""
    planned = subscription.planned
    if when is When.PERIOD_END and planned is not None and sorted(planned.items) == sorted(items):
        raise Conflict("This change is planned already.")
    if sorted(held(subscription)) != sorted(items) or (when is When.NOW and subscription.status == "trialing"):
        return
    if planned is not None:
        raise Conflict("This is the plan you have. To keep it, undo the change that is planned.")
    raise Conflict("This is the plan you have already.")


def held(subscription: Subscription) -> tuple[tuple[str, int], ...]:
    """(price, quantity) of each item it has."""
    return tuple((each.price_ref, each.quantity) for each in subscription.items)


def _in_rhythm(plans: Sequence[Plan], subscription: Subscription, interval: str | None) -> Plan:
    rhythms = {each.interval for each in plans}
    kept = (subscription.interval, subscription.interval_count)
    fit = [each for each in plans if interval is None or each.interval == interval]
    same = [each for each in fit if (each.interval, each.interval_count) == kept]
    if same or len(fit) == 1:
        return (same or fit)[0]
    name, there = plans[0].name, together(*map(word, sorted(rhythms)), between=", ")
    if interval is None:
        which = sentence("{plan} can be had by these intervals: {intervals}. Say which.", plan=name, intervals=there)
        raise BadInput(which, field="interval")
    never = sentence(
        "{plan} cannot be had every {interval}, but by these intervals: {intervals}.",
        plan=name, interval=interval[:20], intervals=there,
    )  # fmt: skip
    raise BadInput(never, field="interval")
