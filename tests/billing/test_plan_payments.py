"""Payments of plans: a change that a bank wants confirmed waits for that, and what is owed is paid or given up."""

from __future__ import annotations

from typing import Any

import pytest

from billing import plan_payments, subscriptions, webhooks
from billing.plan_changes import Wish, change, preview
from billing.portal import Portal
from billing.rules.errors import Conflict, GatewayUnavailable, NotFound, PaymentRefused
from billing.rules.moments import SECOND
from billing.rules.subscriptions import Subscription
from sandbox.payments.confirmation import authenticate
from sandbox.state import Call
from tests.world.changers import plan_credits
from tests.world.halfway import AT_ONCE, HALFWAY, LATER, charging, dollars, held, made, on
from tests.world.inside import MARCH, Stage

ASKING = ["pm_card_authenticationRequired", "pm_card_authenticationRequiredOnSetup", "pm_card_threeDSecure2Required"]
WISH = Wish("team", seats=1)


def pays_with(stage: Stage, subscription: str, card: str) -> None:
    customer = stage.row("subscription", subscription)["customer"]
    method = stage.v1.payment_methods.attach(card, {"customer": customer}).id
    stage.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})


def waiting(stage: Stage, card: str = ASKING[0]) -> tuple[Portal, str, Subscription]:
    """A change to Team that the bank wants to hear about first."""
    account, subscription = on(stage)
    pays_with(stage, subscription, card)
    portal = charging(stage, **AT_ONCE)
    return portal, account, change(portal, account, WISH, preview(portal, account, WISH).token, by="usr_ada")


def bank(stage: Stage, invoice_ref: str, *, passed: bool) -> None:
    """Its customer says yes or no on the bank's page."""
    intent = stage.row("payment_intent", stage.row("invoice", invoice_ref)["_payment"])
    call = Call(stage.machine.world, {}, publishable=True)
    call.live_by(intent)
    authenticate(call, intent, passed=passed)


def hear(stage: Stage) -> None:
    webhooks.take(stage.portal, stage.events(["invoice.paid", "customer.subscription.updated", "invoice.voided"]))


def acts(stage: Stage, account: str) -> list[str]:
    with stage.portal.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT action FROM audit WHERE account_id = ? ORDER BY 1", (account,))
        return [row[0] for row in rows]


@pytest.mark.parametrize("card", ASKING)
def test_a_change_the_bank_asks_about_waits_and_happens_when_it_is_paid(stage: Stage, card: str) -> None:
    portal, account, found = waiting(stage, card)
    before, given = held(stage, found.id), plan_credits(portal, account)
    owed = plan_payments.open_(portal, account, found.id, "/plan")
    assert owed is not None
    assert found.pending is not None
    assert (owed.due, owed.invoice_ref) == (dollars(1310), found.pending.invoice_ref)
    assert held(stage, found.id) == before == {found.price_ref: 1}
    assert None not in (owed.client_secret, owed.customer_session_secret)
    assert found.pending.expires_at == (HALFWAY + 23 * 3600) * SECOND
    bank(stage, owed.invoice_ref, passed=True)
    hear(stage)
    after = subscriptions.history(portal, account)[0]
    assert (after.pending, after.items[0].quantity, held(stage, found.id) != before) == (None, 1, True)
    assert stage.row("subscription", found.id)["metadata"]["scrip_plan"] == "team:month:usd"
    assert plan_credits(portal, account) != given
    assert plan_payments.open_(portal, account, found.id, "/plan") is None
    assert acts(stage, account) == ["plan.change_waits"]


def test_a_bank_that_says_no_leaves_it_waiting_and_another_card_pays_it(stage: Stage) -> None:
    portal, account, found = waiting(stage)
    owed = plan_payments.open_(portal, account, found.id, "/plan")
    assert owed is not None
    bank(stage, owed.invoice_ref, passed=False)
    assert not plan_payments.confirm(portal, account, found.id, owed.invoice_ref)
    assert plan_payments.open_(portal, account, found.id, "/plan") is not None
    stage.v1.invoices.pay(owed.invoice_ref, {"payment_method": "pm_card_visa"})
    assert plan_payments.confirm(portal, account, found.id, owed.invoice_ref)
    assert subscriptions.history(portal, account)[0].pending is None
    assert plan_credits(portal, account)


