"""Runway: what an account used lately, and how long the rest lasts at that rate. Alerts and pages call it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.moments import DAY, NEVER, from_datetime, to_datetime
from billing.rules.money import Credits
from billing.store import alerts as rows
from billing.store import spending

RATE_DAYS = 7
"""The rate is that of these days, today among them."""

LOOKED_BACK = 40
"""So far back an account is gathered the first time: enough for the rate, and for any month that has begun."""


@dataclass(frozen=True, slots=True)
class Runway:
    """`left` is what can be spent before nothing is, a credit limit included. `month` is the calendar's, in UTC, and
    `month_began` its first moment. `lasts`: microseconds at the rate of the last 7 days, NEVER when nothing was used;
    None: nobody can tell, for the account is younger than that. `version`: of the account it was read from.
    """

    left: Credits
    used_lately: Credits
    used_this_month: Credits
    month_began: int
    lasts: int | None
    version: int

    @property
    def month(self) -> str:
        """2026-11."""
        return to_datetime(self.month_began).strftime("%Y-%m")

    @property
    def days(self) -> int | None:
        """Whole days, as people are told them, where they end."""
        return None if self.lasts in (None, NEVER) else (self.lasts or 0) // DAY


def of_account(portal: Portal, account_id: str) -> Runway:
    """As it is now; gathers what was used since the last look. Raises NotFound."""
    now = portal.clock()
    with portal.database.read() as connection:
        gathered = _gather(connection, account_id, now)
    if gathered is not None:
        portal.till.write(partial(spending.add, account_id=account_id, found=gathered))
    with portal.database.read() as connection:
        found = rows.figures(connection, [account_id])
        began = _month_of(now)
        used = spending.days(connection, account_id, min(began // DAY, now // DAY - RATE_DAYS))
    if not found:
        raise NotFound("There is no such account.")
    return _runway(found[0], used, now, began)


def _gather(connection: Connection, account_id: str, now: int) -> spending.Found | None:
    """What is new; None: nothing is."""
    found = rows.figures(connection, [account_id])
    before = spending.seen(connection, account_id)
    if not found or before == found[0].version:
        return None
    until, first = found[0].version, (now // DAY - LOOKED_BACK) * DAY
    after = spending.version_before(connection, account_id, first) if before is None else before
    return spending.Found(before, until, spending.used_by_day(connection, account_id, after, until))


def _runway(account: rows.Figure, used: dict[int, int], now: int, began: int) -> Runway:
    since = now // DAY - RATE_DAYS + 1
    lately = sum(micro for day, micro in used.items() if day >= since)
    left = max(0, account.left_micro)
    lasts = left * (now - since * DAY) // lately if lately > 0 else NEVER
    return Runway(
        Credits(left),
        Credits(lately),
        Credits(sum(micro for day, micro in used.items() if day >= began // DAY)),
        began,
        min(lasts, NEVER) if account.created_at <= now - RATE_DAYS * DAY else None,
        account.version,
    )


def _month_of(now: int) -> int:
    """The first moment of the month."""
    today = to_datetime(now)
    return from_datetime(datetime(today.year, today.month, 1, tzinfo=UTC))
