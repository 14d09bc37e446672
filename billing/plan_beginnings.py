"""How a subscription may begin: its trial, its code, and that of two windows only one is paid. subscribing calls it.

Whether a code is any good, and what else was begun, only the provider knows. It is asked before anything is given out.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing import seats
from billing.gateways.changing import Reduction
from billing.gateways.subscribing import Beginning
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict
from billing.rules.facts import SubscriptionFact
from billing.rules.sentences import sentence
from billing.rules.subscriptions import Plan
from billing.rules.texts import clean
from billing.subscriptions import owned, refresh

CODE_MAX = 200
UNFINISHED = "incomplete"

_UNKNOWN = sentence("This code is not known, or not valid any more.")
_ELSEWHERE = sentence("A subscription was begun or paid in another window. Please look again.")


@dataclass(frozen=True, slots=True)
class Options:
    """What somebody says beside the plan. A trial is what they get unless they skip it, or had one before.

    `promotion_code` is what a customer types; `coupon` is the provider's own id, for those who know it.
    """

    skip_trial: bool = False
    promotion_code: str | None = None
    coupon: str | None = None


USUAL = Options()


def beginning(portal: Portal, account_id: str, plan: Plan, customer_ref: str, options: Options) -> Beginning:
    """What the provider is told beside the plan. Raises BadInput, LimitReached (more members than it has room for),
    GatewayUnavailable.
    """
    settings = portal.settings.subscription
    days = 0 if options.skip_trial else trial_days(portal, account_id, plan)
    return Beginning(
        seats=seats.assert_fit(portal, account_id, plan.terms) or 1,
        trial_days=days,
        needs_card=settings.trial_needs_card,
        ends_with_trial=settings.behavior_after_trial == "cancel",
        reduction=reduction(portal, customer_ref, options.promotion_code, options.coupon),
        takes_codes=settings.promotion_codes,
    )


def trial_days(portal: Portal, account_id: str, plan: Plan) -> int:
    """How long the account may try the plan: once for whichever plan, and not again. Raises GatewayUnavailable."""
    days = plan.terms.trial_days if plan.terms else 0
    return 0 if any(each.trial_end is not None for each in owned(portal, account_id)) else days


def reduction(portal: Portal, customer_ref: str, promotion_code: str | None, coupon: str | None) -> Reduction | None:
    """What the code or the coupon takes off; None when neither is given.

    Raises BadInput for one that does not work, GatewayUnavailable.
    """
    if promotion_code is None and coupon is None:
        return None
    if promotion_code is not None and coupon is not None:
        raise BadInput("Give a promotion code or a coupon, not both.", field="coupon")
    field = "coupon" if promotion_code is None else "promotion_code"
    given = clean(coupon if promotion_code is None else promotion_code, field, least=1, most=CODE_MAX)
    known = portal.gateway.coupon(given) if promotion_code is None else portal.gateway.reduction(given, customer_ref)
    if known is None:
        raise BadInput(_UNKNOWN, field=field)
    return known


def refuse_second(portal: Portal, account_id: str, but_unfinished: str | None = None) -> None:
    """One subscription of the product at a time; who has one, the provider says."""
    refresh(portal, account_id)
    for each in owned(portal, account_id):
        if each.is_open and each.status != UNFINISHED:
            raise Conflict("This account is subscribed already. Change or cancel that subscription first.")
        if each.is_open and each.price_ref != but_unfinished:
            raise Conflict("A subscription was begun and its first payment is open. It ends by itself within a day.")


def close_others(portal: Portal, account_id: str, customer_ref: str, session_ref: str) -> None:
    """Of two windows the later one counts: nobody is given an address while another one could still be paid.

    Looked at after it was opened, so that of two at the same time at least one sees the other.
    """
    begun = portal.gateway.begun_checkouts(customer_ref)
    try:
        if session_ref in begun[1:] or not close_checkouts(portal, customer_ref, but=session_ref):
            raise Conflict(_ELSEWHERE)
        refuse_second(portal, account_id)
    except Conflict:
        portal.gateway.close_checkout(session_ref)
        raise


def close_checkouts(portal: Portal, customer_ref: str, but: str = "") -> bool:
    """Whether none of them had been paid before it could be closed."""
    others = [each for each in portal.gateway.begun_checkouts(customer_ref) if each != but]
    closed = [portal.gateway.close_checkout(each) for each in others]
    return all(closed)


def keep_one(portal: Portal, account_id: str, begun: SubscriptionFact) -> None:
    """Of two that were begun the older one stays, unless it is the same plan with other options and not paid."""
    refresh(portal, account_id)
    own = (begun.started_at, begun.subscription_ref)
    others = [each for each in owned(portal, account_id) if each.is_open and each.id != begun.subscription_ref]
    twins = [each for each in others if (each.status, each.price_ref) == (UNFINISHED, begun.price_ref)]
    own = (begun.started_at, begun.subscription_ref)
    in_the_way = [each for each in others if each not in twins and (each.started_at, each.id) < own]
    for each in [begun.subscription_ref] if in_the_way else [each.id for each in twins]:
        portal.gateway.drop_unpaid(each, f"drop:{each}")
    if in_the_way:
        raise Conflict(_ELSEWHERE)
