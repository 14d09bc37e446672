"""The thresholds of accounts: those people set, and before that the settings' own. Alerts and pages call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billing.portal import Portal
from billing.rules.alerts import IN_DAYS, AlertKind, Rule, checked
from billing.rules.errors import Conflict
from billing.rules.money import Credits
from billing.rules.sentences import sentence
from billing.settings import Settings
from billing.store import alerts as rows
from billing.store import audit, people
from billing.store.writer import Tx

CHANGED = sentence("Somebody else has changed this meanwhile. Nothing of yours was saved.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to be told of; `seen` is the version they had before them. An empty list: nothing."""

    kind: AlertKind
    levels: Sequence[int]
    by_mail: bool
    seen: int


def of_account(portal: Portal, account_id: str) -> dict[AlertKind, Rule]:
    """What holds for the account now, for every kind."""
    with portal.database.read() as connection:
        return holding(portal.settings, rows.rules(connection, [account_id])[account_id])


def holding(settings: Settings, found: Mapping[AlertKind, Rule]) -> dict[AlertKind, Rule]:
    """What was set, and for the rest what the settings say."""
    low, days = settings.alerts.low_balance.micro, settings.alerts.expiry_days
    unset = {AlertKind.BALANCE: low, AlertKind.EXPIRY: days}
    defaults = {kind: Rule(kind, (unset[kind],) if unset.get(kind) else ()) for kind in AlertKind}
    return defaults | dict(found)


def keep(portal: Portal, account_id: str, wanted: Wanted, by: str) -> Rule:
    """Keeps thresholds. Raises BadInput, and Conflict when they are not any more those that were seen.

    The conflict's details say who changed them (`by`) and when (`at`).
    """
    levels = checked(wanted.kind, wanted.levels)

    def work(tx: Tx) -> Rule:
        tx.database.serialize(tx.connection, f"alerts:{account_id}")
        now = portal.clock()
        before = rows.rules(tx.connection, [account_id])[account_id].get(wanted.kind)
        if (before.version if before else 0) != wanted.seen:
            raise Conflict(CHANGED, by=changed_by(tx, before), at=before.changed_at if before else now)
        rule = Rule(wanted.kind, levels, wanted.by_mail, wanted.seen + 1, by, now)
        rows.set_rule(tx, account_id, rule)
        audit.add(
            tx, actor=by, action="alerts.changed", now=now, account_id=account_id,
            before=told(before) if before else "as the settings say", after=told(rule),
        )  # fmt: skip
        tx.changed.add(account_id)
        return rule

    return portal.till.write(work)


def changed_by(tx: Tx, rule: Rule | None) -> str:
    """The name of whoever changed it last; empty when nobody knows."""
    found = people.contact(tx.connection, rule.changed_by) if rule else None
    return found.name if found else ""


def told(rule: Rule) -> str:
    """For the audit: the kind and its thresholds."""
    shown = [f"{each} days" if rule.kind in IN_DAYS else str(Credits(each)) for each in rule.levels]
    return f"{rule.kind}: {', '.join(shown) or 'nothing'}{'' if rule.by_mail else ', not by mail'}"
