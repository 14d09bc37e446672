"""Credits of plans as they are really paid for: renewals by test clocks, on both engines, in any order of events."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from billing import check, plan_credits, reconcile, replays, webhooks
from billing.gateways.stripe_invoice_facts import line_of
from billing.replays import By
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import HOUR, NEVER, from_datetime
from billing.rules.money import Credits
from billing.rules.portions import Earned
from billing.rules.postings import Posting
from billing.store import ledger
from billing.store.inbox import EventState
from tests.world.portals import signed
from tests.world.subscribers import Desk, Subscriber

PLANS = """
plans:
  - name: free
    default: true
    credits: {on_start: 5}
  - name: solo
    title: Solo
    prices:
      - {amount: "12.00", currency: USD, interval: month}
      - {amount: "120.00", currency: USD, interval: year}
    credits: {on_start: 100, each_period: 50}
  - name: crew
    title: Crew
    prices: [{amount: "30.00", currency: USD, interval: month}]
    seats: {prices: [{amount: "9.00", currency: USD, interval: month}]}
    credits: {each_period: 310, rollover: keep}
"""


def at(month: int, day: int, hour: int = 12) -> int:
    return from_datetime(datetime(2027, month, day, hour, tzinfo=UTC))


BEGIN = at(1, 31, 10)
RENEWALS = [at(2, 28), at(3, 31), at(4, 30)]


def bought(who: Subscriber, credits: int) -> None:
    """Credits that were paid for by themselves."""
    portal = who.desk.portal
    made = Posting(who.account_id, Kind.GRANT, "test", who.account_id, credits * 10**6, "usr_1", 0,
                   terms=LotTerms(LotSource.PURCHASE))  # fmt: skip
    portal.till.write(lambda tx: ledger.post(tx, [made], portal.clock()))


def uses(who: Subscriber, credits: int) -> None:
    portal = who.desk.portal
    made = Posting(who.account_id, Kind.USAGE, "test", f"{who.account_id}:{who.now}", -credits * 10**6, "key", who.now)
    portal.till.write(lambda tx: ledger.post(tx, [made], portal.clock()))


def test_each_period_gives_its_credits_and_takes_what_was_left_of_the_last_but_nothing_bought(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    assert ada.gains() == ["5"], "the default plan's start, with the account"
    ada.subscribe("solo:month:usd")
    desk.hear()
    bought(ada, 500)
    assert ada.gains() == ["5", "100", "50"]
    assert ada.lines()[1].reason == "Solo: starting credits"
    for moment in RENEWALS:
        uses(ada, 20)
        ada.until(moment)
        desk.hear()
        assert (ada.gains(Kind.EXPIRY)[-1], ada.available) == ("-30", "655")
    assert ada.gains() == ["5", "100", "50", "50", "50", "50"]
    assert [each.happened_at for each in ada.lines(Kind.EXPIRY)] == [each - 2 * HOUR for each in RENEWALS]
    assert check.run(desk.portal.database) == []


def test_a_plan_that_keeps_lets_nothing_expire_and_seats_do_not_multiply_it(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("crew", seats=7)
    for moment in RENEWALS[:2]:
        ada.until(moment)
        desk.hear()
    assert (ada.gains(), ada.gains(Kind.EXPIRY), ada.available) == (["5", "310", "310", "310"], [], "935")


def test_a_trial_gives_the_start_and_the_first_paid_period_its_credits(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("solo:month:usd", trial_period_days=7)
    desk.hear()
    assert ada.gains() == ["5", "100"]
    ada.until(at(2, 7))
    desk.hear()
    assert ada.gains() == ["5", "100", "50"]


def test_a_renewal_that_fails_gives_nothing_until_it_is_paid(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("solo:month:usd")
    ada.pays_with("pm_card_chargeCustomerFail")
    ada.until(RENEWALS[0])
    desk.hear()
    assert (ada.gains(), ada.available) == (["5", "100", "50"], "105")
    ada.pays_with("pm_card_visa")
    (open_,) = desk.stage.v1.invoices.list({"customer": ada.customer_ref, "status": "open"}).data
    desk.stage.v1.invoices.pay(open_.id)
    desk.hear()
    assert (ada.gains(), ada.available) == (["5", "100", "50", "50"], "155")


async def test_the_same_news_twenty_times_swept_and_replayed_gives_once(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("solo:month:usd")
    portal, events = desk.portal, desk.events()
    paid = next(each for each in events if each["type"] == "invoice.paid")
    raw, signature = signed(paid, portal.clock())
    states = await asyncio.gather(*(webhooks.receive(portal, raw, signature) for _ in range(20)))
    assert set(states) == {EventState.HANDLED}
    await asyncio.to_thread(desk.hear, events)
    await asyncio.to_thread(reconcile.sweep, portal)
    replayed = await asyncio.to_thread(replays.replay, portal, paid["id"], By("usr_mia"))
    assert (replayed.after, replayed.changes) == (EventState.HANDLED, ())
    assert ada.gains() == ["5", "100", "50"]


def test_up_and_down_and_up_again_gives_what_was_foreseen_and_nothing_for_nothing(desk: Desk) -> None:
    ada = desk.subscriber(at(4, 1))
    made, v1 = ada.subscribe("solo:month:usd"), desk.stage.v1
    desk.hear()
    ada.until(at(4, 16))
    crew, solo = desk.offered("crew"), desk.offered("solo:month:usd")
    for plan, gains in ((crew, ["130"]), (solo, []), (crew, []), (solo, [])):
        had = ada.gains()
        gone = [{"id": item.id, "deleted": True} for item in v1.subscriptions.retrieve(made)["items"].data]
        change = {
            "items": [*gone, *({"price": each.price_ref} for each in plan.items)],
            "proration_behavior": "always_invoice",
        }
        shown = v1.invoices.create_preview({"subscription": made, "subscription_details": change})
        lines = [line_of(each.to_dict(for_json=True)) for each in shown.lines.data]
        of, before = desk.portal.gateway.subscription(made), desk.portal.gateway.invoices_of(made)
        (foreseen,) = plan_credits.foreseen(desk.portal, ada.account_id, of, before, [lines])
        assert foreseen == tuple(Earned("crew", "Crew", Credits.of(each), NEVER) for each in gains)
        v1.subscriptions.update(made, change)
        desk.hear()
        assert ada.gains() == [*had, *gains]
    ada.until(at(5, 1, 14))
    desk.hear()
    assert ada.gains() == ["5", "100", "50", "130", "50"]
    assert check.run(desk.portal.database) == []


def test_an_account_that_is_opened_gets_the_start_of_the_default_plan_once(desk: Desk) -> None:
    world = desk.stage.world
    account = world.account("Bo")
    assert world.balance(account) == Credits.whole(5)
