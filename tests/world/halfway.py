"""Subscriptions halfway through their month, and changes of them as somebody confirms them. Tests of changes use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from billing.plan_changes import When, Wish, change, preview
from billing.portal import Portal
from billing.rules.money import Money
from billing.rules.plan_changes import Proration
from billing.rules.subscriptions import Subscription
from tests.world.inside import DAY, FEBRUARY, Stage

HALFWAY = FEBRUARY + 19 * DAY  # 10 of 29 days are left
LATER = When.PERIOD_END
YEAR = 366 * DAY


def dollars(minor: int) -> Money:
    return Money(minor, "USD")


def on(stage: Stage, plan: str = "solo:month:usd", **more: Any) -> tuple[str, str]:
    """An account with a subscription, halfway through its month."""
    account, customer = stage.customer()
    made = stage.subscribed(customer, plan, **more)
    stage.until(HALFWAY)
    return account, made


def charging(stage: Stage, **changes: Any) -> Portal:
    """The portal with other rules of charging changes."""
    rules = stage.portal.settings.plan_change.model_copy(update=changes)
    return replace(stage.portal, settings=stage.portal.settings.model_copy(update={"plan_change": rules}))


AT_ONCE = {"immediate_proration_behavior": Proration.INVOICED_AT_ONCE}


def made(portal: Portal, account: str, wish: Wish) -> Subscription:
    return change(portal, account, wish, preview(portal, account, wish).token, by="usr_ada")


def held(stage: Stage, made: str) -> dict[str, int]:
    """Price and quantity of each item, as Stripe has them."""
    return {item["price"]["id"]: item["quantity"] for item in stage.row("subscription", made)["items"]["data"]}


class Only:
    """A gateway of which one method is another one."""

    def __init__(self, gateway: Any, name: str, method: Callable[..., Any]) -> None:
        self._gateway, self._name, self._method = gateway, name, method

    def __getattr__(self, name: str) -> Any:
        return self._method if name == self._name else getattr(self._gateway, name)
