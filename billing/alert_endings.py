"""Credits that expire soon: each lot is told of once. Only `alerts.py` calls it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from billing import alert_rules, mail
from billing.mail import Owed
from billing.portal import Portal
from billing.rules.alerts import AlertKind, AlertState, Passage, Place, Rule
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.store import alerts as rows
from billing.store.alerts import Ending
from billing.store.writer import Tx


def tell(portal: Portal, *, tells_of_defaults: bool = True) -> int:
    """Tells of everybody's lots that come within their threshold; how many lots."""
    now, expiry = portal.clock(), AlertKind.EXPIRY
    with portal.database.read() as connection:
        own = rows.rules(connection, rows.with_rules(connection, [expiry]))
        days = [portal.settings.alerts.expiry_days, *(max(each[expiry].levels) for each in own.values())]
        found = sorted(rows.ending(connection, now, now + max(days) * DAY), key=attrgetter("account_id"))
        known = {each: rows.known(these) for each, these in rows.standings(connection, _accounts(found)).items()}
        rules = rows.rules(connection, _accounts(found))
    passed = 0
    for account_id, endings in groupby(found, key=attrgetter("account_id")):
        rule = alert_rules.holding(portal.settings, rules[account_id])[expiry]
        fresh = [each for each in endings if _is_soon(each, rule, now) and _place(each, rule) not in known[account_id]]
        told = tells_of_defaults or rule.version > 0
        passed += _pass(portal, account_id, rule, fresh, tells=told) if fresh else 0
    return passed


def _pass(portal: Portal, account_id: str, rule: Rule, fresh: Sequence[Ending], *, tells: bool) -> int:
    """Writes down what nobody else has; what expires on one day is one mail."""

    def work(tx: Tx) -> int:
        tx.database.serialize(tx.connection, f"alerts:{account_id}")
        known = rows.known(rows.standings(tx.connection, [account_id])[account_id])
        ours = [each for each in fresh if _place(each, rule) not in known]
        for each in ours:
            passed = Passage(_place(each, rule), AlertState.ALARM, 1, each.remaining_micro)
            rows.keep(tx, account_id, passed, portal.clock())
        if ours:
            tx.changed.add(account_id)
        if tells and rule.by_mail:
            for _, together in groupby(ours, key=lambda each: each.expires_at // DAY):
                _owe(tx, portal, account_id, rule, list(together))
        return len(ours)

    return portal.till.write(work)


def _owe(tx: Tx, portal: Portal, account_id: str, rule: Rule, together: Sequence[Ending]) -> None:
    amount, first = Credits(sum(each.remaining_micro for each in together)), together[0]
    cause = f"alert:{account_id}:expiry:{rule.levels[0]}:{first.lot_id}"
    told = Owed("expiring", cause, account_id, {"amount": amount, "ends": first.expires_at})
    mail.owe_to_account(tx, portal, account_id, told)


def _is_soon(ending: Ending, rule: Rule, now: int) -> bool:
    return bool(rule.levels) and ending.expires_at <= now + rule.levels[0] * DAY


def _place(ending: Ending, rule: Rule) -> Place:
    return Place(AlertKind.EXPIRY, rule.levels[0], str(ending.lot_id))


def _accounts(found: Sequence[Ending]) -> list[str]:
    return sorted({each.account_id for each in found})
