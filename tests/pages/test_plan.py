"""The page about the plan: each state says its own words and offers only what it allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import Forbidden
from billing.rules.facts import PendingChange, SubscriptionFact
from billing.rules.moments import DAY
from billing.rules.money import Money
from billing.rules.plans import Catalogue, PlanTerms
from billing.rules.subscriptions import OPENS, Plan
from billing.store import accounts as account_rows
from pages.frame import MENU
from pages.parts.plan_cards import WORDS
from tests.pages.visits import NUMBERS, Site, Visitor, until

TEAM = Plan("team", "price_team", "prod_plans", "Team", "Opens the shop.", Money(2000, "USD"), "month")
RESUME, CANCEL, SUBSCRIBE = "Resume", "Cancel at the end of the period", "Subscribe"
UNDO, PAY, FINISH = "Undo the cancellation", "Pay the open invoice", "Finish the payment"
GIVE_UP = "Give the change up"
DEEDS = (RESUME, CANCEL, SUBSCRIBE, UNDO, PAY, FINISH, GIVE_UP)
WAITS = PendingChange(DAY, (("price_other", 1),), "in_1")


@pytest.fixture(autouse=True)
def on_offer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the provider would say is on offer, in a portal that sells plans."""
    monkeypatch.setattr("billing.subscriptions.are_offered", lambda _: True)
    monkeypatch.setattr(site.world.portal.gateway, "plans", lambda: (TEAM,))


def subscribed(site: Site, visitor: Visitor, status: str = "active", **changes: object) -> SubscriptionFact:
    """A subscription of this visitor as a webhook told of it."""
    number, now = next(NUMBERS), site.world.clock()
    customer = f"cus_{number}"
    site.world.portal.till.write(lambda tx: account_rows.set_customer(tx, visitor.account_id, customer))
    fact = SubscriptionFact(
        f"sub_{number}", customer, status, "prod_plans", "price_team", 1, TEAM.amount, "month", 1,
        now - DAY, now + 29 * DAY, now - DAY, now,
    )  # fmt: skip
    made = replace(fact, **changes)  # type: ignore[arg-type]
    record_now(site.world.portal, made)
    return made


async def opened(site: Site, status: str | None, **changes: object) -> str:
    """The page's words about a subscription in this state."""
    ada = site.visitor()
    if status is not None:
        subscribed(site, ada, status, **changes)
    await ada.open("/plan")
    return ada.text("plan-state")


@pytest.mark.parametrize("status", [word for word in OPENS if word not in ("canceled", "incomplete_expired")])
async def test_each_state_says_its_own_word_and_sentence(site: Site, status: str) -> None:
    text = await opened(site, status)
    assert WORDS[status][0] in text
    assert OPENS[status][1] in text
    assert "20.00 USD per month" in text
    assert SUBSCRIBE not in text


async def test_a_state_nobody_knows_is_shown_as_it_is_and_opens_nothing(site: Site) -> None:
    text = await opened(site, "hibernating")
    assert "hibernating" in text
    assert "opens nothing" in text


@pytest.mark.parametrize(
    ("status", "changes", "allowed"),
    [
        ("active", {}, [CANCEL]), ("trialing", {}, [CANCEL]), ("past_due", {}, [CANCEL, PAY]),
        ("unpaid", {}, [CANCEL, PAY]), ("active", {"cancel_at_period_end": True}, [UNDO]),
        ("past_due", {"cancel_at_period_end": True}, [UNDO, PAY]), ("paused", {}, [RESUME]),
        ("incomplete", {}, [FINISH]), ("hibernating", {}, []), ("canceled", {}, [SUBSCRIBE]),
        ("active", {"pending": WAITS}, [CANCEL, FINISH, GIVE_UP]),
        ("active", {"pending": WAITS, "cancel_at_period_end": True}, [UNDO, FINISH, GIVE_UP]),
        ("past_due", {"pending": WAITS}, [CANCEL, PAY, FINISH, GIVE_UP]),
        ("incomplete_expired", {}, [SUBSCRIBE]), (None, {}, [SUBSCRIBE]),
    ],
)  # fmt: skip
async def test_only_what_the_state_allows_can_be_pressed(
    site: Site, status: str | None, changes: dict[str, object], allowed: list[str]
) -> None:
    text = await opened(site, status, **changes)
    assert [word for word in DEEDS if word in text] == allowed


async def test_the_next_date_is_a_renewal_or_an_end(site: Site) -> None:
    assert "Renews on" in await opened(site, "active")
    assert "Ends on" in await opened(site, "active", cancel_at_period_end=True)
    assert "First charged on" in await opened(site, "trialing", trial_end=site.world.clock() + DAY)


async def test_a_webhook_changes_the_open_page(site: Site) -> None:
    ada = site.visitor()
    fact = subscribed(site, ada, "past_due")
    await ada.open("/plan")
    assert "Payment failed" in ada.text("plan-state")
    record_now(site.world.portal, replace(fact, status="active", read_at=fact.read_at + 1))
    await until(lambda: "Active" in ada.text("plan-state"))


async def test_cancelling_asks_first_and_a_refusal_changes_nothing(site: Site) -> None:
    """The provider of these tests is a closed port."""
    ada = site.visitor()
    subscribed(site, ada)
    await ada.open("/plan")
    ada.find(CANCEL).click()
    await ada.should_see("Credits you bought stay yours.")
    await ada.should_see("Keep the plan")
    ada.find(
        "Cancel the plan",
    ).click()
    await ada.should_see("Renews on")


async def test_others_subscriptions_are_not_shown(site: Site) -> None:
    subscribed(site, site.visitor("Bo"))
    assert "You have no plan." in await opened(site, None)


async def test_the_menu_names_the_page_only_where_there_are_plans(site: Site) -> None:
    portal = site.world.portal
    stripe = portal.settings.stripe.model_copy(update={"subscription_product": "prod_plans"})
    selling = replace(portal, settings=portal.settings.model_copy(update={"stripe": stripe}))
    (item,) = [each for each in MENU if each.path == "/plan"]
    assert (bool(item.has_it(portal)), bool(item.has_it(selling))) == (False, True)
    ada = site.visitor()
    await ada.open("/")
    await ada.should_not_see("Plan")


async def test_where_only_organisations_subscribe_a_person_is_led_to_one_and_offered_no_button(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "Only organisations buy here."

    def refuse(_portal: Portal, _account_id: str) -> None:
        raise Forbidden(why)

    monkeypatch.setattr("billing.organisations.assert_buys", refuse)
    text = await opened(site, None)
    assert f"A plan needs an organisation. {why}" in text
    assert "See your organisations" in text
    assert SUBSCRIBE not in text


async def test_who_is_on_the_plan_for_everybody_reads_its_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    free = PlanTerms("free", "Free for ever", description="For trying things out.", default=True)
    monkeypatch.setattr(Catalogue, "default_plan", free)
    text = await opened(site, None)
    assert "You are on Free for ever." in text
    assert "You have no plan." not in text
