"""Customers at the provider: what it says of them is seen, one that was deleted makes room, and none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing import customers, purchases, reconcile, rereading, subscriptions, webhooks
from billing.portal import Portal
from billing.purchases import Buyer
from billing.rules.facts import CustomerFact
from billing.rules.moments import DAY
from billing.rules.orders import OrderState, Surface
from billing.rules.rounds import Part
from billing.rules.tax import Address
from tests.world.shops import Shop, open_shop


@pytest.fixture(scope="module")
def here(stripe_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop for all: each test opens an account of its own."""
    folder = tmp_path_factory.mktemp("customers")
    free = {"SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none"}
    with open_shop(f"sqlite:///{folder}/scrip.db", stripe_sandbox, **free) as made:
        yield made


def known(shop: Shop) -> tuple[str, str]:
    """An account whose customer the portal itself made."""
    account = shop.world.account()
    return account, customers.ensure(shop.portal, account)


def told(shop: Shop, kind: str, customer: str) -> list[str]:
    """Works the provider's newest event of this type about the customer, as its webhook; what became of it."""
    newest = next(each for each in reversed(shop.asked()) if each["type"] == kind and about(each) == customer)
    raws = [raw for raw in shop.portal.gateway.events_since(0, [kind]) if newest["id"].encode() in raw]
    return [state.value for state in webhooks.take(shop.portal, raws)]


def about(event: dict[str, Any]) -> object:
    thing = event["data"]["object"]
    return thing["id"] if thing["object"] == "customer" else thing.get("customer")


def seen(portal: Portal, account: str) -> CustomerFact:
    found = customers.details(portal, account)
    assert found is not None
    return found


def test_who_was_made_here_is_seen_by_the_event_of_it(here: Shop) -> None:
    account, customer = known(here)
    assert (seen(here.portal, account).name, seen(here.portal, account).read_at) == (None, 0)
    assert told(here, "customer.created", customer) == ["handled"]
    assert (seen(here.portal, account).name, seen(here.portal, account).customer_ref) == ("Ada", customer)


def test_a_changed_name_mail_tax_and_address_are_seen(here: Shop) -> None:
    account, customer = known(here)
    address = {"address[country]": "DE", "address[city]": "Berlin", "address[line1]": "Weg 1", "address[line2]": "Hof"}
    here.stripe(f"customers/{customer}", name="Ada GmbH", email="ada@example.org", tax_exempt="reverse", **address)
    here.stripe(f"customers/{customer}/tax_ids", type="eu_vat", value="DE123456789")
    assert told(here, "customer.updated", customer) == ["handled"]
    found = seen(here.portal, account)
    assert (found.name, found.email, found.tax_exempt) == ("Ada GmbH", "ada@example.org", "reverse")
    assert found.address == Address("DE", city="Berlin", line1="Weg 1", line2="Hof")
    assert found.tax_ids == (("eu_vat", "DE123456789"),)


def test_a_deleted_customer_makes_room_and_the_next_purchase_makes_another(here: Shop) -> None:
    account, customer = known(here)
    here.stripe(f"customers/{customer}", "DELETE")
    assert told(here, "customer.deleted", customer) == ["handled"]
    assert seen(here.portal, account).is_deleted
    buyer = Buyer("usr_test", account)
    begun = purchases.begin(here.portal, buyer, "fifty", surface=Surface.HOSTED)
    assert begun.order.customer_ref not in (None, customer)
    here.told(f"sessions/{begun.order.session_ref}/complete", card="4242424242424242")
    assert purchases.confirm(here.portal, account, begun.order.id).state is OrderState.CREDITED
    assert here.world.balance(account) == begun.order.credits
    assert (seen(here.portal, account).customer_ref, seen(here.portal, account).is_deleted) == (
        begun.order.customer_ref, False,
    )  # fmt: skip


def test_a_purchase_under_way_begins_anew_for_the_new_customer(here: Shop) -> None:
    account, customer = known(here)
    buyer = Buyer("usr_test", account)
    first = purchases.begin(here.portal, buyer, "fifty", surface=Surface.HOSTED).order
    here.stripe(f"customers/{customer}", "DELETE")
    told(here, "customer.deleted", customer)
    second = purchases.begin(here.portal, buyer, "fifty", surface=Surface.HOSTED).order
    assert (second.id != first.id, second.customer_ref != customer) == (True, True)


def test_news_of_a_deleted_customers_subscription_still_finds_its_account(here: Shop) -> None:
    account, customer = known(here)
    method = here.stripe("payment_methods/pm_card_visa/attach", customer=customer)["id"]
    made = here.subscribed(customer, default_payment_method=method)["id"]
    subscriptions.refresh(here.portal, account)
    assert subscriptions.current(here.portal, account) is not None
    here.stripe(f"customers/{customer}", "DELETE")
    told(here, "customer.deleted", customer)
    assert told(here, "customer.subscription.deleted", customer) == ["handled"]
    (ended,) = (each for each in subscriptions.history(here.portal, account) if each.id == made)
    assert ended.status == "canceled"


def test_what_is_heard_late_of_a_deleted_customer_changes_nothing(here: Shop) -> None:
    account, customer = known(here)
    here.stripe(f"customers/{customer}", "DELETE")
    told(here, "customer.deleted", customer)
    gone = seen(here.portal, account)
    assert told(here, "customer.created", customer) == ["handled"]
    assert seen(here.portal, account) == gone


def test_the_sweep_reads_who_was_never_read_and_then_lets_them_rest_for_a_day(here: Shop) -> None:
    account, customer = known(here)
    rereading.customers(here.portal)
    first = seen(here.portal, account)
    assert first.name == "Ada"
    here.stripe(f"customers/{customer}", name="Bo")
    rereading.customers(here.portal)
    assert seen(here.portal, account) == first
    here.world.clock.pass_by(DAY)
    rereading.customers(here.portal)
    assert seen(here.portal, account).name == "Bo"


def test_one_the_provider_does_not_know_keeps_nobody_waiting(here: Shop) -> None:
    lost, account = here.world.account(), here.world.account("Bo")
    here.portal.till.write(lambda tx: customers._known_there(tx, here.portal, lost, "cus_lost"))
    customers.ensure(here.portal, account)
    assert rereading.customers(here.portal) == 1
    assert seen(here.portal, account).name == "Bo"
    assert rereading.customers(here.portal) == 0


def test_the_sweep_finds_a_subscription_that_ended_and_nobody_told_of(here: Shop) -> None:
    account, customer = known(here)
    method = here.stripe("payment_methods/pm_card_visa/attach", customer=customer)["id"]
    made = here.subscribed(customer, default_payment_method=method)["id"]
    subscriptions.refresh(here.portal, account)
    here.stripe(f"subscriptions/{made}", "DELETE")
    reconcile.sweep(here.portal, {Part.SUBSCRIPTIONS})
    assert subscriptions.current(here.portal, account) is not None, "read a moment ago"
    here.world.clock.pass_by(DAY)
    reconcile.sweep(here.portal, {Part.SUBSCRIPTIONS})
    assert subscriptions.current(here.portal, account) is None
