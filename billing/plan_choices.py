"""The plans an account can choose from, beside the one it has and the one that is planned. Pages and doors call it."""

from __future__ import annotations

from dataclasses import dataclass

from billing import organisations, plan_beginnings, seats, subscriptions
from billing.portal import Portal
from billing.rules import plan_offers
from billing.rules.facts import PendingChange, PlannedChange
from billing.rules.plan_changes import PlanSide, When, suggested
from billing.rules.plans import PlanTerms
from billing.rules.subscriptions import Plan, Subscription, plan_of


@dataclass(frozen=True, slots=True)
class Choice:
    """One plan in one rhythm. `side` is what it would be with the seats that are charged for now, or would be.

    `when` is what to offer first to somebody who has another plan: at once, or when what is paid for is used up.
    `trial_days` are those this account would get, which begins to subscribe with it.
    """

    plan: Plan
    side: PlanSide
    is_current: bool
    when: When | None
    trial_days: int


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything a page of plans shows. Who has no subscription is on `default`, if there is such a plan.

    `planned` is what the subscription becomes when its period ends, `waiting` what it becomes once that is paid.
    """

    subscription: Subscription | None
    current: PlanSide | None
    planned: PlanSide | None
    waiting: PlanSide | None
    default: PlanTerms | None
    offers: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class _Own:
    """What the account has, as the offer it is of, and how many people are in it."""

    account_id: str
    found: Subscription | None
    current: PlanSide | None
    mine: Plan | None
    members: int


def choices(portal: Portal, account_id: str) -> Choices:
    """What the account has and could have, from rows and the provider's prices. Raises GatewayUnavailable."""
    found, terms = subscriptions.current_with_plan(portal, account_id)
    plans = subscriptions.known_plans(portal)
    current = plan_offers.side_held(plans, found, terms) if found else None
    mine = plan_of(plans, found, terms) if found else None
    with portal.database.read() as connection:
        own = _Own(account_id, found, current, mine, organisations.count_members(connection, account_id))
    currency = found.amount.currency if found else None
    sold = [each for each in subscriptions.plans(portal) if currency in (None, each.amount.currency)]
    return Choices(
        subscription=found,
        current=current,
        planned=_meant(plans, found.planned) if found else None,
        waiting=_meant(plans, found.pending) if found else None,
        default=portal.catalogue.default_plan,
        offers=tuple(_choice(portal, each, own) for each in sold),
    )


def _choice(portal: Portal, plan: Plan, own: _Own) -> Choice:
    paid = own.found.quantity if own.found else 0
    side = plan_offers.side_of(plan, plan_offers.items_of(plan, seats.expected(portal, plan.terms, own.members, paid)))
    is_current = own.mine is not None and plan.key == own.mine.key
    return Choice(
        plan=plan,
        side=side,
        is_current=is_current,
        when=None if own.current is None or is_current else suggested(own.current, side),
        trial_days=0 if own.found else plan_beginnings.trial_days(portal, own.account_id, plan),
    )


def _meant(plans: tuple[Plan, ...], coming: PlannedChange | PendingChange | None) -> PlanSide | None:
    meant = plan_offers.offer_of(plans, coming.items) if coming else None
    return plan_offers.side_of(meant, coming.items) if coming and meant else None
