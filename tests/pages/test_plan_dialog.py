"""Fields of the dialog that changes a plan, and a change that waits for its payment."""

from __future__ import annotations

import pytest
from nicegui import ui

from billing.gateways.changing import Reduction
from billing.recording import record_now
from billing.rules.facts import PendingChange
from billing.rules.moments import DAY
from tests.pages.providers import CONFIRM, Provider, asked, labels, provided, shown
from tests.pages.visits import Site, Visitor, until


@pytest.fixture
def ada(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture
def provider(site: Site, ada: Visitor, monkeypatch: pytest.MonkeyPatch) -> Provider:
    return provided(site, ada, monkeypatch)


async def sent(ada: Visitor, **fields: str) -> None:
    """The form of the dialog as a browser sends it."""
    forms = [each for each in ada.find(kind=ui.element).elements if each.tag == "form"]
    (listener,) = [found for each in forms for found in each._event_listeners.values() if found.type == "submit"]
    await listener.handler(type("Sent", (), {"args": fields}))  # type: ignore[misc]


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "many", "9999999", "３"])
async def test_a_number_of_seats_that_is_none_is_refused_beside_its_field(
    ada: Visitor, provider: Provider, typed: str
) -> None:
    await ada.open("/plan")
    ada.find(marker="choose-crew").click()
    await until(lambda: CONFIRM in shown(ada))
    await sent(ada, seats=typed)
    assert ada.text("seats-error") != ""
    assert (shown(ada), provider.changes) == ("", [])


async def test_so_many_seats_as_were_typed_are_shown_and_had(
    ada: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many fit is a rule of plans of the catalogue, of which this one is none."""
    monkeypatch.setattr(
        "billing.plan_previews.assert_fit", lambda _portal, _account, _terms, seats, paid: seats or paid
    )
    await ada.open("/plan")
    ada.find(marker="choose-crew").click()
    await until(lambda: "Crew, 1 seat, 30.00 USD per month" in shown(ada))
    await sent(ada, seats=" 3 ")
    await until(lambda: "Crew, 3 seats, 90.00 USD per month" in shown(ada))
    ada.find(CONFIRM).click()
    await until(lambda: provider.changes)
    assert provider.changes[0].items == (("price_crew", 3),)


async def test_a_code_nobody_knows_is_refused_and_one_that_works_is_shown(
    site: Site, ada: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.world.portal.settings.subscription.__dict__, "promotion_codes", True)
    known = {"HALF": Reduction("promo_1", True, "Half the price")}
    monkeypatch.setattr(site.world.portal.gateway, "reduction", lambda code, _customer: known.get(code.upper()))
    await asked(ada)
    await sent(ada, code="nope")
    await until(lambda: "not known" in ada.text("plan-wrong"))
    assert shown(ada) == ""
    await sent(ada, code=" half ")
    await until(lambda: "With the reduction Half the price." in shown(ada))
    assert (ada.text("plan-wrong"), provider.changes) == ("", [])


async def test_a_change_the_bank_asks_about_says_what_it_waits_for_and_can_be_given_up(
    site: Site, ada: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = PendingChange(provider.fact.period_start + DAY, (("price_business", 1),), "in_1")
    provider.become(pending=waits)
    record_now(site.world.portal, provider.fact)
    gone: list[str] = []

    def void(ref: str, _key: str) -> None:
        gone.append(ref)
        provider.become(pending=None)

    monkeypatch.setattr(site.world.portal.gateway, "void_invoice", void)
    await ada.open("/plan")
    assert "The change to Business waits for its payment." in ada.text("plan-state")
    assert "Finish the payment" in ada.text("plan-state")
    assert not [each for each in labels(ada) if each.startswith("Change to")]
    ada.find("Give the change up").click().click()
    await until(lambda: "waits for its payment" not in ada.text("plan-state"))
    assert gone == ["in_1"]
