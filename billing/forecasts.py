"""Forecasts: how long an account's credits last at the rate of the last days. Doors call it."""

from __future__ import annotations

from sqlalchemy import Connection

from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.forecasts import LOOK_BACK, Forecast, runs_out_at
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.store import accounts, periods
from billing.store import usage_reports as rows

DRAWN_DAYS = 30
"""So far back balances are told."""


def run_out(portal: Portal, account_id: str) -> Forecast | None:
    """When the credits will be gone; None for an account without seven days of history. Raises NotFound."""
    now = portal.clock()
    with portal.database.read() as connection:
        account = accounts.view(connection, account_id, now)
        if account is None:
            raise NotFound("There is no such account.")
        week = periods.span(connection, account_id, now - LOOK_BACK, None)
        if week.start == 0:
            return None
        used = rows.total(connection, week) - rows.given_back(connection, week)
        balances = _balances(connection, account_id, now)
    gone_at = runs_out_at(account.lots, account.available.micro, used.micro, now)
    return Forecast(now, used, gone_at, (*balances, account.balance))


def _balances(connection: Connection, account_id: str, now: int) -> tuple[Credits, ...]:
    """A balance a day, from the first one on which there was any history."""
    moments = [now - number * DAY for number in range(DRAWN_DAYS, 0, -1)]
    versions = periods.last_before(connection, account_id, moments)
    balances = periods.balances_at(connection, account_id, set(versions.values()))
    return tuple(balances[versions[moment]] for moment in moments if versions[moment])
