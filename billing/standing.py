"""Standing: which plan an account is on, from the subscriptions as they were last seen. entitlements, seats call it.

Rows decide, so that a question is one reading and a place is given in the transaction that knows the plan. Only what
rows cannot say is asked of the provider, and never inside a transaction: `learn`, then read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from billing import subscriptions, wares
from billing.portal import Portal
from billing.rules.entitlements import Offer, Tier, tier_of, tiers_of
from billing.rules.errors import Conflict, GatewayUnavailable, NotFound
from billing.rules.plans import PlanTerms
from billing.rules.sentences import sentence
from billing.rules.subscriptions import Subscription, opens, why_closed
from billing.rules.wares import prices_of
from billing.store import places
from billing.store import subscriptions as snapshots
from billing.store.writer import Tx

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

TRIES = 3
UNKNOWN = sentence("There is no such account.")
MOVING = sentence("The plan of this account is just being changed. Please try again.")

log = structlog.get_logger("standing")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the provider was asked during one question: prices that are no plan of ours, and whether it was reread."""

    foreign: frozenset[str] = frozenset()
    reread: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan that counts now, as limits are asked of it and whole, and the subscription it comes from.

    Without one it is the default plan, when there is one. `closed` says why a subscription that has not ended opens
    nothing. `unknown` are prices nobody has asked about yet, `is_stale` says that a paid time is over and its renewal
    not told.
    """

    tier: Tier | None
    plan: PlanTerms | None
    subscription: Subscription | None
    closed: str
    unknown: frozenset[str]
    is_stale: bool

    @property
    def is_certain(self) -> bool:
        """Whether rows say it all."""
        return not self.unknown and not self.is_stale


class Work(Protocol[T_co]):
    """What is written in one transaction, given what was heard of the provider; it may be run again."""

    def __call__(self, tx: Tx, heard: Heard) -> T_co: ...


class Uncertain(Exception):
    """Rows alone could not tell the plan; `decided` asks the provider and lets the work run again."""

    def __init__(self, standing: Standing) -> None:
        super().__init__()
        self.standing = standing


def offer(portal: Portal) -> Offer:
    """The plans of this portal as far as they allow something."""
    default = portal.catalogue.default_plan
    return Offer(tiers_of(portal.catalogue), default.name if default else "", f"{portal.settings.public_url}/plan")


def now(portal: Portal, account_id: str) -> Standing:
    """How the account stands, for certain. Raises NotFound, Conflict, GatewayUnavailable."""
    return reading(portal, account_id, lambda _, found: found)


def reading(portal: Portal, account_id: str, look: Callable[[Connection, Standing], T]) -> T:
    """What `look` sees in one consistent state in which the plan is certain. Raises as `now` does."""
    offered, heard = offer(portal), Heard()
    for _ in range(TRIES):
        with portal.database.read() as connection:
            if not places.exists(connection, account_id):
                raise NotFound(UNKNOWN)
            found = of(portal, connection, account_id, offered, heard)
            if found.is_certain:
                return look(connection, found)
        heard = learn(portal, account_id, found, heard)
    raise Conflict(MOVING)


def decided(portal: Portal, account_id: str, work: Work[T]) -> T:
    """Writes by `work`, which asks `certain` for the plan when it needs it. Raises Conflict, GatewayUnavailable."""
    heard = Heard()
    for _ in range(TRIES):
        try:
            return portal.till.write(partial(work, heard=heard))
        except Uncertain as uncertain:
            heard = learn(portal, account_id, uncertain.standing, heard)
    raise Conflict(MOVING)


def certain(portal: Portal, tx: Tx, account_id: str, heard: Heard) -> Standing:
    """How the account stands in this transaction. Only within `decided`, which hears the Uncertain it may raise."""
    found = of(portal, tx.connection, account_id, offer(portal), heard)
    if not found.is_certain:
        raise Uncertain(found)
    return found


def of(portal: Portal, connection: Connection, account_id: str, offered: Offer, heard: Heard) -> Standing:
    """How the account stands in this state of the database, given what was `heard` of the provider."""
    every = [each for each in snapshots.of_account(connection, account_id) if each.is_open]
    known = wares.known(portal, connection, {price for each in every for price in prices_of(each)})
    mine = [each for each in every if wares.is_ours(portal, each, known)]
    plans = {each.id: plan.name for each in mine if (plan := wares.plan_of(portal, each, known)) is not None}
    tier, subscription = tier_of(offered, mine, plans)
    opening = [each for each in mine if opens(each)]
    asked = {price for each in opening for price in prices_of(each)} - known.keys()
    return Standing(
        tier=tier,
        plan=portal.catalogue.plan(tier.key) if tier else None,
        subscription=subscription,
        closed="" if subscription else why_closed(each for each in mine if not opens(each)),
        unknown=frozenset(asked | wares.unsure(portal, every, known)) - heard.foreign,
        is_stale=not heard.reread and any(_is_stale(each, portal.clock()) for each in opening),
    )


def learn(portal: Portal, account_id: str, uncertain: Standing, heard: Heard) -> Heard:
    """Asks the provider what rows could not say, and adds what it answered to what was `heard`.

    Raises GatewayUnavailable when a plan cannot be known: whoever pays for one must not be treated as if on none.
    """
    if uncertain.is_stale:
        try:
            subscriptions.refresh(portal, account_id)
        except GatewayUnavailable:
            # The last word of the provider holds until it can be asked again.
            log.warning("a subscription could not be read again", account=account_id)
    foreign = wares.learn(portal, uncertain.unknown)
    return Heard(heard.foreign | foreign, heard.reread or uncertain.is_stale)


def _is_stale(each: Subscription, moment: int) -> bool:
    return each.read_at < each.period_end <= moment
