"""The notices of an account on its pages: what stops it comes first, each with the one way out of it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from auth import sessions
from billing import members
from billing.rules.organisations import Standing
from billing.store.tables import lots
from tests.pages.test_plan import subscribed
from tests.pages.visits import Site, Visitor
from tests.world.groups import ABOVE, founded


def disputed(site: Site, visitor: Visitor) -> None:
    """Everything the account has is held, as while the payment for it is disputed."""
    held = update(lots).values(frozen=True).where(lots.c.account_id == visitor.account_id)
    site.world.portal.till.write(lambda tx: tx.connection.execute(held).rowcount)


@pytest.mark.parametrize(
    ("status", "heading", "way"),
    [
        ("incomplete", "A payment waits for you.", "Confirm the payment"),
        ("past_due", "The last payment of your plan failed.", "Pay now"),
        ("unpaid", "The last payment of your plan failed.", "Pay now"),
    ],
)
async def test_a_plan_whose_payment_waits_is_told_of_on_every_page(
    site: Site, monkeypatch: pytest.MonkeyPatch, status: str, heading: str, way: str
) -> None:
    monkeypatch.setattr("billing.subscriptions.are_offered", lambda _portal: True)
    monkeypatch.setattr("billing.wares.is_ours", lambda *_: True)
    ada = site.visitor()
    subscribed(site, ada, status)
    await ada.open("/transactions")
    told = ada.text("warnings")
    assert heading in told
    assert way in told


async def test_e9_whoever_buys_reads_first_that_buying_frees_no_disputed_credits(site: Site) -> None:
    ada = site.visitor()
    ada.given("500")
    disputed(site, ada)
    await ada.open("/buy")
    told = ada.text("warnings")
    assert told.index("Sandbox.") < told.index("Held by a dispute: 500 credits.") < told.index("buying more frees none")


async def test_a_member_who_may_not_buy_is_told_without_a_way_that_is_shut(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    account_id = founded(site.world, ada.principal.id)
    members.add(site.world.portal, account_id, bo.principal.id, Standing.MEMBER, ABOVE)
    sessions.act_for(site.world.portal, bo.principal, account_id)
    bo.account_id = account_id
    bo.given("5")
    await bo.spends("5")
    await bo.open("/")
    assert "No credits are available." in bo.text("warnings")
    assert "Buy credits" not in bo.text("warnings")
