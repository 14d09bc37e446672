"""How subscriptions begin: a trial once, a code that works, and of two windows only one that can be paid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from billing import duties, plan_changes, plan_choices, subscribing, subscriptions
from billing.plan_beginnings import Options
from billing.plan_changes import When, Wish
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict
from billing.rules.moments import DAY, SECOND
from billing.rules.money import Money
from tests.world.inside import DAY as A_DAY
from tests.world.inside import FEBRUARY, Stage

TEAM, SOLO = "team:month:usd", "solo:month:usd"
SKIP = Options(skip_trial=True)


def told(stage: Stage, **changes: Any) -> Portal:
    """The portal with other rules of subscribing."""
    rules = stage.portal.settings.subscription.model_copy(update=changes)
    return replace(stage.portal, settings=stage.portal.settings.model_copy(update={"subscription": rules}))


def session_of(url: str) -> str:
    """The checkout's id in its address."""
    return "cs_" + url.partition("cs_")[2].partition("#")[0].partition("?")[0]


def bought(stage: Stage, portal: Portal, account: str, plan: str, card: str | None, options: Options) -> dict[str, Any]:
    """What somebody has who finished the checkout."""
    session = session_of(subscribing.subscribe(portal, account, plan, options))
    stage.paid(session, card)
    subscriptions.refresh(portal, account)
    return stage.row("subscription", stage.row("checkout.session", session)["subscription"])


def test_a_trial_needs_no_card_costs_nothing_and_is_had_once_for_whichever_plan(stage: Stage) -> None:
    account, _ = stage.customer(card=None)
    offers = {each.plan.key: each for each in plan_choices.choices(stage.portal, account).offers}
    assert (offers[SOLO].trial_days, offers[TEAM].trial_days) == (14, 7)
    first = bought(stage, stage.portal, account, SOLO, None, Options())
    assert (first["status"], first["trial_end"]) == ("trialing", FEBRUARY + 14 * A_DAY)
    stage.until(FEBRUARY + 15 * A_DAY)
    assert stage.row("subscription", first["id"])["status"] == "canceled", "there was no card to charge"
    subscriptions.refresh(stage.portal, account)
    again = {each.plan.key: each.trial_days for each in plan_choices.choices(stage.portal, account).offers}
    assert set(again.values()) == {0}
    second = bought(stage, stage.portal, account, TEAM, "4242424242424242", Options())
    assert (second["status"], second["trial_end"]) == ("active", None)


def test_a_trial_with_a_card_becomes_the_plan(stage: Stage) -> None:
    account, _ = stage.customer(card=None)
    had = bought(stage, told(stage, trial_needs_card=True), account, TEAM, "4242424242424242", Options())
    assert had["status"] == "trialing"
    stage.until(FEBRUARY + 7 * A_DAY + 7200)
    assert [each["total"] for each in stage.invoices(had["id"])] == [0, 6700]
    assert stage.row("subscription", had["id"])["status"] == "active"


def test_a_trial_is_skipped_by_whoever_wants_to_pay(stage: Stage) -> None:
    account, _ = stage.customer()
    had = bought(stage, stage.portal, account, SOLO, "4242424242424242", SKIP)
    assert (had["status"], had["trial_end"]) == ("active", None)


def test_a_trial_may_ask_for_a_card(stage: Stage) -> None:
    account, _ = stage.customer(card=None)
    session = session_of(subscribing.subscribe(told(stage, trial_needs_card=True), account, SOLO))
    assert stage.row("checkout.session", session)["payment_method_collection"] == "always"
    started = subscribing.subscribe_in_page(told(stage, trial_needs_card=True), stage.customer(card=None)[0], SOLO)
    assert (started.client_secret, bool(started.setup_secret)) == (None, True)


@pytest.mark.parametrize("in_page", [True, False])
def test_a_trial_that_ends_with_itself_is_not_charged_unless_its_owner_wants_it(stage: Stage, in_page: bool) -> None:
    portal = told(stage, behavior_after_trial="cancel")
    account, customer = stage.customer()
    if in_page:
        made = subscribing.subscribe_in_page(portal, account, SOLO).subscription_ref
    else:
        made = bought(stage, portal, account, SOLO, "4242424242424242", Options())["id"]
    duties.work(portal)
    assert stage.row("subscription", made)["cancel_at_period_end"] is True
    assert not subscribing.resume(portal, account).is_ending
    duties.work(portal)
    assert stage.row("subscription", made)["cancel_at_period_end"] is False, "once said, its owner's word counts"
    subscribing.cancel(portal, account)
    stage.until(FEBRUARY + 15 * A_DAY)
    assert stage.row("subscription", made)["status"] == "canceled"
    assert [each["total"] for each in stage.invoices(made)] == [0]
    assert stage.v1.customers.retrieve(customer).balance == 0


def test_buying_during_a_trial_ends_it_also_where_it_was_to_end_by_itself(stage: Stage) -> None:
    portal = told(stage, behavior_after_trial="cancel")
    account, _ = stage.customer()
    made = subscribing.subscribe_in_page(portal, account, SOLO).subscription_ref
    stage.until(FEBRUARY + 3 * A_DAY)
    other, seen = (plan_changes.preview(portal, account, Wish(plan)) for plan in ("team", "solo"))
    assert (other.ends_trial, other.due_now) == (True, Money(6700, "USD"))
    assert (seen.ends_trial, seen.due_now) == (True, Money(2900, "USD"))
    got = plan_changes.change(portal, account, Wish("solo"), seen.token)
    assert (got.status, got.is_ending, got.trial_end) == ("active", False, (FEBRUARY + 3 * A_DAY) * SECOND)
    assert [each["amount_paid"] for each in stage.invoices(made)] == [0, 2900]


