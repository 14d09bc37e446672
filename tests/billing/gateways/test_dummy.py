"""The provider that takes no money: what it refuses, what it remembers over a restart, and who chooses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from billing import purchases
from billing.gateways.contract import Gateway, Payable
from billing.gateways.dummy import NO_CARDS, NO_PLANS, NO_PORTAL, NO_TAX, DummyGateway
from billing.gateways.provider import gateway_of
from billing.gateways.stripe import StripeGateway
from billing.portal import Portal
from billing.purchases import Buyer
from billing.rules.errors import PaymentRefused
from billing.rules.moments import system_clock
from billing.rules.money import Credits, Money
from billing.rules.orders import OrderState, Surface, judge
from billing.rules.tax import Address
from billing.settings import load_settings
from tests.billing.gateways.counters import HOSTED, MONTHLY
from tests.world.portals import World, open_world

PRICE = Money(1050, "USD")
PAYABLE = Payable("ord_1", "dummy_price", PRICE, "dummy_cus_acc_1", "Credits", "k")


@pytest.fixture
def gateway() -> Gateway:
    return DummyGateway(PRICE, system_clock)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda it: it.portal("dummy_cus_acc_1", "https://portal.example/"), NO_PORTAL),
        (lambda it: it.tax(PAYABLE, Address("DE")), NO_TAX),
        (lambda it: it.retax_payment("dummy_ord_1.acc_1", PAYABLE), NO_TAX),
        (lambda it: it.verify_card("dummy_cus_acc_1", "b", "c", idempotency_key="k"), NO_CARDS),
        (lambda it: it.subscribe(MONTHLY, "dummy_cus_acc_1", "k"), NO_PLANS),
        (lambda it: it.subscribe_by_checkout(MONTHLY, "dummy_cus_acc_1", HOSTED, "k"), NO_PLANS),
    ],
)
def test_what_it_cannot_do_is_refused_in_plain_words(
    gateway: Gateway, ask: Callable[[Gateway], object], sentence: str
) -> None:
    with pytest.raises(PaymentRefused) as refused:
        ask(gateway)
    assert refused.value.sentence == sentence


def test_it_tells_nothing_by_itself_and_proves_no_card(gateway: Gateway) -> None:
    assert list(gateway.events_since(0)) == []
    assert gateway.verified_card("dummy_ord_1.acc_1") is None
    assert gateway.publish_plans([]) == ""


def test_after_a_restart_it_answers_as_before(gateway: Gateway) -> None:
    opened = gateway.open_checkout(PAYABLE, HOSTED)
    again = DummyGateway(PRICE, lambda: 7).checkout(opened.session_ref)
    assert again == gateway.checkout(opened.session_ref)._replace(happened_at=7)
    assert (again.amount, again.customer_ref, again.order_hint) == (PRICE, "dummy_cus_acc_1", "ord_1")


@pytest.fixture
def free(tmp_path: Path) -> Iterator[World]:
    with open_world(f"sqlite+pysqlite:///{tmp_path / 'scrip.db'}") as world:
        yield replace(world, portal=replace(world.portal, gateway=DummyGateway(PRICE, world.clock)))


@pytest.mark.parametrize("surface", [Surface.HOSTED, Surface.ELEMENTS])
def test_a_purchase_is_credited_once_when_its_buyer_comes_back(free: World, surface: Surface) -> None:
    portal: Portal = free.portal
    account = free.account()
    begun = purchases.begin(portal, Buyer("usr_1", account), "credits", surface=surface)
    assert begun.order.state is OrderState.OPEN
    assert bool(begun.url) is (surface is Surface.HOSTED)
    for _ in range(2):
        assert purchases.confirm(portal, account, begun.order.id).state is OrderState.CREDITED
    assert free.balance(account) == Credits.of("10.5")


def test_another_amount_in_the_settings_pays_no_older_order(free: World) -> None:
    account = free.account()
    begun = purchases.begin(free.portal, Buyer("usr_1", account), "credits", surface=Surface.HOSTED)
    dearer = DummyGateway(Money(2000, "USD"), free.clock).checkout(str(begun.order.session_ref))
    assert judge(begun.order, dearer).value == "The amount paid is not the amount of the order."


def test_the_settings_choose_the_provider() -> None:
    dummy = gateway_of(load_settings({"SCRIP_DUMMY__AMOUNT": "7.50", "SCRIP_DUMMY__CURRENCY": "eur"}))
    assert isinstance(dummy, DummyGateway)
    assert dummy.packages()[0].amount == Money(750, "EUR")
    stripe = gateway_of(load_settings({"SCRIP_STRIPE__API_KEY": "sk_test_sandbox_1"}, setting_up=True))
    assert isinstance(stripe, StripeGateway)
    stripe.close()
