"""Alerts: tells whoever answers for an account when it passes a threshold, once. background, the sweep and pages call.

Nothing here is asked when credits are spent. Accounts that changed are looked at afterwards (`look`), and all of them
now and then (`sweep`); a passage is written down with the mails it owes, under a number it has once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from billing import alert_endings, alert_rules, forecasts, mail
from billing.alert_rules import Wanted
from billing.mail import Fact, Owed
from billing.portal import Portal
from billing.rules.alerts import AlertKind, AlertState, Known, Passage, Place, Rule, passages, worst
from billing.rules.moments import DAY, HOUR, NEVER, from_datetime, to_datetime
from billing.rules.money import Credits
from billing.store import alerts as rows
from billing.store import duties, periods, usage_reports
from billing.store.alerts import Figure
from billing.store.writer import Tx

AT_ONCE = 500
EVERYBODY = "alerts"
"""How long ago everybody was looked at: after a crash a passage may have gone unseen."""

IN_HISTORY = (AlertKind.RUNWAY, AlertKind.SPENDING)
"""What is read from the ledger's history, for those who asked for it."""

MAILS = {AlertKind.BALANCE: "low_balance", AlertKind.RUNWAY: "runs_out", AlertKind.SPENDING: "spending"}


def look(portal: Portal, account_ids: Iterable[str], *, tells: bool = True, tells_of_defaults: bool = True) -> int:
    """Compares these accounts with their thresholds; how many passages. Most have the balance alone: a few rows each.

    `tells` is False right after somebody set a threshold: they see where they stand, and need no mail about it.
    """
    wanted, passed = sorted(set(account_ids)), 0
    default = portal.settings.alerts.low_balance.micro
    for start in range(0, len(wanted), AT_ONCE):
        with portal.database.read() as connection:
            some = rows.in_question(connection, wanted[start : start + AT_ONCE], default)
            found, known = rows.rules(connection, some), rows.standings(connection, some)
            figures = rows.figures(connection, some)
        for each in figures:
            holding = alert_rules.holding(portal.settings, found[each.account_id])
            here = _Here(portal, each.account_id, holding, rows.known(known[each.account_id]), tells=tells)
            told = tells and (tells_of_defaults or holding[AlertKind.BALANCE].version > 0)
            passed += _compare_balance(replace(here, tells=told), each) + _compare_use(here)
    return passed


def sweep(portal: Portal) -> int:
    """The same for what time alone brings about, and for what was missed, at most once an hour; how many passages.

    The first time under given defaults everybody's place is only written down: a default must not mail thousands.
    """
    settings, now = portal.settings.alerts, portal.clock()
    mark = f"{EVERYBODY}:{settings.low_balance.micro}:{settings.expiry_days}"
    with portal.database.read() as connection:
        looked_at = duties.position(connection, mark)
        if looked_at is not None and now - looked_at < HOUR:
            return 0
        everybody = _everybody(connection, settings.low_balance.micro)
    knows = looked_at is not None
    passed = look(portal, everybody, tells_of_defaults=knows) + alert_endings.tell(portal, tells_of_defaults=knows)
    portal.till.write(partial(_looked, mark=mark, now=now))
    return passed


def save(portal: Portal, account_id: str, wanted: Wanted, by: str) -> Rule:
    """Keeps thresholds, and where the account stands to them now. Raises BadInput, Conflict."""
    rule = alert_rules.keep(portal, account_id, wanted, by)
    look(portal, [account_id], tells=False)
    return rule


@dataclass(frozen=True, slots=True)
class _Here:
    """An account that is looked at, its thresholds and how it stood to them."""

    portal: Portal
    account_id: str
    holding: Mapping[AlertKind, Rule]
    known: Mapping[Place, Known]
    tells: bool

    def passed(self, kind: AlertKind, reading: int, subject: str = "") -> list[Passage]:
        """The thresholds of this kind that the reading passes."""
        return passages(self.holding[kind], reading, self.known, subject)


def _compare_balance(here: _Here, account: Figure) -> int:
    fresh = here.passed(AlertKind.BALANCE, account.left_micro)
    if not fresh or _is_beginning(here, fresh):
        return 0
    return _pass(here, here.holding[AlertKind.BALANCE], fresh)


