"""Changing a plan: what cannot be is refused in a sentence, and what codes and other hands do to a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import subscribing
from billing.plan_changes import When, Wish, change, preview, undo
from billing.rules.errors import BadInput, Conflict, NotFound, ScripError
from billing.rules.plan_changes import Collection
from tests.world.halfway import AT_ONCE, HALFWAY, LATER, Only, charging, held, made, on
from tests.world.inside import FEBRUARY, MARCH, Stage

REFUSED: list[tuple[Wish, type[ScripError], str]] = [
    (Wish("gold"), NotFound, "not on offer"),
    (Wish("free"), Conflict, "cancel"),
    (Wish("solo"), Conflict, "have already"),
    (Wish("euro"), Conflict, "not sold in USD"),
    (Wish("gift", interval="year"), BadInput, "cannot be had every year"),
    (Wish("team", interval="fortnight"), BadInput, "month, year"),
    (Wish("solo", seats=3), BadInput, "not charged by the seat"),
    (Wish("team", seats=0), BadInput, "whole number"),
    (Wish("team", seats=11), BadInput, "at most 10"),
    (Wish("team", seats=True), BadInput, "whole number"),
    (Wish("team", when="soon"), BadInput, "now or at the"),  # type: ignore[arg-type]
    (Wish("team", promotion_code="NOPE"), BadInput, "not known"),
    (Wish("team", coupon="nope"), BadInput, "not known"),
    (Wish("team", promotion_code="A", coupon="B"), BadInput, "not both"),
    (Wish("team", promotion_code="a\nb"), BadInput, "cannot be kept"),
]


@pytest.mark.parametrize(("wish", "error", "words"), REFUSED, ids=lambda each: getattr(each, "plan", None))
def test_what_cannot_be_is_refused_in_a_sentence(stage: Stage, wish: Wish, error: type[ScripError], words: str) -> None:
    account, made_ref = on(stage)
    before = (held(stage, made_ref), len(stage.machine.world.table("event")))
    with pytest.raises(error, match=words):
        preview(stage.portal, account, wish)
    assert (held(stage, made_ref), len(stage.machine.world.table("event"))) == before


def test_a_plan_that_is_sold_no_more_is_kept_but_not_given(stage: Stage) -> None:
    account, _ = on(stage)
    plans = tuple(
        replace(each, on_sale=False) if each.key.startswith("team") else each for each in stage.portal.gateway.plans()
    )
    retired = replace(stage.portal, gateway=Only(stage.portal.gateway, "plans", lambda **_: plans))
    with pytest.raises(Conflict, match="not sold any more"):
        preview(retired, account, Wish("team"))


def test_without_a_subscription_there_is_nothing_to_change(stage: Stage) -> None:
    account, _ = stage.customer()
    for act in (lambda: preview(stage.portal, account, Wish("team")), lambda: undo(stage.portal, account)):
        with pytest.raises(NotFound, match="no plan to change"):
            act()


def test_one_that_runs_out_or_is_not_paid_is_not_changed(stage: Stage) -> None:
    account, made_ref = on(stage)
    subscribing.cancel(stage.portal, account)
    with pytest.raises(Conflict, match="was cancelled"):
        preview(stage.portal, account, Wish("team"))
    subscribing.resume(stage.portal, account)
    customer = stage.row("subscription", made_ref)["customer"]
    bad = stage.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    stage.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": bad}})
    stage.until(MARCH + 7200)
    with pytest.raises(Conflict, match=r"29\.00 USD is not paid") as refused:
        preview(stage.portal, account, Wish("team"))
    assert "invoice" in str(refused.value.details["invoice_url"])


def test_a_change_that_was_invoiced_must_be_paid_before_the_next(stage: Stage) -> None:
    account, made_ref = on(stage)
    portal = charging(stage, **AT_ONCE, collection_method=Collection.SENT, days_until_due=14)
    seen = preview(portal, account, Wish("team"))
    assert (seen.collection, seen.days_until_due) == (Collection.SENT, 14)
    change(portal, account, Wish("team"), seen.token)
    sent = stage.invoices(made_ref)[-1]
    assert (sent["collection_method"], sent["total"]) == ("send_invoice", 1310)
    with pytest.raises(Conflict, match=r"13\.10 USD is not paid"):
        preview(portal, account, Wish("gift"))
    stage.until(HALFWAY + 7200)
    stage.v1.invoices.pay(sent["id"], {"paid_out_of_band": True})
    assert preview(portal, account, Wish("gift")).after.title == "Gift"


def test_nothing_planned_is_nothing_to_undo(stage: Stage) -> None:
    account, _ = on(stage)
    with pytest.raises(Conflict, match="No change"):
        undo(stage.portal, account)


def test_a_code_makes_it_cheaper_as_shown_now_or_later(stage: Stage) -> None:
    coupon = stage.v1.coupons.create({"percent_off": 50, "duration": "repeating", "duration_in_months": 1}).id
    stage.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HALF"})
    for when in When:
        stage.clock_ref = stage.v1.test_helpers.test_clocks.create({"frozen_time": FEBRUARY}).id
        account, made_ref = on(stage)
        wish = Wish("team", when=when, promotion_code="half")
        seen = preview(stage.portal, account, wish)
        assert seen.reduction == "half"
        change(stage.portal, account, wish, seen.token)
        stage.until(MARCH + 7200)
        assert stage.invoices(made_ref)[-1]["total"] == seen.next.total.minor
        assert seen.next.discount.minor == 3350


def test_a_change_is_written_down_with_who_asked(stage: Stage) -> None:
    account, _ = on(stage)
    made(stage.portal, account, Wish("team", when=LATER))
    undo(stage.portal, account, by="usr_ada")
    with stage.portal.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT actor, action FROM audit WHERE account_id = ? ORDER BY action", (account,)
        )
        assert [tuple(row) for row in rows] == [("usr_ada", "plan.change_undone"), ("usr_ada", "plan.changed")]
