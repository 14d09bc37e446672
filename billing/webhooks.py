"""Webhooks: from signed bytes to a durable effect. The webhook door and replays call it.

The answer is given after the commit in which the inbox row and the effect were written together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import structlog

from billing import plan_credits, wares
from billing.portal import Portal
from billing.recording import record, rewards_of
from billing.rules.errors import LedgerUnavailable, NotAnEvent, NotFound, Refused
from billing.rules.facts import Envelope, InvoiceFact, PaymentFact, SubscriptionFact
from billing.rules.rewards import Rewards
from billing.settling import Settlement
from billing.store import inbox
from billing.store.inbox import FINAL, EventState
from billing.store.writer import Tx

NOT_SOLD = "It is a subscription to something that is not sold here, so it opens nothing."
PROVIDER = "provider"
"""Who tries when an event is sent."""

log = structlog.get_logger("webhooks")


class Arrival(NamedTuple):
    """An event, and what of the portal its handling needs: it may be handled in another process.

    A tuple like the envelope and the payment in it, because those travel in half of the time that dataclasses take.
    """

    envelope: Envelope
    now: int
    livemode: bool
    account: str | None
    rewards: Rewards
    foreign: bool = False
    """It is about a subscription to something that is not sold here."""


async def receive(portal: Portal, raw: bytes, signature: str | None) -> EventState:
    """Verifies, remembers and settles one event.

    Raises Forged or NotAnEvent (nothing is kept), LedgerUnavailable (the provider must come again).
    """
    now = portal.clock()
    arrival = _arrival(portal, portal.gateway.receive(raw, signature, now), now)
    try:
        if _is_to_be_read(arrival):
            arrival = await asyncio.to_thread(_ready, portal, arrival)
        return await portal.till.ask(handle, arrival)
    except LedgerUnavailable:
        raise
    except Exception as error:  # whatever went wrong is kept beside the event, and the provider is asked to come again
        event = arrival.envelope
        log.error("event_failed", event_id=event.event_id, type=event.type, error=type(error).__name__)
        await portal.till.ask(_fail, (arrival, type(error).__name__))
        raise LedgerUnavailable("The event could not be handled yet; please send it again.") from error


def take(portal: Portal, raws: Sequence[bytes]) -> list[EventState]:
    """Works events that were fetched from the provider, as if they had been sent: what became of those that were new.

    One that cannot be read is told and left out: the others must not wait for it. Raises GatewayUnavailable.
    """
    arrivals = [_arrival(portal, envelope, portal.clock()) for envelope in _envelopes(portal, raws)]
    with portal.database.read() as connection:
        known = inbox.final(connection, [arrival.envelope.event_id for arrival in arrivals])
    fresh = [arrival for arrival in arrivals if arrival.envelope.event_id not in known]
    states: list[EventState] = []
    for arrival in fresh:
        try:
            ready = _ready(portal, arrival)
        except Refused as refused:
            log.error("event_refused", event_id=arrival.envelope.event_id, error=refused.code)
        else:
            states.append(portal.till.call(handle, ready))
    return states


def _envelopes(portal: Portal, raws: Sequence[bytes]) -> Iterator[Envelope]:
    for raw in raws:
        try:
            yield portal.gateway.read_event(raw)
        except NotAnEvent as odd:
            log.error("event_unreadable", why=odd.why)


def _ready(portal: Portal, arrival: Arrival) -> Arrival:
    """The arrival with what the provider says about its thing, where the event itself does not tell enough."""
    if not _is_to_be_read(arrival):
        return arrival
    envelope = _read(portal, arrival.envelope)
    of = envelope.fact.subscription if isinstance(envelope.fact, InvoiceFact) else envelope.fact
    foreign = isinstance(of, SubscriptionFact) and not wares.recognises(portal, of)
    return arrival._replace(envelope=envelope, foreign=foreign)


def _arrival(portal: Portal, envelope: Envelope, now: int) -> Arrival:
    settings = portal.settings
    return Arrival(envelope, now, settings.mode == "live", settings.stripe.account, rewards_of(settings))


def _is_to_be_read(arrival: Arrival) -> bool:
    return arrival.envelope.about is not None and _at_the_door(arrival) is None


def _read(portal: Portal, envelope: Envelope) -> Envelope:
    """The event with what the provider says about its thing now: events come late and in any order."""
    assert envelope.about is not None
    try:
        fact = portal.gateway.read_about(envelope.about)
    except NotFound:
        return envelope._replace(about=None, malformed="The provider does not know what it is about.")
    return envelope._replace(
        about=None, fact=plan_credits.weighed(portal, fact) if isinstance(fact, InvoiceFact) else fact
    )


def handle(tx: Tx, arrivals: Sequence[Arrival]) -> list[EventState]:
    """Many events in one transaction: what is new is settled and remembered, what is known is answered again."""
    known = inbox.states(tx, {arrival.envelope.event_id for arrival in arrivals})
    fresh: dict[str, Arrival] = {}
    for arrival in arrivals:
        if known.get(arrival.envelope.event_id) not in FINAL:
            fresh.setdefault(arrival.envelope.event_id, arrival)
    if fresh:
        now = max(arrival.now for arrival in fresh.values())
        settled = _settle(tx, list(fresh.values()), now)
        inbox.remember(tx, [
            (arrival.envelope, settlement.account_id, settlement.state, settlement.reason)
            for arrival, settlement in zip(fresh.values(), settled, strict=True)
        ], now)  # fmt: skip
        known |= {event_id: settlement.state for event_id, settlement in zip(fresh, settled, strict=True)}
    return [known[arrival.envelope.event_id] for arrival in arrivals]


def remembered(portal: Portal, event_id: str) -> Arrival:
    """An event of the inbox, ready to be worked again. Raises NotFound, GatewayUnavailable."""
    with portal.database.read() as connection:
        body = inbox.body(connection, event_id)
    if body is None:
        raise NotFound("There is no such event.")
    return _ready(portal, _arrival(portal, portal.gateway.read_event(body.encode()), portal.clock()))


def refs_of(envelope: Envelope) -> set[str]:
    """The ids at the provider of what an event is about."""
    fact, about = envelope.fact, envelope.about
    named = [envelope.object_id, about.ref if about else None]
    if isinstance(fact, PaymentFact):
        named += [fact.payment_ref, fact.session_ref]
    if isinstance(fact, SubscriptionFact):
        named.append(fact.subscription_ref)
    return {each for each in named if each}


def again(tx: Tx, arrival: Arrival) -> Settlement:
    """Works it again in the caller's transaction; what it already did stays done once."""
    settlement = _settle(tx, [arrival], arrival.now)[0]
    event_id = arrival.envelope.event_id
    inbox.restate(tx, event_id, settlement.state, settlement.reason, arrival.now, settlement.account_id)
    return settlement


