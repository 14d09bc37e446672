"""What the overview says beyond the balance: how long it lasts, which plan counts, and what comes first."""

from __future__ import annotations

import pytest

from billing.rules.errors import GatewayUnavailable
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY
from billing.rules.postings import Posting
from billing.store import ledger
from pages.parts.checklist import Checklist
from pages.parts.outlook import Sparkline
from tests.pages.test_plan import on_offer, subscribed  # noqa: F401
from tests.pages.visits import NUMBERS, Site, Visitor


def lived(site: Site, visitor: Visitor, days: int, used: int) -> None:
    """100 credits so many days ago, and `used` millionths each day since."""
    now, account = site.world.clock(), visitor.account_id
    given = Posting(account, Kind.GRANT, "g", account, 10**8, "usr_x", now, terms=LotTerms(LotSource.GRANT))
    post(site, given, now - days * DAY)
    for day in range(days - 1, -1, -1) if used else ():
        post(site, Posting(account, Kind.USAGE, "u", f"{account}{next(NUMBERS)}", -used, "key_x", now), now - day * DAY)


def post(site: Site, posting: Posting, at: int) -> None:
    site.world.portal.till.write(lambda tx: ledger.post(tx, [posting], at))


@pytest.mark.parametrize(
    ("days", "used", "said"),
    [
        (10, 5_000_000, "Lasts about 8 days at the last 7 days' rate."),
        (10, 9_900_000, "Lasts less than a day at the last 7 days' rate."),
        (30, 100, "Lasts more than a year at the last 7 days' rate."),
        (30, 0, "Nothing was used in the last 7 days."),
    ],
)
async def test_how_long_credits_last_is_said_as_exactly_as_a_rate_can_tell(
    site: Site, days: int, used: int, said: str
) -> None:
    ada = site.visitor()
    lived(site, ada, days, used)
    await ada.open("/")
    assert said in ada.text("outlook")
    line = ada.the(Sparkline).props
    assert len(line["points"].split()) == days
    assert line["label"].startswith(f"Balance of the last {days - 1} days, from 100 to")
    assert line["zero"] is None


async def test_under_seven_days_nothing_is_foretold(site: Site) -> None:
    ada = site.visitor()
    lived(site, ada, 6, 1_000_000)
    await ada.open("/")
    await ada.should_not_see(marker="outlook")
    assert ada.text("balance") == "94 credits"


@pytest.mark.parametrize(
    ("status", "changes", "said"),
    [
        ("active", {}, "Renews on 2 Nov 2024 for 20.00 USD."),
        ("active", {"cancel_at_period_end": True}, "Ends on 2 Nov 2024."),
        ("trialing", {"trial_end": 20_009 * DAY}, "The trial ends on 13 Oct 2024."),
        ("past_due", {}, "Payment failed"),
    ],
)
async def test_the_plan_says_in_a_line_what_happens_next(
    site: Site, status: str, changes: dict[str, object], said: str
) -> None:
    ada = site.visitor()
    subscribed(site, ada, status, **changes)
    await ada.open("/")
    assert said in ada.text("plan-strip")


async def test_a_provider_that_is_away_takes_the_line_away_and_not_the_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise GatewayUnavailable("Nobody answers.")

    ada = site.visitor()
    subscribed(site, ada)
    monkeypatch.setattr("billing.subscriptions.current_with_plan", away)
    await ada.open("/")
    await ada.should_not_see(marker="plan-strip")
    assert ada.text("balance") == "0 credits"


async def test_first_steps_are_ticked_as_they_are_done_and_go_with_the_first_use(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/")
    assert [step["done"] for step in ada.the(Checklist).props["steps"]] == [True, False, False]
    ada.given("20")
    await ada.open("/")
    assert [step["done"] for step in ada.the(Checklist).props["steps"]] == [True, True, False]
    await ada.spends("1")
    await ada.open("/")
    await ada.should_not_see(marker="first-steps")
