"""Replays: working events of the inbox again, and fetching those that never came. Doors, pages and commands call it.

What an event already did stays done once, so a replay of one that was handled changes nothing; it says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from billing import webhooks
from billing.portal import Portal
from billing.rules.console import Period
from billing.rules.errors import BadInput, NotFound, ScripError
from billing.rules.inbox import Replayed, differences
from billing.rules.moments import DAY
from billing.rules.texts import reason as clean_reason
from billing.store import audit, inbox, inbox_lists
from billing.store.inbox import EventState
from billing.store.writer import Tx
from billing.webhooks import Arrival

AT_ONCE = 100
REMEMBERED = 30 * DAY
"""For so long the provider can tell its events again."""


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, and from where."""

    actor: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the provider told of a period: events looked at, and what became of those that were new here."""

    looked_at: int
    became: Mapping[str, int]


def replay(portal: Portal, event_id: str, by: By) -> Replayed:
    """Works a remembered event again and says what that changed. Audited. Raises NotFound, GatewayUnavailable."""
    arrival = webhooks.remembered(portal, event_id)
    return portal.till.write(lambda tx: _replay(tx, arrival, by))


def replay_all(portal: Portal, event_ids: Sequence[str], by: By) -> list[Replayed]:
    """The same for several, each by itself: one that cannot be worked keeps none of the others waiting."""
    return [_replay_or_why(portal, event_id, by) for event_id in event_ids[:AT_ONCE]]


def ignore(portal: Portal, event_id: str, reason: str, by: By) -> str:
    """Decides that nothing comes of a parked or failed event; its state then. Audited. Raises BadInput, NotFound."""
    why, now = clean_reason(reason), portal.clock()

    def work(tx: Tx) -> str:
        before = inbox.state_of(tx.connection, event_id)
        if before is None:
            raise NotFound("There is no such event.")
        if not inbox.ignore(tx, event_id, why, now):
            raise BadInput("Only an event that waits for somebody can be ignored.", field="reason")
        inbox.note_try(tx, event_id, EventState.IGNORED, why, by.actor, now)
        _note(tx, "event.ignored", event_id, by, now, reason=why, before=before.value, after=EventState.IGNORED.value)
        return EventState.IGNORED.value

    return portal.till.write(work)


def fetch(portal: Portal, period: Period, by: By) -> Fetched:
    """Asks the provider for its events of the period and works those that never came here. Audited.

    Raises BadInput for a period the provider has forgotten, GatewayUnavailable.
    """
    now = portal.clock()
    since, until = period.since or now - DAY, min(period.until or now, now)
    if since < now - REMEMBERED:
        raise BadInput("The provider forgets its events after 30 days; choose a later day.", field="since")
    if since >= until:
        raise BadInput("The period ends before it begins.", field="until")
    gateway = portal.gateway
    told = takewhile(lambda raw: gateway.read_event(raw).created_at < until, gateway.events_since(since))
    looked_at, became = 0, Counter[str]()
    while some := list(islice(told, AT_ONCE)):
        looked_at += len(some)
        became.update(state.value for state in webhooks.take(portal, some))
    said = f"{looked_at} looked at, {became.total()} new"
    portal.till.write(lambda tx: _note(tx, "events.fetched", "", by, now, after=said))
    return Fetched(looked_at, dict(became))


def _replay_or_why(portal: Portal, event_id: str, by: By) -> Replayed:
    try:
        return replay(portal, event_id, by)
    except ScripError as refused:
        return Replayed(event_id, "", "", refused.sentence)


def _replay(tx: Tx, arrival: Arrival, by: By) -> Replayed:
    event_id, now = arrival.envelope.event_id, arrival.now
    before, refs = inbox.state_of(tx.connection, event_id), webhooks.refs_of(arrival.envelope)
    stood = inbox_lists.effects(tx.connection, refs)
    versions = inbox_lists.versions(tx.connection, event_id, stood.values())
    settlement = webhooks.again(tx, arrival)
    stands = inbox_lists.effects(tx.connection, refs) | inbox_lists.moved(tx.connection, versions)
    changes = differences(stood, stands)
    inbox.note_try(tx, event_id, settlement.state, settlement.reason, by.actor, now, changes)
    was = "" if before is None else before.value
    _note(
        tx, "event.replayed", event_id, by, now, account_id=settlement.account_id, before=was,
        reason=" ".join(changes) or "No change.", after=settlement.state.value,
    )  # fmt: skip
    return Replayed(event_id, was, settlement.state.value, settlement.reason, changes)


def _note(
    tx: Tx, action: str, event_id: str, by: By, now: int, *, account_id: str | None = None, reason: str = "",
    before: str | None = None, after: str | None = None,
) -> None:  # fmt: skip
    audit.add(
        tx, actor=by.actor, action=action, now=now, account_id=account_id, reason=reason, before=before, after=after,
        origin=by.origin, reference=event_id[:120],
    )  # fmt: skip