def _settle(tx: Tx, arrivals: Sequence[Arrival], now: int) -> list[Settlement]:
    settled = [_at_the_door(arrival) for arrival in arrivals]
    facts = [arrival.envelope.fact for arrival, early in zip(arrivals, settled, strict=True) if early is None]
    rewards = arrivals[0].rewards
    later = iter(record(tx, [fact for fact in facts if fact is not None], now, rewards))
    every = [next(later) if early is None else early for early in settled]
    return [
        replace(settlement, state=EventState.FOREIGN, reason=NOT_SOLD) if arrival.foreign else settlement
        for arrival, settlement in zip(arrivals, every, strict=True)
    ]


def _at_the_door(arrival: Arrival) -> Settlement | None:
    """What can be said without looking at our own rows; None when the payment's fact must be settled."""
    envelope = arrival.envelope
    if envelope.livemode != arrival.livemode:
        return Settlement(EventState.FOREIGN, "It is from the other mode (test or live).")
    if envelope.account is not None and envelope.account != arrival.account:
        return Settlement(EventState.FOREIGN, "It is from another account.")
    if envelope.malformed is not None:
        return Settlement(EventState.PARKED, envelope.malformed)
    if envelope.fact is None and envelope.about is None:
        return Settlement(EventState.IGNORED, "This type changes nothing here.")
    return None


def _fail(tx: Tx, failed: Sequence[tuple[Arrival, str]]) -> list[None]:
    for arrival, error in failed:
        inbox.remember(tx, [(arrival.envelope, None, EventState.FAILED, error)], arrival.now)
        event_id = arrival.envelope.event_id
        if inbox.state_of(tx.connection, event_id) is EventState.FAILED:
            inbox.note_try(tx, event_id, EventState.FAILED, error, PROVIDER, arrival.now)
    return [None for _ in failed]
