"""How long somebody stays signed in, for pages that say so before it ends. Doors and pages call it.

Asking is no click: it keeps nobody signed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from auth.policy import Principal
from billing.portal import Portal
from billing.rules.moments import MINUTE, SECOND
from billing.store.tables_trade import sessions


@dataclass(frozen=True, slots=True)
class Left:
    """How many seconds a session lives on without a click, and how many it would with one just now."""

    seconds: int
    at_most: int


def left(portal: Portal, who: Principal) -> Left:
    """What is left of the principal's session."""
    with portal.database.read() as connection:
        seen_at = connection.scalar(select(sessions.c.seen_at).where(sessions.c.id_hash == who.session))
    return _left(portal, who, portal.clock(), seen_at or 0)


def left_at_least(portal: Portal, who: Principal) -> int:
    """The seconds of it, for whoever has just opened a page: that was a click, which is written down once a minute."""
    now = portal.clock()
    return _left(portal, who, now, now - MINUTE).seconds


def _left(portal: Portal, who: Principal, now: int, seen_at: int) -> Left:
    idle = portal.settings.session.idle_minutes * MINUTE
    ends_at, latest = min(seen_at + idle, who.until), min(now + idle, who.until)
    return Left(max(0, ends_at - now) // SECOND, max(0, latest - now) // SECOND)
