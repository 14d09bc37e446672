"""Alerts: tells whoever answers for an account when it passes a threshold, once. background, the sweep and pages call.

Nothing here is asked when credits are spent. Accounts that changed are looked at afterwards (`look`), and all of them
now and then (`sweep`); a passage is written down with the mails it owes, under a number it has once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy import Connection

from billing import alert_endings, alert_rules, mail, runway
from billing.alert_rules import Wanted
from billing.mail import Fact, Owed
from billing.portal import Portal
from billing.rules.alerts import AlertKind, AlertState, Known, Passage, Place, Rule, passages, worst
from billing.rules.moments import DAY, HOUR
from billing.rules.money import Credits
from billing.store import alerts as rows
from billing.store import duties, spending
from billing.store.alerts import Figure
from billing.store.writer import Tx

AT_ONCE = 500
EVERYBODY = "alerts"
"""How long ago everybody was looked at: after a crash a passage may have gone unseen."""

SLOW = (AlertKind.RUNWAY, AlertKind.SPENDING)
"""What is computed from days of use; only the sweep does it."""

MAILS = {AlertKind.BALANCE: "low_balance", AlertKind.RUNWAY: "runs_out", AlertKind.SPENDING: "spending"}


def look(portal: Portal, account_ids: Iterable[str], *, tells: bool = True, tells_of_defaults: bool = True) -> int:
    """Compares what is left in these accounts with their thresholds; how many passages. Cheap: a few rows each.

    `tells` is False right after somebody set a threshold: they see where they stand, and need no mail about it.
    """
    wanted, passed = sorted(set(account_ids)), 0
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        with portal.database.read() as connection:
            found, known = rows.rules(connection, some), rows.standings(connection, some)
            figures = rows.figures(connection, some)
        for each in figures:
            rule = alert_rules.holding(portal.settings, found[each.account_id])[AlertKind.BALANCE]
            fresh = passages(rule, each.left_micro, rows.known(known[each.account_id]))
            if fresh and not _is_beginning(portal, each, rule, fresh):
                told = tells and (tells_of_defaults or rule.version > 0)
                passed += _pass(portal, each.account_id, rule, fresh, tells=told)
    return passed


def sweep(portal: Portal) -> int:
    """The same for everything that time alone brings about, and for what was missed; how many passages.

    The first time under given defaults everybody's place is only written down: a default must not mail thousands.
    """
    settings, now = portal.settings.alerts, portal.clock()
    mark = f"{EVERYBODY}:{settings.low_balance.micro}:{settings.expiry_days}"
    with portal.database.read() as connection:
        looked_at = duties.position(connection, mark)
        is_due = looked_at is None or now - looked_at >= HOUR
        slow = rows.with_rules(connection, SLOW) if is_due else rows.behind(connection, SLOW)
        everybody = _everybody(connection, settings.low_balance.micro) if is_due else ()
    passed = sum(look_back(portal, account_id) for account_id in slow)
    if is_due:
        knows = looked_at is not None
        passed += look(portal, everybody, tells_of_defaults=knows)
        passed += alert_endings.tell(portal, tells_of_defaults=knows)
        portal.till.write(partial(_looked, mark=mark, now=now))
    return passed


def look_back(portal: Portal, account_id: str, *, tells: bool = True) -> int:
    """Compares what the account used with its thresholds; how many passages."""
    now_is = runway.of_account(portal, account_id)
    with portal.database.read() as connection:
        holding = alert_rules.holding(portal.settings, rows.rules(connection, [account_id])[account_id])
        known = rows.known(rows.standings(connection, [account_id])[account_id])
    used = passages(holding[AlertKind.SPENDING], now_is.used_this_month.micro, known, now_is.month)
    passed = _pass(portal, account_id, holding[AlertKind.SPENDING], used, tells=tells)
    if now_is.lasts is not None:
        ends = passages(holding[AlertKind.RUNWAY], now_is.lasts, known)
        passed += _pass(portal, account_id, holding[AlertKind.RUNWAY], ends, tells=tells, left=now_is.left)
    portal.till.write(partial(spending.compared, account_id=account_id, version=now_is.version))
    return passed


def save(portal: Portal, account_id: str, wanted: Wanted, by: str) -> Rule:
    """Keeps thresholds, and where the account stands to them now. Raises BadInput, Conflict."""
    rule = alert_rules.keep(portal, account_id, wanted, by)
    if wanted.kind is AlertKind.BALANCE:
        look(portal, [account_id], tells=False)
    elif wanted.kind in SLOW:
        look_back(portal, account_id, tells=False)
    return rule


def _is_beginning(portal: Portal, account: Figure, rule: Rule, fresh: Sequence[Passage]) -> bool:
    """A newcomer has little and was told nothing; only who has used some can have come down to a default threshold."""
    if rule.version or any(each.number > 1 for each in fresh):
        return False
    with portal.database.read() as connection:
        return not rows.has_spent(connection, account.account_id)


def _pass(
    portal: Portal, account_id: str, rule: Rule, fresh: Sequence[Passage], *, tells: bool, left: Credits | None = None
) -> int:
    """Writes down what nobody else has, and owes its mails; how many passages that were."""

    def work(tx: Tx) -> int:
        tx.database.serialize(tx.connection, f"alerts:{account_id}")
        known = rows.known(rows.standings(tx.connection, [account_id])[account_id])
        ours = [each for each in fresh if known.get(each.place, Known()).passage == each.number - 1]
        for each in ours:
            rows.keep(tx, account_id, each, portal.clock())
        if ours:
            tx.changed.add(account_id)
        if ours and tells and rule.by_mail:
            still = {**known, **{each.place: Known(each.state, each.number) for each in ours}}
            _owe(tx, portal, account_id, _to_tell(rule, ours, still), left)
        return len(ours)

    return portal.till.write(work) if fresh else 0


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
    own = {*rows.with_rules(connection, [AlertKind.BALANCE]), *rows.alarmed(connection)}
    return own.union(rows.below(connection, default) if default else ())


def _looked(tx: Tx, mark: str, now: int) -> None:
    duties.put(tx, mark, now)
    rows.forget_expired(tx, now)
