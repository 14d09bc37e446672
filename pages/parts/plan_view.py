"""Everything the page plan shows, read together in one thread. Only the page plan and its parts import it.

What the provider alone can tell is None while it cannot be asked: then the page shows what was last seen, and does
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from billing import accounts, customers, entitlements, members, organisations, plan_choices, subscriptions
from billing.customers import Card
from billing.entitlements import Overview
from billing.plan_choices import Choices
from billing.portal import Portal
from billing.rules.errors import Forbidden, GatewayUnavailable, NotFound
from billing.rules.lots import LotSource
from billing.rules.money import Credits
from billing.rules.plan_deeds import Deed, deeds
from billing.rules.plans import PlanTerms
from billing.rules.subscriptions import Subscription

log = structlog.get_logger("pages")


@dataclass(frozen=True, slots=True)
class PlanView:
    """One look. `held` are all subscriptions with their plans; `left` is what is left of credits that plans gave.

    `members` is None for an account that is no organisation's. `cards` None: nobody can say now. `refused` says why
    this account cannot subscribe, if it cannot.
    """

    held: tuple[tuple[Subscription, PlanTerms | None], ...]
    choices: Choices | None
    overview: Overview | None
    left: Credits
    members: int | None
    cards: tuple[Card, ...] | None
    refused: str = ""

    @property
    def alive(self) -> list[tuple[Subscription, PlanTerms | None]]:
        """Those that have not come to their end."""
        return [each for each in self.held if each[0].is_open]

    @property
    def is_away(self) -> bool:
        """Whether the provider cannot be asked."""
        return self.choices is None

    @property
    def seen_at(self) -> int | None:
        """When the provider last told about a subscription."""
        return max((each.read_at for each, _ in self.held), default=None)

    def looks_like(self, other: PlanView | None) -> bool:
        """Whether nothing that is shown differs: who is about to press a button must not find it drawn anew."""
        return other is not None and self._as_shown() == other._as_shown()

    def _as_shown(self) -> PlanView:
        """When it was last read is shown only while the provider is away."""
        if self.choices is None:
            return self
        held = tuple((replace(each, read_at=0), terms) for each, terms in self.held)
        choices = replace(self.choices, subscription=_unread(self.choices.subscription))
        seen = self.overview
        if seen is not None:
            seen = replace(seen, standing=replace(seen.standing, subscription=_unread(seen.standing.subscription)))
        return replace(self, held=held, choices=choices, overview=seen)

    def owes(self, of: Subscription) -> bool:
        """Whether something of it can be paid now."""
        return any(self.allows(each, of) for each in (Deed.PAY, Deed.FINISH, Deed.PAY_CHANGE))

    def allows(self, deed: Deed, of: Subscription) -> bool:
        """Whether it can be done now."""
        return not self.is_away and deed in deeds(of)


def _unread(found: Subscription | None) -> Subscription | None:
    return None if found is None else replace(found, read_at=0)


def look(portal: Portal, account_id: str) -> PlanView:
    """What there is to show. Raises GatewayUnavailable when rows alone cannot tell what is had."""
    held = tuple(subscriptions.holdings(portal, account_id))
    account = accounts.view(portal, account_id)
    given = (lot.spendable(account.as_of) for lot in account.lots if lot.source is LotSource.PLAN)
    choices = _choices(portal, account_id)
    return PlanView(
        held=held,
        choices=choices,
        overview=_overview(portal, account_id),
        left=Credits(sum(given)),
        members=_members(portal, account_id),
        cards=_cards(portal, account_id) if choices and any(each.is_open for each, _ in held) else None,
        refused=_refused(portal, account_id),
    )


def _refused(portal: Portal, account_id: str) -> str:
    try:
        organisations.assert_buys(portal, account_id)
    except Forbidden as why:
        return why.sentence
    return ""


def _choices(portal: Portal, account_id: str) -> Choices | None:
    try:
        return plan_choices.choices(portal, account_id)
    except GatewayUnavailable as away:
        log.warning("the plans could not be read", code=away.code)
        return None


def _overview(portal: Portal, account_id: str) -> Overview | None:
    """What the plan allows and what is in use of it; None where plans limit nothing, or nobody can say now."""
    offer = entitlements.offer(portal)
    if not (offer.limits or offer.features):
        return None
    try:
        return entitlements.overview(portal, account_id)
    except GatewayUnavailable:
        log.warning("what the plan allows could not be read", account=account_id)
        return None


def _members(portal: Portal, account_id: str) -> int | None:
    try:
        return len(members.listing(portal, account_id))
    except NotFound:
        return None


def _cards(portal: Portal, account_id: str) -> tuple[Card, ...] | None:
    try:
        return customers.cards(portal, account_id)
    except GatewayUnavailable:
        return None
