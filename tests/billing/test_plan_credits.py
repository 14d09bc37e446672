"""Credits of plans as they are really paid for: renewals by test clocks, on both engines, in any order of events."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from billing import check, plan_credits, reconcile, webhooks
from billing.gateways.stripe_invoice_facts import line_of
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
    portal = who.desk.shop.portal
    made = Posting(who.account_id, Kind.GRANT, "test", who.account_id, credits * 10**6, "usr_1", 0,
                   terms=LotTerms(LotSource.PURCHASE))  # fmt: skip
    portal.till.write(lambda tx: ledger.post(tx, [made], portal.clock()))


def uses(who: Subscriber, credits: int) -> None:
    portal = who.desk.shop.portal
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
    assert check.run(desk.shop.portal.database) == []


def test_a_plan_that_keeps_lets_nothing_expire_and_seats_do_not_multiply_it(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("crew", **{"items[0][quantity]": "7"})
    for moment in RENEWALS[:2]:
        ada.until(moment)
        desk.hear()
    assert (ada.gains(), ada.gains(Kind.EXPIRY), ada.available) == (["5", "310", "310", "310"], [], "935")


def test_a_trial_gives_the_start_and_the_first_paid_period_its_credits(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("solo:month:usd", trial_period_days="7")
    desk.hear()
    assert ada.gains() == ["5", "100"]
    ada.until(at(2, 7))
    desk.hear()
    assert ada.gains() == ["5", "100", "50"]


def test_a_renewal_that_fails_gives_nothing_until_it_is_paid(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("solo:month:usd")
    stripe = desk.shop.stripe
    bad, good = (
        stripe(f"payment_methods/{card}/attach", customer=ada.customer_ref)["id"]
        for card in ("pm_card_chargeCustomerFail", "pm_card_visa")
    )
    stripe(f"customers/{ada.customer_ref}", **{"invoice_settings[default_payment_method]": bad})
    ada.until(RENEWALS[0])
    desk.hear()
    assert (ada.gains(), ada.available) == (["5", "100", "50"], "105")
    stripe(f"customers/{ada.customer_ref}", **{"invoice_settings[default_payment_method]": good})
    (open_,) = stripe(f"invoices?customer={ada.customer_ref}&status=open", "GET")["data"]
    stripe(f"invoices/{open_['id']}/pay")
    desk.hear()
    assert (ada.gains(), ada.available) == (["5", "100", "50", "50"], "155")


async def test_the_same_news_twenty_times_swept_and_replayed_gives_once(desk: Desk) -> None:
    ada = desk.subscriber(BEGIN)
    ada.subscribe("solo:month:usd")
    portal, events = desk.shop.portal, desk.events()
    paid = next(each for each in events if each["type"] == "invoice.paid")
    raw, signature = signed(paid, portal.clock())
    states = await asyncio.gather(*(webhooks.receive(portal, raw, signature) for _ in range(20)))
    assert set(states) == {EventState.HANDLED}
    await asyncio.to_thread(desk.hear, events)
    await asyncio.to_thread(reconcile.sweep, portal)
    assert await asyncio.to_thread(webhooks.replay, portal, paid["id"]) is EventState.HANDLED
    assert ada.gains() == ["5", "100", "50"]


def test_up_and_down_and_up_again_gives_what_was_foreseen_and_nothing_for_nothing(desk: Desk) -> None:
    ada = desk.subscriber(at(4, 1))
    made, stripe = ada.subscribe("solo:month:usd"), desk.shop.stripe
    desk.hear()
    ada.until(at(4, 16))
    crew, solo = desk.offered("crew"), desk.offered("solo:month:usd")
    for plan, gains in ((crew, ["130"]), (solo, []), (crew, []), (solo, [])):
        had = ada.gains()
        items = stripe(f"subscriptions/{made}", "GET")["items"]["data"]
        rows = {f"items[{place}][id]": item["id"] for place, item in enumerate(items)}
        rows |= {f"items[{place}][deleted]": "true" for place in range(len(items))}
        rows |= {f"items[{place}][price]": each.price_ref for place, each in enumerate(plan.items, len(items))}
        told = {name.replace("items[", "subscription_details[items]["): value for name, value in rows.items()}
        shown = stripe(
            "invoices/create_preview",
            subscription=made, **told, **{"subscription_details[proration_behavior]": "always_invoice"},
        )  # fmt: skip
        lines = [line_of(each) for each in shown["lines"]["data"]]
        of, before = desk.shop.portal.gateway.subscription(made), desk.shop.portal.gateway.invoices_of(made)
        (foreseen,) = plan_credits.foreseen(desk.shop.portal, ada.account_id, of, before, [lines])
        assert foreseen == tuple(Earned("crew", "Crew", Credits.of(each), NEVER) for each in gains)
        stripe(f"subscriptions/{made}", proration_behavior="always_invoice", **rows)
        desk.hear()
        assert ada.gains() == [*had, *gains]
    ada.until(at(5, 1, 14))
    desk.hear()
    assert ada.gains() == ["5", "100", "50", "130", "50"]
    assert check.run(desk.shop.portal.database) == []


def test_an_account_that_is_opened_gets_the_start_of_the_default_plan_once(desk: Desk) -> None:
    world = desk.shop.world
    account = world.account("Bo")
    assert world.balance(account) == Credits.whole(5)
