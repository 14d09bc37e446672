"""The dialog that changes a plan: its price is shown before the click, and two clicks do one thing."""

from __future__ import annotations

import pytest
from nicegui import ui

from billing.recording import record_now
from billing.rules.errors import GatewayUnavailable
from billing.rules.moments import DAY
from tests.pages.providers import CONFIRM, Provider, asked, labels, provided, radios, shown
from tests.pages.visits import Site, Visitor, until


@pytest.fixture
def ada(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture
def provider(site: Site, ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> Provider:
    return provided(site, ada, monkeypatch)


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