def test_a_trial_may_be_followed_by_another_plan(stage: Stage) -> None:
    account, _ = stage.customer()
    made = subscribing.subscribe_in_page(stage.portal, account, SOLO).subscription_ref
    wish = Wish("team", seats=2, when=When.PERIOD_END)
    seen = plan_changes.preview(stage.portal, account, wish)
    assert (seen.now, seen.next.at, seen.ends_trial) == (None, FEBRUARY * SECOND + 14 * DAY, False)
    plan_changes.change(stage.portal, account, wish, seen.token)
    assert stage.row("subscription", made)["status"] == "trialing"
    stage.until(FEBRUARY + 14 * A_DAY + 7200)
    assert [each["total"] for each in stage.invoices(made)] == [0, seen.next.total.minor] == [0, 7600]


def test_a_code_is_for_this_subscription_and_a_wrong_one_begins_nothing(stage: Stage) -> None:
    coupon = stage.v1.coupons.create({"percent_off": 10, "duration": "once"}).id
    stage.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "TENTH"})
    account, _ = stage.customer()
    with pytest.raises(BadInput, match="not known"):
        subscribing.subscribe(stage.portal, account, SOLO, Options(promotion_code="NINTH"))
    assert "checkout.session" not in stage.machine.world.tables or not stage.machine.world.table("checkout.session")
    had = bought(stage, stage.portal, account, SOLO, "4242424242424242", replace(SKIP, promotion_code="tenth"))
    assert stage.invoices(had["id"])[0]["total"] == 2610


def test_codes_can_be_typed_at_the_checkout_where_the_settings_say_so(stage: Stage) -> None:
    for allowed in (False, True):
        account, _ = stage.customer()
        session = session_of(subscribing.subscribe(told(stage, promotion_codes=allowed), account, SOLO))
        assert bool(stage.row("checkout.session", session)["allow_promotion_codes"]) is allowed


def open_sessions(stage: Stage) -> list[str]:
    return [each["id"] for each in stage.machine.world.table("checkout.session").values() if each["status"] == "open"]


def test_of_two_windows_only_the_later_one_can_be_paid(stage: Stage) -> None:
    account, _ = stage.customer()
    first = session_of(subscribing.subscribe(stage.portal, account, SOLO, SKIP))
    second = session_of(subscribing.subscribe(stage.portal, account, TEAM, SKIP))
    assert open_sessions(stage) == [second]
    with pytest.raises(Exception, match="not open"):
        stage.paid(first)
    stage.paid(second)
    subscriptions.refresh(stage.portal, account)
    with pytest.raises(Conflict):
        subscribing.subscribe(stage.portal, account, SOLO, SKIP)


def test_two_windows_at_the_same_time_never_leave_two_that_can_be_paid(stage: Stage) -> None:
    account, _ = stage.customer()

    def begins(plan: str) -> str | None:
        try:
            return subscribing.subscribe(stage.portal, account, plan, SKIP)
        except Conflict:
            return None

    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            urls = list(pool.map(begins, [SOLO, TEAM, "solo:year:usd", "team:year:usd"]))
        assert len(open_sessions(stage)) <= 1
        given = {session_of(each) for each in urls if each}
        assert set(open_sessions(stage)) <= given


def test_a_window_that_was_paid_meanwhile_is_the_one_that_counts(stage: Stage) -> None:
    account, customer = stage.customer()
    gateway = stage.portal.gateway
    paid: list[str] = []

    def opens(*args: Any, **more: Any) -> Any:
        opened = gateway.subscribe_by_checkout(*args, **more)
        if not paid:
            paid.append(session_of(subscribing.subscribe(stage.portal, account, SOLO, SKIP)))
            stage.paid(paid[0])
        return opened

    slow = replace(stage.portal, gateway=_Slow(gateway, opens))
    with pytest.raises(Conflict):
        subscribing.subscribe(slow, account, TEAM, SKIP)
    assert open_sessions(stage) == []
    alive = [each for each in stage.machine.world.table("subscription").values() if each["status"] == "active"]
    assert [each["customer"] for each in alive] == [customer]


class _Slow:
    """A gateway whose checkout opens while something else happens."""

    def __init__(self, gateway: Any, opens: Any) -> None:
        self._gateway, self.subscribe_by_checkout = gateway, opens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)


def test_a_form_in_the_page_and_a_checkout_are_two_windows_too(stage: Stage) -> None:
    account, _ = stage.customer(card=None)
    hosted = session_of(subscribing.subscribe(stage.portal, account, TEAM, SKIP))
    started = subscribing.subscribe_in_page(stage.portal, account, SOLO, SKIP)
    assert stage.row("checkout.session", hosted)["status"] == "expired"
    with pytest.raises(Conflict):
        subscribing.subscribe(stage.portal, account, TEAM, SKIP)
    assert stage.row("subscription", started.subscription_ref)["status"] == "incomplete"


def test_the_same_plan_with_a_code_takes_the_place_of_what_was_not_paid(stage: Stage) -> None:
    coupon = stage.v1.coupons.create({"percent_off": 10, "duration": "once"}).id
    stage.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "TENTH"})
    account, _ = stage.customer(card=None)
    first = subscribing.subscribe_in_page(stage.portal, account, SOLO, SKIP)
    second = subscribing.subscribe_in_page(stage.portal, account, SOLO, replace(SKIP, promotion_code="TENTH"))
    states = [stage.row("subscription", each.subscription_ref)["status"] for each in (first, second)]
    assert states == ["incomplete_expired", "incomplete"]
