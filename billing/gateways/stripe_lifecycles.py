"""Reads Stripe's Subscription into a SubscriptionFact, and recurring prices into plans. For `stripe*.py` only."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from billing.gateways.stripe_beginnings import AFTER_TRIAL, ENDS
from billing.gateways.stripe_pending import pending_of
from billing.gateways.stripe_prices import OTHER_MODE, key_of, name_of, product_of, text_of
from billing.gateways.stripe_schedules import planned_of
from billing.gateways.stripe_values import (
    Json,
    Malformed,
    branch,
    currency,
    expect,
    flag,
    minor,
    moment,
    moment_or_none,
    plain,
    ref,
    ref_or_none,
    word,
    word_or_none,
)
from billing.rules.errors import BadInput, GatewayUnavailable
from billing.rules.facts import SubscriptionFact, SubscriptionItem
from billing.rules.money import Money
from billing.rules.plans import Behavior
from billing.rules.subscriptions import Plan

_log = structlog.get_logger(__name__)


def snapshot(subscription: Json, read_at: int) -> SubscriptionFact:
    """The subscription as Stripe had it at `read_at`. What it is and when it renews stands in its items."""
    expect(subscription, "subscription")
    items = _items(subscription)
    item = next((each for each in items if _is_per_seat(each)), items[0])
    price = branch(item, "price")
    every = branch(price, "recurring")
    return SubscriptionFact(
        subscription_ref=ref(subscription, "sub"),
        customer_ref=_customer(subscription),
        status=word(subscription.get("status"), "status"),
        product_ref=word(price.get("product"), "product"),
        price_ref=word(price.get("id"), "price"),
        quantity=_or(item, "quantity", 1),
        amount=Money(_or(price, "unit_amount", 0), currency(price)),
        interval=word(every.get("interval"), "interval"),
        interval_count=minor(every, "interval_count", 1),
        period_start=moment(item, "current_period_start"),
        period_end=moment(item, "current_period_end"),
        started_at=moment(subscription, "start_date"),
        read_at=read_at,
        cancel_at_period_end=flag(subscription, "cancel_at_period_end"),
        cancel_at=moment_or_none(subscription, "cancel_at"),
        ended_at=moment_or_none(subscription, "ended_at"),
        trial_end=moment_or_none(subscription, "trial_end"),
        livemode=flag(subscription, "livemode"),
        items=tuple(_item(each) for each in items),
        anchor=moment_or_none(subscription, "billing_cycle_anchor"),
        schedule_ref=ref_or_none(subscription.get("schedule"), "sub_sched"),
        ends_with_trial=branch(subscription, "metadata").get(AFTER_TRIAL) == ENDS,
        sends_invoices=subscription.get("collection_method") == "send_invoice",
        planned=planned_of(branch(subscription, "schedule")),
        pending=pending_of(subscription),
    )


def plans_of(prices: Iterable[Json], *, livemode: bool) -> tuple[Plan, ...]:
    """Those of `prices` (with their product expanded) that can be subscribed to, cheapest first."""
    found: dict[str, Plan] = {}
    for price in prices:
        if price.get("livemode") is not livemode:
            raise GatewayUnavailable(OTHER_MODE)
        try:
            plan = _plan(price)
            if plan.key in found:
                raise BadInput(f"its key {plan.key} is taken by another price")
        except BadInput as refused:
            _log.warning("plan_left_out", price=plain(price.get("id"), 64), why=refused.sentence)
        else:
            found[plan.key] = plan
    return tuple(sorted(found.values(), key=lambda plan: (plan.amount.currency, plan.amount.minor, plan.key)))


def _plan(price: Json) -> Plan:
    """Raises BadInput with the reason why nobody can subscribe to this price."""
    product, every, cost = product_of(price), branch(price, "recurring"), price.get("unit_amount")
    reference = word_or_none(price.get("id"))
    if reference is None or price.get("type") != "recurring" or every.get("usage_type") == "metered":
        raise BadInput("it is no recurring price of a fixed amount")
    if type(cost) is not int or cost < 0:
        raise BadInput("it has no fixed amount")
    name = name_of(price, product)
    try:
        return Plan(
            key=key_of(price) or reference,
            price_ref=reference,
            product_ref=word(product, "product"),
            name=name,
            description=text_of(price, product, name),
            amount=Money(cost, currency(price)),
            interval=word(every.get("interval"), "interval"),
            interval_count=minor(every, "interval_count", 1),
        )
    except Malformed as malformed:
        raise BadInput(str(malformed)) from None


def _items(subscription: Json) -> list[Json]:
    items = branch(subscription, "items").get("data")
    if not isinstance(items, list) or not items or not all(isinstance(each, dict) for each in items):
        raise Malformed("items is empty")
    return items


def _is_per_seat(item: Json) -> bool:
    return branch(branch(item, "price"), "metadata").get("behavior") == Behavior.PER_SEAT


def _item(item: Json) -> SubscriptionItem:
    price = branch(item, "price")
    metered = branch(price, "recurring").get("usage_type") == "metered"
    return SubscriptionItem(
        word_or_none(item.get("id")) or "",
        word(price.get("product"), "product"),
        word(price.get("id"), "price"),
        0 if metered else _or(item, "quantity", 1),
        Money(_or(price, "unit_amount", 0), currency(price)),
    )


def _customer(subscription: Json) -> str:
    customer = subscription.get("customer")
    return ref(customer, "cus") if isinstance(customer, dict) else ref(subscription, "cus", "customer")


def _or(thing: Json, name: str, default: int) -> int:
    """Stripe says null for the quantity of a metered price and for the amount of one in tiers."""
    return default if thing.get(name) is None else minor(thing, name, 0)