def test_nobody_else_learns_of_it_and_nothing_else_is_confirmed_by_it(stage: Stage) -> None:
    portal, account, found = waiting(stage)
    other, customer = stage.customer("Bo")
    elses = stage.subscribed(customer, "solo:month:usd")
    for whose, which in ((other, found.id), (account, elses)):
        with pytest.raises(NotFound):
            plan_payments.open_(portal, whose, which, "/plan")
        with pytest.raises(NotFound):
            plan_payments.give_up(portal, whose, which)
    with pytest.raises(NotFound):
        plan_payments.confirm(portal, account, found.id, stage.invoices(elses)[0]["id"])


def test_given_up_nothing_is_left_of_it_and_twice_is_once(stage: Stage) -> None:
    portal, account, found = waiting(stage)
    before, waits = held(stage, found.id), found.pending
    assert waits is not None
    for _ in range(2):
        assert plan_payments.give_up(portal, account, found.id, by="usr_ada").pending is None
    assert (held(stage, found.id), stage.row("invoice", waits.invoice_ref)["status"]) == (before, "void")
    assert acts(stage, account) == ["plan.change_given_up", "plan.change_waits"]
    assert made(stage.portal, account, Wish("gift", when=LATER)).planned is not None


def test_given_up_after_it_was_paid_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    portal, account, found = waiting(stage)
    assert found.pending is not None
    stale = portal.gateway.subscription(found.id)
    bank(stage, found.pending.invoice_ref, passed=True)
    monkeypatch.setattr(portal.gateway, "subscription", lambda _: stale)
    with pytest.raises(Conflict, match="paid in the meantime"):
        plan_payments.give_up(portal, account, found.id)


def test_nobody_pays_and_after_a_day_the_plan_is_what_it_was(stage: Stage) -> None:
    portal, account, found = waiting(stage)
    before = held(stage, found.id)
    stage.until(HALFWAY + 24 * 3600)
    hear(stage)
    after = subscriptions.history(portal, account)[0]
    assert (after.pending, after.status, held(stage, found.id)) == (None, "active", before)


def test_the_same_preview_again_finds_the_change_that_waits_and_another_must_wait(stage: Stage) -> None:
    portal, account, found = waiting(stage)
    with portal.database.read() as connection:
        token = connection.exec_driver_sql("SELECT token FROM plan_changes WHERE account_id = ?", (account,)).scalar()
    assert change(portal, account, WISH, str(token)).pending == found.pending
    with pytest.raises(Conflict, match=r"13\.10 USD is not paid"):
        preview(portal, account, Wish("gift"))
    assert len(stage.invoices(found.id)) == 2


def test_a_change_whose_answer_was_lost_is_found_waiting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    account, subscription = on(stage)
    pays_with(stage, subscription, ASKING[0])
    portal = charging(stage, **AT_ONCE)
    token = preview(portal, account, WISH).token
    real = portal.gateway.change_now

    def lost(*asked: Any) -> None:
        real(*asked)
        raise GatewayUnavailable("No answer came.")

    with monkeypatch.context() as away:
        away.setattr(portal.gateway, "change_now", lost)
        with pytest.raises(GatewayUnavailable):
            change(portal, account, WISH, token)
    assert change(portal, account, WISH, token).pending is not None
    assert len(stage.invoices(subscription)) == 2


def test_a_bank_that_asks_while_another_change_is_planned_leaves_that_as_it_is(stage: Stage) -> None:
    account, subscription = on(stage)
    made(stage.portal, account, Wish("gift", when=LATER))
    pays_with(stage, subscription, ASKING[0])
    portal = charging(stage, **AT_ONCE)
    with pytest.raises(PaymentRefused, match="undo that one first"):
        made(portal, account, WISH)
    found = subscriptions.history(portal, account)[0]
    assert (found.pending, found.planned is None, len(stage.invoices(subscription))) == (None, False, 1)


def test_a_renewal_paid_late_by_another_card_is_charged_to_it_from_then_on(stage: Stage) -> None:
    account, subscription = on(stage)
    pays_with(stage, subscription, "pm_card_chargeCustomerFail")
    stage.until(MARCH + 7200)
    subscriptions.refresh(stage.portal, account)
    owed = plan_payments.open_(stage.portal, account, subscription, "/plan")
    assert owed is not None
    assert owed.due == dollars(2900)
    customer = stage.row("subscription", subscription)["customer"]
    card = stage.v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    stage.v1.invoices.pay(owed.invoice_ref, {"payment_method": card})
    assert plan_payments.confirm(stage.portal, account, subscription, owed.invoice_ref)
    assert subscriptions.history(stage.portal, account)[0].status == "active"
    assert stage.row("subscription", subscription)["default_payment_method"] == card
