"""Alerts in the database: thresholds, how accounts stand to them, who has read of what. Verbs may import it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, union_all, update

from billing.rules.alerts import AlertKind, AlertState, Known, Passage, Place, Rule
from billing.rules.moments import DAY
from billing.store.tables import EXPIRING, UNSPENT, accounts, lots, transfers
from billing.store.tables_alerts import alert_dismissals, alert_rules, alert_states
from billing.store.writer import Tx


class Figure(NamedTuple):
    """What thresholds are compared with. `left_micro` is what can be spent before nothing is left; below zero: owed."""

    account_id: str
    left_micro: int
    balance_micro: int
    is_postpaid: bool


class Standing(NamedTuple):
    """An account at a threshold, with the moments of its passages."""

    place: Place
    state: AlertState
    passage: int
    reading: int
    fired_at: int | None
    changed_at: int


class Ending(NamedTuple):
    """Credits that expire."""

    lot_id: int
    account_id: str
    remaining_micro: int
    expires_at: int


def figures(connection: Connection, account_ids: Sequence[str]) -> list[Figure]:
    """Those of the accounts that people have."""
    query = select(
        accounts.c.id, accounts.c.balance_micro - accounts.c.held_micro - accounts.c.floor_micro,
        accounts.c.balance_micro, accounts.c.floor_micro < 0,
    ).where(accounts.c.id.in_(account_ids), accounts.c.kind != "system")  # fmt: skip
    return [Figure(row[0], row[1], row[2], bool(row[3])) for row in connection.execute(query)]


def in_question(connection: Connection, account_ids: Sequence[str], default_micro: int) -> list[str]:
    """Those of the accounts that may have passed something: with thresholds or passages, or below the default one.

    Most of those that are looked at after each change are none of these, and cost no more than this.
    """
    left = accounts.c.balance_micro - accounts.c.held_micro - accounts.c.floor_micro
    queries = (
        select(accounts.c.id).where(accounts.c.id.in_(account_ids), left < default_micro),
        select(alert_rules.c.account_id).where(alert_rules.c.account_id.in_(account_ids)),
        select(alert_states.c.account_id).where(alert_states.c.account_id.in_(account_ids)),
    )
    return sorted(set(connection.scalars(union_all(*queries))))


def rules(connection: Connection, account_ids: Sequence[str]) -> dict[str, dict[AlertKind, Rule]]:
    """What was set for each of the accounts."""
    found: dict[str, dict[AlertKind, Rule]] = {each: {} for each in account_ids}
    for row in connection.execute(select(alert_rules).where(alert_rules.c.account_id.in_(account_ids))):
        kind = AlertKind(row.kind)
        levels = tuple(json.loads(row.levels))
        found[row.account_id][kind] = Rule(
            kind, levels, row.by_mail, row.version, row.changed_by, row.changed_at
        )  # fmt: skip
    return found


def with_rules(connection: Connection, kinds: Sequence[AlertKind]) -> list[str]:
    """Every account for which thresholds of these kinds were set."""
    query = select(alert_rules.c.account_id).where(alert_rules.c.kind.in_(kinds), alert_rules.c.levels != "[]")
    return sorted(set(connection.scalars(query)))


def set_rule(tx: Tx, account_id: str, rule: Rule) -> None:
    """Writes what was set. The account is locked by whoever calls."""
    values = {
        "levels": json.dumps(rule.levels), "by_mail": rule.by_mail, "version": rule.version,
        "changed_by": rule.changed_by, "changed_at": rule.changed_at,
    }  # fmt: skip
    own = (alert_rules.c.account_id == account_id, alert_rules.c.kind == rule.kind)
    if tx.connection.execute(update(alert_rules).where(*own).values(values)).rowcount == 0:
        tx.connection.execute(insert(alert_rules).values(account_id=account_id, kind=rule.kind, **values))


def standings(connection: Connection, account_ids: Sequence[str]) -> dict[str, list[Standing]]:
    """How each of the accounts stands to every threshold it ever passed."""
    found: dict[str, list[Standing]] = {each: [] for each in account_ids}
    for row in connection.execute(select(alert_states).where(alert_states.c.account_id.in_(account_ids))):
        place = Place(AlertKind(row.kind), row.level, row.subject)
        state = AlertState(row.state)
        found[row.account_id].append(Standing(place, state, row.passage, row.reading, row.fired_at, row.changed_at))
    return found


def known(found: Sequence[Standing]) -> dict[Place, Known]:
    """The same as the rules want it."""
    return {each.place: Known(each.state, each.passage) for each in found}


def keep(tx: Tx, account_id: str, passed: Passage, now: int) -> None:
    """Writes a passage down. The account is locked by whoever calls."""
    values: dict[str, Any] = {
        "state": passed.state, "passage": passed.number, "reading": passed.reading, "changed_at": now,
    }  # fmt: skip
    if passed.state is AlertState.ALARM:
        values["fired_at"] = now
    here = _at(account_id, passed.place)
    if tx.connection.execute(update(alert_states).where(*here).values(values)).rowcount == 0:
        tx.connection.execute(insert(alert_states).values(account_id=account_id, **_named(passed.place), **values))


def below(connection: Connection, micro: int) -> list[str]:
    """Every account that has less left than that."""
    left = accounts.c.balance_micro - accounts.c.held_micro - accounts.c.floor_micro
    return list(connection.scalars(select(accounts.c.id).where(accounts.c.kind != "system", left < micro)))


def alarmed(connection: Connection) -> list[str]:
    """Every account with too little left, as far as is known."""
    low = (alert_states.c.kind == AlertKind.BALANCE, alert_states.c.state == AlertState.ALARM)
    return sorted(set(connection.scalars(select(alert_states.c.account_id).where(*low))))


def has_spent(connection: Connection, account_id: str) -> bool:
    """Whether anything ever left the account."""
    own = (transfers.c.account_id == account_id, transfers.c.amount_micro < 0)
    return (
        connection.scalar(select(transfers.c.id).where(*own).order_by(transfers.c.version.desc()).limit(1)) is not None
    )


def disputed_micro(connection: Connection, account_id: str) -> int:
    """What is held because somebody disputed the payment for it."""
    own = (lots.c.account_id == account_id, UNSPENT, lots.c.frozen, lots.c.remaining_micro > 0)
    return connection.scalar(select(func.coalesce(func.sum(lots.c.remaining_micro), 0)).where(*own)) or 0


def ending(connection: Connection, now: int, until: int, account_id: str | None = None) -> list[Ending]:
    """What expires in that time, the soonest first; of everybody, or of one account."""
    query = select(lots.c.id, lots.c.account_id, lots.c.remaining_micro, lots.c.expires_at)
    query = query.where(EXPIRING, lots.c.expires_at > now, lots.c.expires_at <= until).order_by(lots.c.expires_at)
    if account_id is not None:
        query = query.where(lots.c.account_id == account_id)
    return [Ending(*row) for row in connection.execute(query)]


def forget_expired(tx: Tx, now: int) -> None:
    """What was told of credits that are gone by now is of no use to anybody."""
    gone = alert_states.c.changed_at + alert_states.c.level * DAY < now - DAY
    tx.connection.execute(delete(alert_states).where(alert_states.c.kind == AlertKind.EXPIRY, gone))


def dismissed(connection: Connection, account_id: str, person_id: str) -> dict[Place, int]:
    """The passage of each threshold that this person has read of."""
    own = (alert_dismissals.c.account_id == account_id, alert_dismissals.c.person_id == person_id)
    found = connection.execute(select(alert_dismissals).where(*own))
    return {Place(AlertKind(row.kind), row.level, row.subject): row.passage for row in found}


def dismiss(tx: Tx, account_id: str, person_id: str, read: Sequence[tuple[Place, int]]) -> None:
    """This person has read of these passages."""
    own = and_(alert_dismissals.c.account_id == account_id, alert_dismissals.c.person_id == person_id)
    places = or_(*(
        and_(alert_dismissals.c.kind == place.kind, alert_dismissals.c.level == place.level,
             alert_dismissals.c.subject == place.subject) for place, _ in read
    ))  # fmt: skip
    tx.connection.execute(delete(alert_dismissals).where(own, places))
    rows = [
        {"account_id": account_id, "person_id": person_id, "passage": passage, **_named(place)}
        for place, passage in read
    ]
    tx.connection.execute(insert(alert_dismissals), rows)


def _at(account_id: str, place: Place) -> tuple[Any, ...]:
    return (
        alert_states.c.account_id == account_id, alert_states.c.kind == place.kind,
        alert_states.c.level == place.level, alert_states.c.subject == place.subject,
    )  # fmt: skip


def _named(place: Place) -> dict[str, Any]:
    return {"kind": place.kind, "level": place.level, "subject": place.subject}
