"""Seats: members of an organisation as its plan counts them. What joins members, subscribes and changes plans calls it.

A plan's limit is asked in the transaction in which somebody joins. What is charged follows by a duty, whose doer reads
the members of that moment: however late, doubled or out of order duties come, the last one that ends has seen them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from billing import entitlements, standing, subscriptions, wares
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.entitlements import Answer, Tier, Verdict
from billing.rules.errors import Conflict, GatewayUnavailable, Refused
from billing.rules.facts import SubscriptionItem
from billing.rules.plans import PlanTerms, SeatChange
from billing.rules.seats import CHARGED, Seats, rule_of, seat_item, seated_products, seats_of
from billing.rules.sentences import sentence, together
from billing.rules.subscriptions import Subscription, snapshot_of
from billing.rules.texts import new_id
from billing.standing import Heard
from billing.store import duties
from billing.store import organisations as rows
from billing.store import subscriptions as snapshots
from billing.store.duties import Duty
from billing.store.writer import Tx

SEATS = "seats"
"""The kind of duty that lets the seats follow the members."""

TRIES = 5
MOVING = sentence("The members are changing just now; the seats follow in a moment.")

log = structlog.get_logger("seats")


def assert_room(tx: Tx, portal: Portal, account_id: str, heard: Heard) -> None:
    """Before somebody joins or is invited, in that transaction, with the organisation locked, and within `decided`.

    Who is in it beyond the limit, after a change to a smaller plan, stays. Raises LimitReached.
    """
    if counted(portal):
        found = standing.certain(portal, tx, account_id, heard)
        _refuse_full(portal, found.tier, found.plan, rows.count(tx.connection, account_id) + 1)


def assert_fit(
    portal: Portal, account_id: str, plan: PlanTerms | None, seats: int | None = None, paid: int = 0
) -> int | None:
    """How many seats of a plan the account would be charged for: those it asks for, else as many as it has members.

    None for a plan that counts none. `paid` are those it has now. Raises LimitReached with the plans that have room,
    BadInput, Conflict.
    """
    rule = _rule(portal, plan)
    if rule is None:
        return None
    members = _members(portal, account_id)
    wanted = rule.charged(members, paid) if seats is None else rule.refuse(seats, members)
    _refuse_full(portal, _tier(portal, plan), plan, max(wanted, members))
    return wanted


def expected(portal: Portal, plan: PlanTerms | None, members: int, paid: int = 0) -> int | None:
    """How many seats the plan would be charged for, whether or not it has room. None where it counts none."""
    rule = _rule(portal, plan)
    return None if rule is None else rule.charged(members, paid)


def set_quantity(portal: Portal, account_id: str, seats: int) -> Subscription:
    """Pays for more seats than there are members, or for fewer than until now; never for fewer than there are members.

    Raises Conflict (no seats to buy), BadInput, LimitReached, GatewayUnavailable, PaymentRefused.
    """
    found, plan = subscriptions.current_with_plan(portal, account_id)
    rule, known = _rule(portal, plan), _read(portal, found) if found else None
    if found is None or rule is None or known is None or known.item is None or known.status not in CHARGED:
        raise Conflict("There is no plan now that is charged by the seat.")
    wanted = assert_fit(portal, account_id, plan, seats) or seats
    if wanted != known.item.quantity:
        portal.gateway.set_quantity(found.id, known.item.item_ref, wanted, _key(new_id("seat"), known, wanted))
    # Somebody may have joined meanwhile: then there are more of them than was asked for.
    _follow(portal, account_id, new_id("seat"))
    return _read(portal, found).row


def taken(portal: Portal, account_id: str) -> tuple[int, int | None]:
    """How many members there are, and how many the plan has room for; None where it does not bound them.

    Raises GatewayUnavailable where the plan cannot be told.
    """
    if not counted(portal):
        return _members(portal, account_id), None
    _, plan = subscriptions.current_with_plan(portal, account_id)
    rule = _rule(portal, plan or portal.catalogue.default_plan)
    return _members(portal, account_id), rule.most if rule else None


def owe(tx: Tx, portal: Portal, account_id: str, why: str) -> None:
    """After somebody joined or left, in that transaction: the seats are to follow."""
    if counted(portal):
        cause = f"{SEATS}:{new_id('seat')}"
        duties.owe(tx, kind=SEATS, cause=cause, account_id=account_id, body={"reason": why}, now=portal.clock())


def follow(portal: Portal, duty: Duty) -> None:
    """Has as many seats charged as there are members now. Raises what the provider raises."""
    if duty.account_id:
        _follow(portal, duty.account_id, f"{duty.id}:{duty.attempts}")


def catch_up(portal: Portal) -> int:
    """Finds seats that do not follow their members though nobody owes it: bought in a checkout that was open while
    somebody joined, or changed at the provider. How many there were. Raises GatewayUnavailable.
    """
    products, usual = seated_products(portal.catalogue), SeatChange(portal.settings.seats.behavior)
    if not products:
        return 0
    with portal.database.read() as connection:
        counts = snapshots.seats_astray(connection, products, CHARGED)
    astray = [
        account_id for account_id, product, paid, members in counts
        if rule_of(products[product], usual).charged(members, paid) != paid
    ]  # fmt: skip
    return sum(_caught_up(portal, account_id) for account_id in astray)


def _caught_up(portal: Portal, account_id: str) -> bool:
    """One that the provider does not know, or tells in no readable way, must not keep the others waiting."""
    try:
        return _follow(portal, account_id, new_id("seat"))
    except (GatewayUnavailable, Refused) as error:
        if isinstance(error, GatewayUnavailable) and "field" not in error.details:
            raise
        log.warning("seats_do_not_follow", account=account_id, error=error.code)
        return False


def counted(portal: Portal) -> bool:
    """Whether any plan counts members at all."""
    return bool(seated_products(portal.catalogue))


@dataclass(frozen=True, slots=True)
class _Known:
    """A subscription as it was just read from the provider, and recorded."""

    row: Subscription
    item: SubscriptionItem | None
    status: str
    read_at: int


def _follow(portal: Portal, account_id: str, key: str) -> bool:
    """Whether anything had to be changed. After each change both sides are read again: of two who do this at the same
    time, the later one to change then sees all that the other one saw.
    """
    for attempt in range(TRIES):
        found, plan = subscriptions.current_with_plan(portal, account_id)
        rule, known = _rule(portal, plan), _read(portal, found) if found else None
        if found is None or rule is None or known is None or known.item is None or known.status not in CHARGED:
            return False
        members = _members(portal, account_id)
        wanted = rule.charged(members, known.item.quantity)
        if wanted == known.item.quantity or not members:
            return attempt > 0
        portal.gateway.set_quantity(found.id, known.item.item_ref, wanted, _key(f"{key}:{attempt}", known, wanted))
    raise GatewayUnavailable(MOVING)


def _read(portal: Portal, found: Subscription) -> _Known:
    fact = portal.gateway.subscription(found.id)
    record_now(portal, fact)
    item = seat_item(portal.catalogue, fact, wares.learned(portal, {each.price_ref for each in fact.items}))
    return _Known(snapshot_of(fact, found.account_id), item, fact.status, fact.read_at)


def _key(key: str, known: _Known, wanted: int) -> str:
    """Another one for each reading: the answer to an older call would be believed and change nothing."""
    return f"{key}:{known.read_at}:{wanted}"


def _refuse_full(portal: Portal, tier: Tier | None, plan: PlanTerms | None, members: int) -> None:
    rule = _rule(portal, plan)
    if plan is None or rule is None or rule.has_room(members):
        return
    offered = entitlements.offer(portal)
    better = [each for each in offered.tiers if each.on_sale and _has_room(portal, each.key, members)]
    best = offered.cheapest(tier.price.currency if tier else None, better)
    full = sentence(
        "The plan {plan} has room for {most} members, and there would be {n}.",
        plan=plan.title, most=rule.most, n=members,
    )  # fmt: skip
    names = ", ".join(dict.fromkeys(each.name for each in better))
    way = sentence("There is room in {plans}.", plans=names) if names else sentence("No plan on sale has more room.")
    where = sentence("Change it at {url}", url=offered.url) if best else ""
    verdict = Verdict(
        Answer.LIMIT_REACHED, SEATS, tier, together(full, way, where), counted=True, used=members - 1,
        limit=rule.most, upgrade=best, url=offered.url,
    )  # fmt: skip
    raise entitlements.refused(verdict)


def _has_room(portal: Portal, plan: str, members: int) -> bool:
    rule = _rule(portal, portal.catalogue.plan(plan))
    return rule is None or rule.has_room(members)


def _rule(portal: Portal, plan: PlanTerms | None) -> Seats | None:
    return seats_of(portal.catalogue, plan, SeatChange(portal.settings.seats.behavior))


def _tier(portal: Portal, plan: PlanTerms | None) -> Tier | None:
    return entitlements.offer(portal).tier(plan.name) if plan else None


def _members(portal: Portal, account_id: str) -> int:
    with portal.database.read() as connection:
        return rows.count(connection, account_id)