def _is_beginning(here: _Here, fresh: Sequence[Passage]) -> bool:
    """A newcomer has little and was told nothing; only who has used some can have come down to a default threshold."""
    if here.holding[AlertKind.BALANCE].version or any(each.number > 1 for each in fresh):
        return False
    with here.portal.database.read() as connection:
        return not rows.has_spent(connection, here.account_id)


def _compare_use(here: _Here) -> int:
    """What needs the history: how long credits last, and what a month took."""
    passed = 0
    runway, spending = (here.holding[kind] for kind in IN_HISTORY)
    if runway.levels and (foreseen := forecasts.run_out(here.portal, here.account_id)) is not None:
        lasts = NEVER if foreseen.runs_out_at is None else foreseen.runs_out_at - foreseen.as_of
        passed += _pass(here, runway, here.passed(AlertKind.RUNWAY, lasts), left=foreseen.balances[-1])
    if spending.levels:
        month, used = used_this_month(here.portal, here.account_id)
        passed += _pass(here, spending, here.passed(AlertKind.SPENDING, used.micro, month))
    return passed


def used_this_month(portal: Portal, account_id: str) -> tuple[str, Credits]:
    """The month, such as 2026-11, and what was used in it; months are UTC's."""
    today = to_datetime(portal.clock())
    began = from_datetime(datetime(today.year, today.month, 1, tzinfo=UTC))
    with portal.database.read() as connection:
        month = periods.span(connection, account_id, began, None)
        return today.strftime("%Y-%m"), usage_reports.total(connection, month) - usage_reports.given_back(
            connection, month
        )


def _pass(here: _Here, rule: Rule, fresh: Sequence[Passage], left: Credits | None = None) -> int:
    """Writes down what nobody else has, and owes its mails; how many passages that were."""

    def work(tx: Tx) -> int:
        tx.database.serialize(tx.connection, f"alerts:{here.account_id}")
        known = rows.known(rows.standings(tx.connection, [here.account_id])[here.account_id])
        ours = [each for each in fresh if known.get(each.place, Known()).passage == each.number - 1]
        for each in ours:
            rows.keep(tx, here.account_id, each, here.portal.clock())
        if ours:
            tx.changed.add(here.account_id)
        if ours and here.tells and rule.by_mail:
            still = {**known, **{each.place: Known(each.state, each.number) for each in ours}}
            _owe(tx, here.portal, here.account_id, _to_tell(rule, ours, still), left)
        return len(ours)

    return here.portal.till.write(work) if fresh else 0


def _to_tell(rule: Rule, ours: Sequence[Passage], still: dict[Place, Known]) -> Passage | None:
    """The one passage people are written to about: the worst alarm, or that none is left."""
    alarms = [each for each in ours if each.state is AlertState.ALARM]
    if alarms:
        return worst(alarms)
    in_alarm = any(still.get(Place(rule.kind, level), Known()).state is AlertState.ALARM for level in rule.levels)
    return None if in_alarm or rule.kind is AlertKind.SPENDING else worst(ours)


def _owe(tx: Tx, portal: Portal, account_id: str, told: Passage | None, left: Credits | None) -> None:
    if told is None:
        return
    kind, level, subject = told.place
    name = MAILS[kind] if told.state is AlertState.ALARM else "recovered"
    facts: dict[str, Fact] = {"left": Credits(max(0, told.reading)) if left is None else left}
    if kind is AlertKind.RUNWAY:
        facts["days"] = told.reading // DAY
    else:
        facts |= {"level": Credits(level), "spent": Credits(told.reading)}
    if kind is AlertKind.SPENDING:
        facts["since"] = portal.clock()
    cause = f"alert:{account_id}:{kind}:{level}:{subject}:{told.number}"
    mail.owe_to_account(tx, portal, account_id, Owed(name, cause, account_id, facts))


def _everybody(connection: Connection, default: int) -> set[str]:
    """Who may have passed a threshold of what is left: by their own, or below the one for all."""
    own = {*rows.with_rules(connection, [AlertKind.BALANCE, *IN_HISTORY]), *rows.alarmed(connection)}
    return own.union(rows.below(connection, default) if default else ())


def _looked(tx: Tx, mark: str, now: int) -> None:
    duties.put(tx, mark, now)
    rows.forget_expired(tx, now)
