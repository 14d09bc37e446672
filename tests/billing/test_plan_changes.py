"""Changing a plan: what was shown is what happens, or nothing does and a sentence says why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from billing import plan_choices, subscribing, subscriptions
from billing.plan_changes import When, Wish, change, preview, undo
from billing.plan_previews import read_anew
from billing.rules.errors import BadInput, Conflict, GatewayUnavailable, KeyReused, PaymentRefused
from billing.rules.moments import MINUTE, SECOND
from tests.world.halfway import AT_ONCE, HALFWAY, LATER, YEAR, Only, charging, dollars, held, made, on
from tests.world.inside import MARCH, Stage


def test_an_upgrade_shows_its_shares_on_the_next_invoice_and_puts_them_there(stage: Stage) -> None:
    account, made_ref = on(stage)
    seen = preview(stage.portal, account, Wish("team", seats=2))
    assert (seen.now, seen.due_now, seen.credited) == (None, dollars(0), dollars(1000))
    assert (seen.next.at, seen.next.total) == (MARCH * SECOND, dollars(7600 + 2000 + 621 - 1000))
    assert (seen.before.title, seen.after.title, seen.after.amount, seen.after.seats) == (
        "Solo", "Team", dollars(7600), 2,
    )  # fmt: skip
    change(stage.portal, account, Wish("team", seats=2), seen.token)
    assert sorted(held(stage, made_ref).values()) == [1, 2]
    stage.until(MARCH + 7200)
    assert stage.invoices(made_ref)[-1]["total"] == seen.next.total.minor


def test_what_comes_and_goes_is_shown_with_what_is_in_use(stage: Stage) -> None:
    account, _ = on(stage)
    up = preview(stage.portal, account, Wish("team"))
    assert [each.name for each in up.features_gained] == ["sso"]
    assert up.features_lost == ()
    assert [(each.name, each.before and each.before.most, each.after and each.after.most) for each in up.limits] == [
        ("pipelines", 3, 25)
    ]
    down = preview(stage.portal, account, Wish("gift", when=LATER))
    assert [each.name for each in down.features_lost] == ["export"]
    assert (down.effective_at, down.valid_until) == (MARCH * SECOND, HALFWAY * SECOND + 5 * MINUTE)


def test_invoiced_at_once_is_charged_at_once_and_the_next_one_is_plain(stage: Stage) -> None:
    account, made_ref = on(stage)
    portal = charging(stage, **AT_ONCE)
    seen = preview(portal, account, Wish("team", seats=1))
    assert seen.now is not None
    assert (seen.due_now, seen.now.total, seen.next.total) == (dollars(1310), dollars(1310), dollars(6700))
    change(portal, account, Wish("team", seats=1), seen.token)
    paid = stage.invoices(made_ref)[-1]
    assert (paid["total"], paid["status"], paid["billing_reason"]) == (1310, "paid", "subscription_update")


def test_another_interval_begins_anew_today(stage: Stage) -> None:
    account, made_ref = on(stage)
    seen = preview(stage.portal, account, Wish("solo", interval="year"))
    assert (seen.due_now, seen.credited) == (dollars(28_000), dollars(1000))
    assert seen.next.at == (HALFWAY + YEAR) * SECOND
    got = change(stage.portal, account, Wish("solo", interval="year"), seen.token)
    assert (got.interval, got.period_start) == ("year", HALFWAY * SECOND)
    assert stage.invoices(made_ref)[-1]["amount_due"] == 28_000


def test_more_given_back_than_asked_for_waits_for_later_invoices(stage: Stage) -> None:
    account, made_ref = on(stage, "team:month:usd", seats=10)
    portal = charging(stage, **AT_ONCE)
    seen = preview(portal, account, Wish("solo"))
    assert seen.now is not None
    assert (seen.due_now, seen.now.kept) == (dollars(0), dollars(5103 - 1000))
    assert seen.next.due == dollars(0)
    change(portal, account, Wish("solo"), seen.token)
    stage.until(MARCH + 7200)
    assert stage.invoices(made_ref)[-1]["amount_due"] == 0


def test_a_change_for_later_is_planned_shown_and_taken_back(stage: Stage) -> None:
    account, made_ref = on(stage, "team:month:usd", seats=3)
    before = held(stage, made_ref)
    seen = preview(stage.portal, account, Wish("solo", when=LATER))
    assert (seen.now, seen.next.total, seen.next.at) == (None, dollars(2900), MARCH * SECOND)
    got = change(stage.portal, account, Wish("solo", when=LATER), seen.token)
    assert got.planned is not None
    shown = plan_choices.choices(stage.portal, account)
    assert shown.current is not None
    assert shown.planned is not None
    assert (shown.current.title, shown.planned.title, got.planned.effective_at) == ("Team", "Solo", MARCH * SECOND)
    assert held(stage, made_ref) == before
    assert undo(stage.portal, account).planned is None
    stage.until(MARCH + 7200)
    assert stage.invoices(made_ref)[-1]["total"] == 5800 + 2700


def test_a_planned_change_happens_and_costs_what_was_shown(stage: Stage) -> None:
    account, made_ref = on(stage, "team:month:usd")
    seen = preview(stage.portal, account, Wish("solo", interval="week", when=LATER))
    change(stage.portal, account, Wish("solo", interval="week", when=LATER), seen.token)
    stage.until(MARCH + 7200)
    subscriptions.refresh(stage.portal, account)
    found = subscriptions.current(stage.portal, account)
    assert found is not None
    assert (found.interval, found.planned) == ("week", None)
    assert stage.invoices(made_ref)[-1]["total"] == seen.next.total.minor == 777


def test_another_plan_for_later_takes_the_place_of_the_first(stage: Stage) -> None:
    account, made_ref = on(stage, "team:month:usd")
    made(stage.portal, account, Wish("solo", when=LATER))
    seen = preview(stage.portal, account, Wish("gift", when=LATER))
    assert (seen.next.total, seen.drops_planned) == (dollars(0), True)
    change(stage.portal, account, Wish("gift", when=LATER), seen.token)
    stage.until(MARCH + 7200)
    assert [each["total"] for each in stage.invoices(made_ref)] == [6700, 0]


def test_a_change_now_drops_what_was_planned_and_its_preview_knows(stage: Stage) -> None:
    account, made_ref = on(stage)
    made(stage.portal, account, Wish("gift", when=LATER))
    seen = preview(stage.portal, account, Wish("team"))
    assert (seen.drops_planned, seen.next.total) == (True, dollars(6700 + 2000 + 310 - 1000))
    got = change(stage.portal, account, Wish("team"), seen.token)
    assert (got.planned, got.schedule_ref) == (None, None)
    stage.until(MARCH + 7200)
    assert stage.invoices(made_ref)[-1]["total"] == seen.next.total.minor


def test_a_card_that_says_no_leaves_everything_as_it_was_also_what_was_planned(stage: Stage) -> None:
    account, made_ref = on(stage)
    made(stage.portal, account, Wish("gift", when=LATER))
    before = held(stage, made_ref)
    customer = stage.row("subscription", made_ref)["customer"]
    bad = stage.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    stage.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": bad}})
    portal = charging(stage, **AT_ONCE)
    with pytest.raises(PaymentRefused):
        made(portal, account, Wish("team"))
    after = read_anew(portal, account)[0]
    assert (held(stage, made_ref), len(stage.invoices(made_ref))) == (before, 1)
    assert after.planned is not None


def test_a_cancellation_drops_what_was_planned(stage: Stage) -> None:
    account, _ = on(stage, "team:month:usd")
    made(stage.portal, account, Wish("solo", when=LATER))
    ended = subscribing.cancel(stage.portal, account)
    assert (ended.is_ending, ended.planned) == (True, None)
    assert not subscribing.resume(stage.portal, account).is_ending


def test_the_same_preview_confirmed_twice_changes_once(stage: Stage) -> None:
    account, made_ref = on(stage)
    portal = charging(stage, **AT_ONCE)
    seen = preview(portal, account, Wish("team"))
    with ThreadPoolExecutor(2) as pool:
        confirmed = [pool.submit(change, portal, account, Wish("team"), seen.token) for _ in range(2)]
        items = {each.result().items for each in confirmed}
    assert len(items) == 1
    assert change(portal, account, Wish("team"), seen.token).items == items.pop()
    assert len(stage.invoices(made_ref)) == 2


def test_a_preview_is_of_one_change_only(stage: Stage) -> None:
    account, _ = on(stage)
    seen = preview(stage.portal, account, Wish("team"))
    change(stage.portal, account, Wish("team"), seen.token)
    with pytest.raises(KeyReused):
        change(stage.portal, account, Wish("team", seats=5), seen.token)


@pytest.mark.parametrize("lost", ["now", "later"])
def test_a_lost_answer_is_no_lost_change(stage: Stage, lost: str) -> None:
    account, made_ref = on(stage)
    wish = Wish("team", when=When.NOW if lost == "now" else LATER)
    seen = preview(stage.portal, account, wish)
    gateway = stage.portal.gateway
    act = f"change_{lost}"

    def loses(*args: Any) -> None:
        getattr(gateway, act)(*args)
        raise GatewayUnavailable("The answer was lost.")

    deaf = replace(stage.portal, gateway=Only(gateway, act, loses))
    with pytest.raises(GatewayUnavailable):
        change(deaf, account, wish, seen.token)
    with pytest.raises(Conflict, match="another window"):
        made(stage.portal, account, Wish("gift", when=LATER))
    got = change(stage.portal, account, wish, seen.token)
    assert (got.planned is None) == (lost == "now")
    assert len(stage.invoices(made_ref)) == 1


def test_an_offer_that_changed_is_looked_at_again(stage: Stage) -> None:
    account, made_ref = on(stage)
    wish = Wish("team")
    seen = preview(stage.portal, account, wish)
    stage.v1.invoice_items.create(
        {"customer": stage.row("subscription", made_ref)["customer"], "amount": 500, "currency": "usd"}
    )  # fmt: skip
    with pytest.raises(Conflict, match="offer has changed"):
        change(stage.portal, account, wish, seen.token)
    old = preview(stage.portal, account, wish)
    stage.until(HALFWAY + 5 * 60 + 1)
    with pytest.raises(Conflict, match="offer has changed"):
        change(stage.portal, account, wish, old.token)
    with pytest.raises(BadInput):
        change(stage.portal, account, wish, "yesterday")
    assert list(held(stage, made_ref).values()) == [1]


def test_two_windows_with_two_plans_make_one_change(stage: Stage) -> None:
    account, _ = on(stage)
    one, other = Wish("team"), Wish("gift")
    first, second = preview(stage.portal, account, one), preview(stage.portal, account, other)
    change(stage.portal, account, one, first.token)
    with pytest.raises(Conflict, match="offer has changed"):
        change(stage.portal, account, other, second.token)
    current = plan_choices.choices(stage.portal, account).current
    assert current is not None
    assert current.title == "Team"
