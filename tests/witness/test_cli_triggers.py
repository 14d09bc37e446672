"""Stripe's official command line plays its own scenarios here, and leaves what it would leave in a Stripe account.

Its exit alone would say little, so every scenario is read back: the events in their order, the objects, the money.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.witness import billing_scenes, catalogue_scenes, payment_scenes
from tests.witness.conftest import Trigger
from tests.witness.scenes import Account, Scene, differences, missing_in_order

SCENES = (*payment_scenes.SCENES, *catalogue_scenes.SCENES, *billing_scenes.SCENES)
# a debit takes its days: the scenario ends before the bank has answered. Its IBAN for the failure is none of those that
# Stripe documents, so one of these stands in
FAILING_IBAN = ("--override", "payment_method:sepa_debit.iban=AT861904300235473202")
WAITING: dict[str, tuple[tuple[str, ...], str, str]] = {
    "checkout.session.async_payment_succeeded": ((), "succeeded", "paid"),
    "checkout.session.async_payment_failed": (FAILING_IBAN, "requires_payment_method", "unpaid"),
}
# what this sandbox does not do, it says so: the scenario, and the call it is told at
REFUSED = {
    "customer.source.created": "/sources",
    "issuing_card.created": "POST /v1/issuing/cardholders",
    "payment_intent.partially_funded": "payment_method_options[customer_balance]",
    "payment_link.created": "POST /v1/payment_links",
    "payout.created": "POST /v1/payouts",
    "plan.created": "POST /v1/plans",
    "quote.created": "'source' of POST /v1/customers",
    "v1.billing.meter.no_meter_found": "POST /v2/billing/meter_event_session",
}
# what the scenario still sends and this API version no longer knows
GONE = {
    "customer.discount.created": "coupon",
    "promotion_code.created": "coupon",
    "subscription_schedule.completed": "phases[0][iterations]",
}


def _marked(scene: Scene) -> Any:
    marks = [pytest.mark.xfail(reason=scene.differs, strict=True)] if scene.differs else []
    return pytest.param(scene, id=str(scene), marks=marks)


@pytest.mark.parametrize("scene", [_marked(scene) for scene in SCENES])
def test_the_scenario_leaves_what_stripe_promises(scene: Scene, trigger: Trigger, sandbox: Sandbox) -> None:
    told = trigger(scene.scenario, *scene.options)
    assert told.status == 0, told.words
    sandbox.control("time", seconds=1)  # what Stripe does in the background a moment later is due now
    account = Account.of(sandbox)
    events = account.events()
    assert not missing_in_order(scene.events, [event["type"] for event in events]), [event["type"] for event in events]
    data = next(event["data"] for event in reversed(events) if event["type"] == scene.event)
    assert not differences(data["object"], scene.told)
    assert not differences(data.get("previous_attributes", {}), scene.was)
    for noun, fields in scene.left.items():
        assert not differences(account.newest(noun), fields), noun


@pytest.mark.parametrize("scenario", WAITING)
def test_a_bank_debit_in_checkout_ends_some_days_later(scenario: str, trigger: Trigger, sandbox: Sandbox) -> None:
    options, *ending = WAITING[scenario]
    told = trigger(scenario, *options)
    assert told.status == 0, told.words
    account = Account.of(sandbox)
    waiting = account.newest("sessions")
    assert (waiting["status"], waiting["payment_status"]) == ("complete", "unpaid")
    sandbox.control("time", days=14)
    assert scenario in [event["type"] for event in account.events()]
    payment, session = account.newest("payment_intents"), account.newest("sessions")
    assert [payment["status"], session["payment_status"]] == ending


@pytest.mark.parametrize("scenario", REFUSED)
def test_a_scenario_of_something_not_built_is_refused_in_words(scenario: str, trigger: Trigger) -> None:
    told = trigger(scenario)
    assert told.status != 0
    assert "status=501" in told.words
    assert "This sandbox does not do" in told.words
    assert REFUSED[scenario] in told.words


@pytest.mark.parametrize("scenario", GONE)
def test_a_parameter_that_is_gone_is_refused_as_unknown(scenario: str, trigger: Trigger) -> None:
    told = trigger(scenario)
    assert told.status != 0
    assert "status=400" in told.words
    assert f'"message":"Received unknown parameter: {GONE[scenario]}"' in told.words
