"""Entitlements: what an account may do by its plan, and the places it holds of what is counted. Doors, pages call it.

A place is given in the one transaction that has read the plan and counted what is in use, with the account's places
locked: two that race for the last one cannot both get it, from however many processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from billing import standing
from billing.portal import Portal
from billing.rules import entitlements as rules
from billing.rules.entitlements import Answer, Offer, Verdict
from billing.rules.errors import Conflict, Detail, KeyReused, LimitReached, NotFound, NotInPlan, ScripError
from billing.rules.sentences import sentence
from billing.rules.texts import key as clean_key
from billing.standing import MOVING, TRIES, UNKNOWN, Heard, Standing, offer
from billing.store import places
from billing.store.places import Place
from billing.store.writer import Tx

__all__ = ["Asked", "Overview", "Taken", "Verdict", "check", "check_room", "offer", "overview", "release", "take"]


@dataclass(frozen=True, slots=True)
class Asked:
    """`count` places of a limit for a holder, by its own name: who registers it twice takes its places once."""

    account_id: str
    limit: str
    holder: str
    actor: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that is held; not `fresh` when it was held before. The verdict counts it in."""

    place: Place
    verdict: Verdict
    fresh: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """An account's plan, what of it is in use, and the plans it could have. `places`: the newest thousand."""

    offer: Offer
    standing: Standing
    used: dict[str, int]
    places: list[Place]


def check(portal: Portal, account_id: str, feature: str) -> Verdict:
    """Whether the account's plan has the feature. Raises BadInput, NotFound, GatewayUnavailable."""
    now = standing.now(portal, account_id)
    return rules.check(offer(portal), now.tier, feature, now.closed)


def check_room(portal: Portal, account_id: str, limit: str, count: int = 1) -> Verdict:
    """Whether so many more would fit; it holds no place, so `take` may still refuse. Raises as `check` does."""
    offered = offer(portal)

    def judged(connection: Connection, found: Standing) -> Verdict:
        used = places.used(connection, account_id).get(limit, 0)
        return rules.take(offered, found.tier, limit, used, count, found.closed)

    return standing.reading(portal, account_id, judged)


def overview(portal: Portal, account_id: str) -> Overview:
    """What the account may do and does. Raises NotFound, GatewayUnavailable."""
    offered = offer(portal)

    def seen(connection: Connection, found: Standing) -> Overview:
        return Overview(offered, found, places.used(connection, account_id), places.held(connection, account_id))

    return standing.reading(portal, account_id, seen)


def take(portal: Portal, asked: Asked) -> Taken:
    """Takes a place, or says who has one left; the same holder again holds what it held.

    Raises LimitReached and NotInPlan (with the upgrade), BadInput, NotFound, KeyReused (another count), Conflict,
    GatewayUnavailable.
    """
    rules.assert_counted(offer(portal), asked.limit, asked.count)
    clean = replace(asked, holder=clean_key(asked.holder, "holder"))
    heard = Heard()
    for _ in range(TRIES):
        outcome = portal.till.call(_take_all, _Work(portal, clean, heard))
        if isinstance(outcome, Taken):
            return outcome
        if not isinstance(outcome, Standing):
            raise outcome
        heard = standing.learn(portal, clean.account_id, outcome, heard)
    raise Conflict(MOVING)


def release(portal: Portal, asked: Asked) -> bool:
    """Gives a place back, whatever the plan says; whether it was held. Raises BadInput, NotFound."""
    rules.assert_counted(offer(portal), asked.limit)
    holder = clean_key(asked.holder, "holder")

    def work(tx: Tx) -> bool:
        places.lock(tx, [asked.account_id])
        if not places.exists(tx.connection, asked.account_id):
            raise NotFound(UNKNOWN)
        was_held = places.release(tx, asked.account_id, asked.limit, holder, portal.clock())
        if was_held:
            tx.changed.add(asked.account_id)
        return was_held

    return portal.till.write(work)


def refused(verdict: Verdict) -> ScripError:
    """The refusal as an error that carries all of the verdict."""
    kind = LimitReached if verdict.answer is Answer.LIMIT_REACHED else NotInPlan
    counted = {"used": verdict.used, "limit": verdict.limit} if verdict.counted else {}
    plan = verdict.plan.key if verdict.plan else None
    told: dict[str, Detail] = {"allowed": False, "reason": verdict.reason, "plan": plan, "upgrade": upgrade_of(verdict)}
    return kind(verdict.reason, **told, **counted)


def upgrade_of(verdict: Verdict) -> dict[str, str] | None:
    """The plan that would allow it, what it costs in major units, and where to change."""
    plan = verdict.upgrade
    if plan is None:
        return None
    cost = {"price": str(plan.price.major), "currency": plan.price.currency, "interval": plan.interval}
    return {"plan": plan.key, "name": plan.name, **cost, "url": verdict.url}


@dataclass(frozen=True, slots=True)
class _Work:
    portal: Portal
    asked: Asked
    heard: Heard


Outcome = Taken | Standing | ScripError
"""What became of one piece of work: a place, a plan that rows alone cannot tell, or why not."""


def _take_all(tx: Tx, works: Sequence[_Work]) -> list[Outcome]:
    places.lock(tx, (each.asked.account_id for each in works))
    return [_take(tx, each) for each in works]


def _take(tx: Tx, work: _Work) -> Outcome:
    portal, asked = work.portal, work.asked
    account_id, offered = asked.account_id, offer(portal)
    if not places.exists(tx.connection, account_id):
        return NotFound(UNKNOWN)
    found = standing.of(portal, tx.connection, account_id, offered, work.heard)
    if not found.is_certain:
        return found
    held = places.get(tx.connection, account_id, asked.limit, asked.holder)
    used = places.used(tx.connection, account_id).get(asked.limit, 0)
    if held is not None and held.is_held:
        return _again(held, asked, found, used)
    verdict = rules.take(offered, found.tier, asked.limit, used, asked.count, found.closed)
    if not verdict.allowed:
        return refused(verdict)
    now = portal.clock()
    places.take(tx, account_id, asked.limit, asked.holder, asked.count, asked.actor, now)
    tx.changed.add(account_id)
    place = Place(asked.limit, asked.holder, asked.count, now, None)
    return Taken(place, replace(verdict, used=used + asked.count), fresh=True)


def _again(held: Place, asked: Asked, found: Standing, used: int) -> Outcome:
    """Held already: nothing is asked of the plan, for a smaller one takes nothing away."""
    if held.count != asked.count:
        return KeyReused(
            sentence("This holder has {n} of these; give them back before taking another number.", n=held.count)
        )
    limit = found.tier.most(asked.limit) if found.tier else 0
    verdict = Verdict(Answer.ALLOWED, asked.limit, found.tier, counted=True, used=used, limit=limit)
    return Taken(held, verdict, fresh=False)
