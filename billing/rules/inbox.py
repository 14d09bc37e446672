"""What managers see of the inbox, and payloads made fit to be shown. Anyone may import it; pure decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from billing.rules.console import ROWS

Json = Any
HIDDEN = "•••"

# Of people: who they are and where they live. Of payments: what opens them. Enough stays to see what happened.
_SECRET = frozenset(
    "address address_line1 address_line2 billing_details client_secret customer_address customer_details"
    " customer_email customer_name customer_phone customer_shipping customer_tax_ids email fingerprint"
    " hosted_invoice_url hosted_verification_url invoice_pdf ip ip_address line1 line2 name owner"
    " payment_url phone postal_code receipt_email receipt_url shipping url user_agent".split()
)
_KEPT_NAMES = frozenset({"object", "id"})


@dataclass(frozen=True, slots=True)
class EventFilters:
    """Which events. Empty means all; `kind` is found anywhere in the type, `search` is an id of event or thing."""

    state: str = ""
    kind: str = ""
    search: str = ""
    account_id: str = ""
    since: int | None = None
    until: int | None = None
    after: str = ""
    limit: int = ROWS


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the inbox. Moments in microseconds UTC; `handled_at` is None while it waits for another try."""

    id: str
    type: str
    object_id: str | None
    account_id: str | None
    account_name: str | None
    state: str
    reason: str
    attempts: int
    happened_at: int
    received_at: int
    handled_at: int | None
    api_version: str | None
    livemode: bool


@dataclass(frozen=True, slots=True)
class EventTry:
    """A try that failed, or one that somebody asked for; `changes` are sentences."""

    number: int
    state: str
    reason: str
    actor: str
    changes: tuple[str, ...]
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Effect:
    """A thing of ours that an event is about: a transaction, an order, a subscription or an invoice, as it stands."""

    kind: str
    id: str
    account_id: str
    said: str

    @property
    def name(self) -> str:
        """How it is called in a sentence."""
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True)
class EventDetail:
    """An event with all that is known of it; `payload` is safe to show. `names` are behind the ids of the others."""

    row: EventRow
    payload: str
    tries: Sequence[EventTry] = ()
    effects: Sequence[Effect] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboxFigures:
    """How the inbox does. Counts are of the last day but for `waiting` and `parked`, which are all there are.

    `lag_p95` is what 95 of 100 of the last events took from happening at the provider to their effect here.
    """

    received: int
    handled: int
    waiting: int
    parked: int
    oldest_at: int | None
    lag_p95: int | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What working an event again came to; no `changes` when everything stood already."""

    event_id: str
    before: str
    after: str
    reason: str
    changes: tuple[str, ...] = field(default=())


def differences(before: Mapping[str, Effect], after: Mapping[str, Effect]) -> tuple[str, ...]:
    """What became of things, each in a sentence; things are known by their names."""
    changed: list[str] = []
    for name, effect in after.items():
        was = before.get(name)
        if was is None:
            changed.append(f"New: {name}, {effect.said}.")
        elif was.said != effect.said:
            changed.append(f"Changed: {name}, from {was.said} to {effect.said}.")
    return tuple(changed)


def percentile(values: Sequence[int], hundredth: int) -> int | None:
    """The value that so many hundredths of all do not exceed; None of none."""
    if not values:
        return None
    return sorted(values)[max(0, -(-len(values) * hundredth // 100) - 1)]


def redacted(body: str) -> str:
    """A payload as it may be shown: its shape and its states, nothing of people, nothing that opens a payment."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return HIDDEN
    return json.dumps(_shown(found), indent=2, ensure_ascii=False)


def _shown(value: Json, depth: int = 0) -> Json:
    if depth > 20:
        return HIDDEN
    if isinstance(value, dict):
        return {key: _of(key, inside, depth) for key, inside in value.items()}
    if isinstance(value, list):
        return [_shown(inside, depth + 1) for inside in value]
    return value


def _of(key: str, value: Json, depth: int) -> Json:
    if key in _SECRET and value not in (None, "", [], {}) and key not in _KEPT_NAMES:
        return HIDDEN
    return _shown(value, depth + 1)
