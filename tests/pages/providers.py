"""A provider with one subscription, whose price of a change a test sets. Tests of the page plan's dialog use it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nicegui import ui

from billing.gateways.changing import Change, Reckoned
from billing.rules.bills import Bill, BillLine
from billing.rules.errors import PaymentRefused
from billing.rules.facts import InvoiceLine, PlannedChange, SubscriptionFact, SubscriptionItem
from billing.rules.money import Money
from billing.rules.subscriptions import Plan, PlanItem
from tests.pages.test_plan import TEAM, subscribed
from tests.pages.visits import Site, Visitor, until

USD = "USD"
BUSINESS = Plan("business", "price_business", "prod_plans", "Business", "", Money(5000, USD), "month")
YEARLY = Plan("yearly", "price_yearly", "prod_plans", "Team for a year", "", Money(20_000, USD), "year")
SEAT = PlanItem("crew", "prod_plans", "price_crew", Money(3000, USD), per_seat=True)
CREW = Plan("crew", "price_crew", "prod_plans", "Crew", "", Money(3000, USD), "month", items=(SEAT,))
CONFIRM = "Pay 15.00 USD and change now"


class Provider:
    """A provider with one subscription, whose price of a change a test sets."""

    def __init__(self, site: Site, visitor: Visitor) -> None:
        self.site, self.due, self.refusal = site, 1500, ""
        item = SubscriptionItem("si_1", "prod_plans", "price_team", 1, TEAM.amount)
        self.fact: SubscriptionFact = subscribed(site, visitor, items=(item,))
        self.changes: list[Change] = []

    def subscription(self, _ref: str) -> SubscriptionFact:
        return self.fact

    def reckon(self, change: Change) -> Reckoned:
        def bill(at: int, minor: int) -> Bill:
            line = InvoiceLine("price_business", "prod_plans", 1, minor, at, at)
            return Bill(at, (BillLine("Rest of the month", line),), 0, Money(minor, USD))

        now = bill(change.moment, self.due) if change.when == "now" else None
        return Reckoned(now, bill(self.fact.period_end, 5000))

    def change_now(self, change: Change, _key: str) -> None:
        if self.refusal:
            raise PaymentRefused(self.refusal)
        self.changes.append(change)
        item = replace(self.fact.items[0], price_ref="price_business", amount=BUSINESS.amount)
        self.become(price_ref="price_business", amount=BUSINESS.amount, items=(item,))

    def change_later(self, change: Change, _key: str) -> None:
        self.changes.append(change)
        self.become(schedule_ref="sub_sched_1", planned=PlannedChange(self.fact.period_end, (("price_business", 1),)))

    def drop_planned(self, _ref: str, _key: str) -> None:
        self.become(schedule_ref=None, planned=None)

    def become(self, **changes: Any) -> None:
        self.fact = replace(self.fact, read_at=self.fact.read_at + 1, **changes)


def provided(site: Site, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider in the place of the portal's own."""
    made, gateway = Provider(site, visitor), site.world.portal.gateway
    monkeypatch.setattr("billing.subscriptions.are_offered", lambda _: True)
    monkeypatch.setattr(gateway, "plans", lambda: (TEAM, BUSINESS, CREW, YEARLY))
    monkeypatch.setattr(gateway, "invoices_of", lambda _: ())
    monkeypatch.setattr(gateway, "cards", lambda _: ())
    for name in ("subscription", "reckon", "change_now", "change_later", "drop_planned"):
        monkeypatch.setattr(gateway, name, getattr(made, name))
    return made


async def asked(ada: Visitor) -> None:
    """The page, and in it the price of the other plan."""
    await ada.open("/plan")
    ada.find(marker="choose-business").click()
    await until(lambda: "Next invoice" in ada.text("plan-preview"))


def shown(ada: Visitor) -> str:
    return ada.text("plan-preview")


def labels(ada: Visitor) -> list[str]:
    """What the buttons of the page are called aloud."""
    elements = ada.client.elements.values() if ada.client else ()
    return [str(each.props.get("aria-label", "")) for each in elements]


def radios(ada: Visitor) -> list[ui.element]:
    found = [each for each in ada.client.elements.values() if each.tag == "input"] if ada.client else []
    return sorted((each for each in found if each.props.get("name") == "when"), key=lambda each: each.id)
