"""Metering: what plans with a metered price bill by use is told to the provider's meters. reconcile and duties call it.

What a debit took below zero while such a plan was open is counted once: the ledger gives it back and owes the report in
one transaction, so that it is asked for by the meter's invoice alone, and never by a purchase or an invoice of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from billing.gateways.metering import Report
from billing.portal import Portal
from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.metering import Meter, Share, Use, counted, is_unsure, moment, share
from billing.rules.moments import HOUR
from billing.rules.money import MICRO, Credits
from billing.rules.plans import counts_use
from billing.rules.postings import Posting, chain_hash
from billing.rules.subscriptions import Subscription, opens
from billing.store import duties, ledger, overdraft
from billing.store import metering as rows
from billing.store import subscriptions as snapshots
from billing.store.duties import Duty
from billing.store.writer import Tx

REPORT = "meter_report"
"""The kind of duty that tells a meter."""

LOOK_BACK = HOUR
"""How much of the use before a subscription was first seen is counted with it."""

log = structlog.get_logger("metering")


@dataclass(frozen=True, slots=True)
class _Counter:
    """One account's meter, and what was used since it was told last."""

    subscription: Subscription
    meter: Meter
    meters: Sequence[Meter]
    now: int


def count(portal: Portal) -> int:
    """Counts what was used since the last time, for every account whose plan has a metered price; how many reports.

    Raises GatewayUnavailable while the prices cannot be known.
    """
    if not any(counts_use(price) for product in portal.catalogue.products for price in product.prices):
        return 0
    meters = _meters(portal)
    with portal.database.read() as connection:
        found = rows.subscribed(connection, meters) if meters else []
    # One whose paid time is over belongs to a period nobody has read yet: it waits until it was.
    running = (each for each in found if opens(each) and portal.clock() < each.period_end)
    return sum(_count(portal, each, meters) for each in running)


def send(portal: Portal, duty: Duty) -> None:
    """Tells the meter, once. Raises what the provider raises; refused for good, the use is owed in the ledger again."""
    if is_unsure(duty.attempts, duty.created_at, portal.clock()):
        raise PaymentRefused("Nobody knows whether the meter was told: look it up at the payment provider.")
    body, now = duty.body, portal.clock()
    if duty.attempts == 0:
        # Known before the provider is asked: a crash on the way must not look like a report that was never sent.
        portal.till.write(lambda tx: duties.put_off(tx, duty, now, "being sent"))
    with portal.database.read() as connection:
        found = snapshots.get(connection, str(body["subscription"]))
    period = (found.period_start, found.period_end) if found else (now, now)
    told = Report(
        str(body["meter"]), str(body["customer"]), int(body["credits"]), str(body["identifier"]),
        moment(int(body["at"]), now, period),
    )  # fmt: skip
    try:
        portal.gateway.report(told, duty.id)
    except (PaymentRefused, NotFound) as refused:
        log.error("meter_refused", duty=duty.id, error=refused.code)
        portal.till.write(lambda tx: ledger.post(tx, [_taken_back(duty, now)], now))
        raise


def _meters(portal: Portal) -> Mapping[str, Meter]:
    """By the provider's prices. Also those of retired plans, which somebody may still have."""
    items = (item for plan in portal.gateway.plans() for item in plan.items if item.meter)
    return {item.price_ref: Meter(item.meter, item.product, item.price_ref) for item in items}


def _count(portal: Portal, subscription: Subscription, meters: Mapping[str, Meter]) -> int:
    own = [meters[item.price_ref] for item in subscription.items if item.price_ref in meters]

    def work(tx: Tx) -> int:
        now = portal.clock()
        until = rows.serialize(tx, subscription.account_id)
        return sum(_told(tx, _Counter(subscription, meter, own, now), until) for meter in own)

    return portal.till.write(work)


def _told(tx: Tx, counter: _Counter, until: int) -> int:
    """Counts one meter's use up to the version, in the transaction that owes the reports of it; how many."""
    subscription, meter = counter.subscription, counter.meter
    account_id, start = subscription.account_id, subscription.period_start
    since = max(subscription.started_at, counter.now - LOOK_BACK)
    before = rows.progress(tx, account_id, meter.name, since)
    if until <= before.version:
        return 0
    used = _own(counter, rows.uses(tx.connection, account_id, before.version, until))
    undone = _own(counter, rows.undone(tx.connection, account_id, before.began, before.version, until, start))
    told_before = rows.told_micro(tx.connection, account_id, meter.name, start) if undone else 0
    back = share(before.undone_micro, undone, told_before)
    asked = share(before.rest_micro, used, overdraft.unasked(tx.connection, account_id).micro)
    rows.advance(tx, account_id, meter.name, until, asked.rest_micro, back.rest_micro)
    reports = ((Share(-back.credits, 0), undone), (asked, used))
    return sum(_report(tx, counter, until, one, uses) for one, uses in reports if one.credits)


def _own(counter: _Counter, uses: Sequence[Use]) -> list[Use]:
    return counted(uses, counter.meter, counter.meters)


def _report(tx: Tx, counter: _Counter, until: int, told: Share, uses: Sequence[Use]) -> int:
    subscription, meter, now = counter.subscription, counter.meter, counter.now
    account_id, way = subscription.account_id, "used" if told.credits > 0 else "undone"
    identifier = f"{account_id}:{until}:{counter.meters.index(meter)}:{way}"
    at = min(now, max((use.happened_at for use in uses), default=now))
    reason = f"{told.credits} of {meter.product} on the invoice of the plan"
    ledger.post(tx, [_posting(account_id, identifier, told, reason, meter, at)], now)
    body = {
        "meter": meter.name, "credits": told.credits, "at": at, "identifier": identifier, "reason": reason,
        "subscription": subscription.id, "customer": subscription.customer_ref, "product": meter.product,
    }  # fmt: skip
    return duties.owe(tx, kind=REPORT, cause=f"{REPORT}:{identifier}", account_id=account_id, body=body, now=now)


def _posting(account_id: str, identifier: str, told: Share, reason: str, meter: Meter, at: int) -> Posting:
    """What the invoice of the plan asks for is owed here no more; what it does not ask for any more is."""
    return Posting(
        account_id=account_id,
        kind=Kind.METERED,
        cause_type=rows.CAUSE,
        cause_id=identifier,
        amount_micro=told.credits * MICRO,
        actor="system",
        happened_at=at,
        reason=reason,
        details=_details(meter.name, meter.product),
        input_hash=chain_hash(meter.name, told.credits),
        terms=LotTerms(LotSource.PURCHASE),
        forced=True,
    )


def _taken_back(duty: Duty, now: int) -> Posting:
    """The report will never be billed, so what the ledger gave back for it is owed again, or the reverse."""
    amount = -int(duty.body["credits"])
    meter, product = str(duty.body["meter"]), str(duty.body["product"])
    return Posting(
        account_id=duty.account_id or "",
        kind=Kind.METERED,
        cause_type="metered_refused",
        cause_id=duty.id,
        amount_micro=amount * MICRO,
        actor="system",
        happened_at=now,
        reason=f"Not billed by the payment provider: {Credits.whole(abs(amount))} of {product}",
        details=_details(meter, product),
        input_hash=chain_hash(meter, amount),
        terms=LotTerms(LotSource.PURCHASE),
        forced=True,
    )


def _details(meter: str, product: str) -> str:
    """As a debit's dimensions are kept."""
    return f'{{"meter": "{meter}", "product": "{product}"}}'
