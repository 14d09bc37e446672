"""The gate before a purchase, and what an account is subscribed to, against a sandbox that tells nobody anything."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from billing import purchases, subscriptions
from billing.gateways.stripe import StripeGateway
from billing.purchases import Buyer
from billing.recording import record_now
from billing.rules.errors import Forbidden, GatewayUnavailable, NotFound
from billing.rules.facts import SubscriptionFact
from billing.rules.moments import DAY
from billing.rules.orders import Surface
from billing.rules.subscriptions import OPENS, Subscription, counting
from billing.store import orders as order_rows
from tests.world.shops import PLANS, Shop, open_shop

ADDRESS = "http://localhost:8080/plan"


def snapshot(shop: Shop, customer: str, **changes: object) -> SubscriptionFact:
    """What the provider says about an active one now, with `changes`."""
    made = shop.subscribed(customer)
    return replace(shop.portal.gateway.subscription(made["id"]), **changes)  # type: ignore[arg-type]


def refused(shop: Shop, account_id: str) -> Forbidden:
    with pytest.raises(Forbidden) as caught:
        subscriptions.assert_open(shop.portal, account_id)
    return caught.value


def test_without_a_subscription_every_surface_is_closed_and_nothing_was_begun(shop: Shop) -> None:
    account, _ = shop.customer()
    for surface in Surface:
        with pytest.raises(Forbidden) as caught:
            purchases.begin(shop.portal, Buyer("usr_1", account), "fifty", surface=surface)
        assert caught.value.sentence == "Buying credits needs an active monthly subscription."
        assert caught.value.details == {"subscribe": ADDRESS}
    with shop.portal.database.read() as connection:
        assert order_rows.of_account(connection, account, tuple(purchases.OPEN_STATES), 9) == []
    assert not [each for each in shop.asked() if each["type"].startswith(("payment_intent", "checkout"))]


def test_a_late_webhook_does_not_refuse_who_has_paid(shop: Shop) -> None:
    account, customer = shop.customer()
    shop.subscribed(customer)
    assert subscriptions.current(shop.portal, account) is None
    begun = purchases.begin(shop.portal, Buyer("usr_1", account), "fifty")
    assert begun.client_secret
    seen = subscriptions.current(shop.portal, account)
    assert seen is not None
    assert seen.status == "active"


def test_the_provider_is_not_asked_while_the_snapshot_is_for_a_running_period(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, customer = shop.customer()
    record_now(shop.portal, snapshot(shop, customer))

    def away(_: str) -> tuple[SubscriptionFact, ...]:
        raise GatewayUnavailable("Stripe does not answer.")

    monkeypatch.setattr(shop.portal.gateway, "subscriptions_of", away)
    subscriptions.assert_open(shop.portal, account)
    shop.world.clock.pass_by(32 * DAY)
    with pytest.raises(GatewayUnavailable):
        subscriptions.assert_open(shop.portal, account)


def test_a_snapshot_whose_period_is_over_is_read_again_before_it_opens_anything(shop: Shop) -> None:
    account, customer = shop.customer()
    fact = snapshot(shop, customer)
    record_now(shop.portal, fact)
    shop.stripe(f"subscriptions/{fact.subscription_ref}", "DELETE")
    subscriptions.assert_open(shop.portal, account)
    shop.world.clock.pass_by(32 * DAY)
    assert refused(shop, account).sentence.endswith("It was cancelled.")


@pytest.mark.parametrize("status", [*(word for word, (opens, _) in OPENS.items() if not opens), "a_state_of_2031"])
def test_a_state_that_opens_nothing_closes_the_gate_with_its_reason(
    shop: Shop, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, customer = shop.customer()
    fact = snapshot(shop, customer, status=status)
    monkeypatch.setattr(shop.portal.gateway, "subscriptions_of", lambda _: (fact,))
    reason = OPENS.get(status, (False, "Its state is not known here, so it opens nothing."))[1]
    assert refused(shop, account).sentence == f"Buying credits needs an active monthly subscription. {reason}"


def test_what_the_state_table_opens_and_no_other_word(shop: Shop) -> None:
    assert {word for word, (opens, _) in OPENS.items() if opens} == {"active", "trialing"}


@pytest.mark.parametrize(
    ("needed", "plan", "opens"),
    [("month", "yearly", False), ("year", "yearly", True), ("any", "yearly", True), ("year", "team", False)],
)
def test_the_interval_that_is_needed_decides(
    stripe_sandbox: str, tmp_path: Path, needed: str, plan: str, opens: bool
) -> None:
    changes = {"SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": needed}
    with open_shop(f"sqlite:///{tmp_path}/scrip.db", stripe_sandbox, **changes) as shop:
        account, customer = shop.customer()
        shop.subscribed(customer, plan)
        if opens:
            subscriptions.assert_open(shop.portal, account)
        else:
            assert refused(shop, account).sentence.endswith("Yours is charged at another interval.")


def test_a_subscription_of_another_product_opens_nothing(shop: Shop) -> None:
    account, customer = shop.customer()
    other = {"currency": "usd", "unit_amount": "900", "recurring[interval]": "month", "product_data[name]": "Magazine"}
    price = shop.stripe("prices", **other)["id"]
    shop.stripe("subscriptions", customer=customer, **{"items[0][price]": price})
    assert refused(shop, account).sentence == "Buying credits needs an active monthly subscription."
    assert [each.status for each in subscriptions.history(shop.portal, account)] == ["active"]


def test_the_products_of_plans_named_by_lookup_keys_count(shop: Shop) -> None:
    keys = {"subscription_product": None, "plan_lookup_keys": (f"{PLANS}:team",)}
    stripe = shop.portal.settings.stripe.model_copy(update=keys)
    settings = shop.portal.settings.model_copy(update={"stripe": stripe})
    with closing(StripeGateway.of(settings)) as gateway:
        by_keys = replace(shop.portal, settings=settings, gateway=gateway)
        other = {
            "currency": "usd",
            "unit_amount": "9",
            "recurring[interval]": "month",
            "product_data[name]": "Magazine",
        }
        for price, opens in ((shop.stripe("prices", **other)["id"], False), (gateway.plans()[0].price_ref, True)):
            account, customer = shop.customer()
            shop.stripe("subscriptions", customer=customer, **{"items[0][price]": price})
            with nullcontext() if opens else pytest.raises(Forbidden):
                subscriptions.assert_open(by_keys, account)


def test_a_subscription_of_the_other_mode_opens_nothing(shop: Shop) -> None:
    account, customer = shop.customer()
    record_now(shop.portal, snapshot(shop, customer, livemode=True, subscription_ref="sub_live"))
    assert subscriptions.owned(shop.portal, account) == []


def test_an_unknown_account_is_not_found_rather_than_forbidden(shop: Shop) -> None:
    with pytest.raises(NotFound):
        subscriptions.assert_open(shop.portal, "acc_nobody")


def test_a_try_that_was_never_paid_does_not_hide_the_subscription_that_is(shop: Shop) -> None:
    account, customer = shop.customer()
    paid = snapshot(shop, customer)
    record_now(shop.portal, paid)
    record_now(
        shop.portal, replace(paid, subscription_ref="sub_later", status="incomplete", started_at=paid.started_at + DAY)
    )
    found: Subscription | None = counting(subscriptions.history(shop.portal, account))
    assert found is not None
    assert found.id == paid.subscription_ref
