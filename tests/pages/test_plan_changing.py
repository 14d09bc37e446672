"""The dialog that changes a plan: its price is shown before the click, and two clicks do one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nicegui import ui

from billing.gateways.changing import Change, Reckoned
from billing.recording import record_now
from billing.rules.bills import Bill, BillLine
from billing.rules.errors import GatewayUnavailable, PaymentRefused
from billing.rules.facts import InvoiceLine, PlannedChange, SubscriptionFact, SubscriptionItem
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.subscriptions import Plan
from tests.pages.test_plan import TEAM, subscribed
from tests.pages.visits import Site, Visitor, until

USD = "USD"
BUSINESS = Plan("business", "price_business", "prod_plans", "Business", "", Money(5000, USD), "month")
YEARLY = Plan("yearly", "price_yearly", "prod_plans", "Team for a year", "", Money(20_000, USD), "year")
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


@pytest.fixture
def ada(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture
def provider(site: Site, ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> Provider:
    made, gateway = Provider(site, ada), site.world.portal.gateway
    monkeypatch.setattr("billing.subscriptions.are_offered", lambda _: True)
    monkeypatch.setattr(gateway, "plans", lambda: (TEAM, BUSINESS, YEARLY))
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


async def test_the_price_is_shown_before_the_click_and_stands_on_the_button(ada: Visitor, provider: Provider) -> None:
    await asked(ada)
    for said in ("Team, 20.00 USD per month", "Business, 50.00 USD per month", "15.00 USD is charged.", CONFIRM):
        assert said in shown(ada)
    assert provider.changes == []


async def test_two_clicks_make_one_change_at_the_price_that_was_shown(ada: Visitor, provider: Provider) -> None:
    await asked(ada)
    ada.find(CONFIRM).click().click()
    await until(lambda: ada.notify.contains("The plan is now Business."), 5)
    await until(lambda: "Change to Team, 20.00 USD per month" in labels(ada))
    assert len(provider.changes) == 1


async def test_an_offer_that_changed_meanwhile_is_shown_anew_and_not_taken(ada: Visitor, provider: Provider) -> None:
    await asked(ada)
    provider.due = 1700
    ada.find(CONFIRM).click()
    await until(lambda: "Pay 17.00 USD and change now" in shown(ada))
    assert "The offer has changed" in ada.text("plan-wrong")
    assert provider.changes == []


async def test_a_card_that_says_no_changes_nothing_and_says_so(ada: Visitor, provider: Provider) -> None:
    await asked(ada)
    provider.refusal = "Your card was declined."
    ada.find(CONFIRM).click()
    await until(lambda: "declined" in ada.text("plan-wrong"))
    assert CONFIRM in shown(ada)
    assert "Team" in ada.text("plan-state")


async def test_at_the_end_of_the_period_it_is_planned_and_can_be_undone(ada: Visitor, provider: Provider) -> None:
    await asked(ada)
    later = radios(ada)[1]
    for listener in later._event_listeners.values():
        ui_event = type("Chosen", (), {"args": "period_end"})
        await listener.handler(ui_event)  # type: ignore[misc]
    await until(lambda: "Nothing is charged today." in shown(ada))
    ada.find("Change on 2 Nov 2024").click()
    await until(lambda: "it becomes Business, 50.00 USD per month" in ada.text("plan-state"))
    ada.find("Undo the change").click().click()
    await until(lambda: "it becomes Business" not in ada.text("plan-state"))
    assert provider.fact.planned is None


async def test_plans_of_another_rhythm_are_one_press_away(ada: Visitor, provider: Provider) -> None:
    await ada.open("/plan")
    assert "Team for a year" not in ada.text("plan-state")
    ada.find("per year").click()
    await until(lambda: "Team for a year" in ada.text("plan-state"))
    assert "200.00 USD per year" in ada.text("plan-state")
    assert provider.changes == []


async def test_while_the_provider_is_away_what_was_last_seen_stands_there_and_nothing_can_be_pressed(
    site: Site, ada: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise GatewayUnavailable("The payment provider cannot be reached at the moment.")

    monkeypatch.setattr(site.world.portal.gateway, "plans", away)
    await ada.open("/plan")
    text = ada.text("plan-state")
    assert "shown as it was on 4 Oct 2024" in text
    assert "20.00 USD per month" in text
    for word in ("Cancel", "Change", "Undo", "Resume"):
        assert word not in text
    assert provider.fact.status == "active"


async def test_the_trial_says_how_long_it_lasts(site: Site, ada: Visitor, provider: Provider) -> None:
    moment = site.world.clock() + 3 * DAY - 5
    provider.become(status="trialing", trial_end=moment)
    record_now(site.world.portal, provider.fact)
    await ada.open("/plan")
    assert "3 days of the trial are left." in ada.text("plan-state")


async def test_a_press_is_answered_in_the_page_for_its_button_may_be_gone_by_then(
    site: Site, ada: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A webhook between the press and its answer draws the page anew: what was pressed may be gone by then."""
    provider.change_later(None, "")  # type: ignore[arg-type]
    record_now(site.world.portal, provider.fact)
    said_from: list[ui.element] = []
    monkeypatch.setattr("pages.notices.said", lambda _text: said_from.append(ui.context.slot.parent))
    await ada.open("/plan")
    ada.find("Undo the change").click()
    await until(lambda: said_from)
    assert ada.client is not None
    assert said_from == [ada.client.content]
