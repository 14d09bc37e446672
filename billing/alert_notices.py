"""What an open page warns of: passed thresholds this person has not read of, and what is owed, disputed or not paid.

Pages call it; rules/notices decides what is said first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from billing import alert_rules, subscriptions, wares
from billing.portal import Portal
from billing.rules.alerts import AlertKind, AlertState, Place, Rule
from billing.rules.moments import DAY, to_datetime
from billing.rules.money import Credits
from billing.rules.subscriptions import counting
from billing.rules.wares import prices_of
from billing.store import alerts as rows
from billing.store import people
from billing.store import subscriptions as snapshots
from billing.store.alerts import Figure, Standing

NOTHING = Credits(0)
Read = tuple[Place, int]
"""A threshold and its passage: what somebody has read of when they put a warning away."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to warn of. `level` is in the kind's own unit; `amount` expires first at `ends`, where it is that."""

    kind: AlertKind
    level: int
    since: int
    read: tuple[Read, ...]
    amount: Credits = NOTHING
    ends: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """The thresholds of one kind as their people see them: who changed them, and when one was passed last.

    `is_passed` says whether one is now.
    """

    rule: Rule
    changed_by: str
    fired_at: int | None
    is_passed: bool


@dataclass(frozen=True, slots=True)
class Warnings:
    """`left` can still be spent; `owed` is what a prepaid account is below zero. One that `is_empty` was not always.

    `disputed` credits are held; `subscription` is the provider's word for the state of the one that counts.
    """

    left: Credits = NOTHING
    owed: Credits = NOTHING
    is_empty: bool = False
    shown: tuple[Notice, ...] = ()
    disputed: Credits = NOTHING
    subscription: str = ""


def of_account(portal: Portal, account_id: str, person_id: str) -> Warnings:
    """What this person is to be warned of; nothing for an account that is not there."""
    with portal.database.read() as connection:
        found = rows.figures(connection, [account_id])
        if not found:
            return Warnings()
        rules = alert_rules.holding(portal.settings, rows.rules(connection, [account_id])[account_id])
        standing = rows.standings(connection, [account_id])[account_id]
        has_read = rows.dismissed(connection, account_id, person_id) if standing else {}
        shown = [*_alarms(portal, rules, standing), *_endings(connection, portal, account_id, rules, standing)]
        account = found[0]
        is_spent = account.balance_micro == 0 and not account.is_postpaid
        is_empty = is_spent and rows.has_spent(connection, account_id)
        disputed = Credits(rows.disputed_micro(connection, account_id))
        subscription = _subscription(connection, portal, account_id)
    fresh = tuple(each for each in shown if any(has_read.get(place) != passage for place, passage in each.read))
    return Warnings(_left(found[0]), _owed(found[0]), is_empty, fresh, disputed, subscription)


def told(portal: Portal, account_id: str) -> dict[AlertKind, Told]:
    """Everything about the account's thresholds."""
    with portal.database.read() as connection:
        rules = alert_rules.holding(portal.settings, rows.rules(connection, [account_id])[account_id])
        standing = rows.standings(connection, [account_id])[account_id]
        names = {each.changed_by: people.contact(connection, each.changed_by) for each in rules.values()}
        passed = {each.kind for each in _alarms(portal, rules, standing)}
        passed.update(each.kind for each in _endings(connection, portal, account_id, rules, standing))
    found: dict[AlertKind, Told] = {}
    for kind, rule in rules.items():
        fired = [each.fired_at for each in standing if each.place.kind is kind and each.fired_at is not None]
        who = names[rule.changed_by]
        found[kind] = Told(rule, who.name if who else "", max(fired, default=None), kind in passed)
    return found


def put_away(portal: Portal, account_id: str, person_id: str, read: Sequence[Read]) -> bool:
    """This person need not see it again, until the next passage."""
    portal.till.write(partial(rows.dismiss, account_id=account_id, person_id=person_id, read=tuple(read)))
    return True


def _alarms(portal: Portal, rules: Mapping[AlertKind, Rule], standing: Sequence[Standing]) -> list[Notice]:
    """Of each kind the worst; whoever puts it away has read of the others as well."""
    month = to_datetime(portal.clock()).strftime("%Y-%m")
    found: list[Notice] = []
    for kind in (AlertKind.BALANCE, AlertKind.RUNWAY, AlertKind.SPENDING):
        subject = month if kind is AlertKind.SPENDING else ""
        asked = {Place(kind, level, subject) for level in rules[kind].levels}
        alarms = [each for each in standing if each.state is AlertState.ALARM and each.place in asked]
        if alarms:
            worst = rules[kind].levels[max(rules[kind].levels.index(each.place.level) for each in alarms)]
            read = tuple((each.place, each.passage) for each in alarms)
            found.append(Notice(kind, worst, max(each.fired_at or 0 for each in alarms), read))
    return found


def _endings(
    connection: Connection, portal: Portal, account_id: str, rules: Mapping[AlertKind, Rule],
    standing: Sequence[Standing],
) -> list[Notice]:  # fmt: skip
    """Credits that were told of and are still there."""
    rule, now = rules[AlertKind.EXPIRY], portal.clock()
    told = {each.place.subject: each for each in standing if each.place.kind is AlertKind.EXPIRY}
    if not rule.levels or not told:
        return []
    soon = rows.ending(connection, now, now + rule.levels[0] * DAY, account_id)
    ours = [each for each in soon if str(each.lot_id) in told]
    if not ours:
        return []
    read = tuple((told[str(each.lot_id)].place, told[str(each.lot_id)].passage) for each in ours)
    since = max(told[str(each.lot_id)].changed_at for each in ours)
    amount = Credits(sum(each.remaining_micro for each in ours))
    return [Notice(AlertKind.EXPIRY, rule.levels[0], since, read, amount, ours[0].expires_at)]


def _subscription(connection: Connection, portal: Portal, account_id: str) -> str:
    """From what is known here: no page waits for the provider to say it."""
    if not subscriptions.are_offered(portal):
        return ""
    alive = [each for each in snapshots.of_account(connection, account_id) if each.is_open]
    known = wares.known(portal, connection, {price for each in alive for price in prices_of(each)})
    found = counting(each for each in alive if wares.is_ours(portal, each, known))
    return found.status if found is not None else ""


def _left(account: Figure) -> Credits:
    return Credits(max(0, account.left_micro))


def _owed(account: Figure) -> Credits:
    """Who may owe is told of it as a bill, elsewhere."""
    return Credits(0 if account.is_postpaid else max(0, -account.balance_micro))
