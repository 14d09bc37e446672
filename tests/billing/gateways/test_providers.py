"""What every provider promises: the same claims for Stripe and for the one that only says that it was paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from billing.gateways.contract import CheckoutOpened, Gateway, Payable
from billing.gateways.dummy import DummyGateway
from billing.rules.errors import NotAnEvent, NotFound
from billing.rules.facts import PaymentFact, PaymentState, Provider
from billing.rules.moments import system_clock
from billing.rules.money import Credits, Money
from tests.billing.gateways.counters import BACK, HOSTED, USUAL, Counter

FIFTY = Money(5000, "USD")


@dataclass
class Shop:
    """A provider, and how a buyer pays at it."""

    gateway: Gateway
    pay: Callable[[CheckoutOpened], object]
    provider: Provider

    def payable(self, order: str = "ord_1", account: str = "acc_1") -> Payable:
        package = self.gateway.packages()[0]
        customer = self.gateway.ensure_customer(account, "Ann", "ann@example.org", f"customer:{account}")
        return Payable(order, package.price_ref, package.amount, customer, package.name, f"scrip:{order}:1")

    def paid(self, order: str = "ord_1") -> PaymentFact:
        opened = self.gateway.open_checkout(self.payable(order), HOSTED)
        self.pay(opened)
        return self.gateway.checkout(opened.session_ref)


@pytest.fixture(params=["stripe", "dummy"])
def shop(request: pytest.FixtureRequest) -> Shop:
    if request.param == "dummy":
        return Shop(DummyGateway(FIFTY, system_clock), lambda _opened: None, Provider.DUMMY)
    counter: Counter = request.getfixturevalue("counter")
    counter.gateway.publish_packages([USUAL])
    return Shop(counter.gateway, counter.pay, Provider.STRIPE)


class TestEveryProvider:
    def test_sells_packages_under_stable_names(self, shop: Shop) -> None:
        packages = shop.gateway.packages()
        assert packages == shop.gateway.packages(fresh=True)
        assert all(each.key and each.price_ref and each.name for each in packages)
        assert all(each.amount.minor > 0 and each.credits.micro > 0 for each in packages)

    def test_knows_one_customer_for_an_account(self, shop: Shop) -> None:
        first, again, other = (shop.payable(account=name).customer_ref for name in ("acc_1", "acc_1", "acc_2"))
        assert first == again != other

    def test_opens_one_checkout_for_an_order_with_a_place_to_go(self, shop: Shop) -> None:
        opened = shop.gateway.open_checkout(shop.payable(), HOSTED)
        assert opened == shop.gateway.open_checkout(shop.payable(), HOSTED)
        assert opened != shop.gateway.open_checkout(shop.payable("ord_2"), HOSTED)
        assert str(opened.url).startswith("http")
        assert str(opened.url) not in repr(opened)

    def test_says_of_a_paid_checkout_all_that_the_judge_asks(self, shop: Shop) -> None:
        payable, fact = shop.payable(), shop.paid()
        assert (fact.state, fact.provider, fact.livemode) == (PaymentState.SUCCEEDED, shop.provider, False)
        assert fact.amount == fact.received == payable.amount
        assert (fact.customer_ref, fact.order_hint) == (payable.customer_ref, "ord_1")
        assert (fact.items, fact.tax_minor) == (((payable.price_ref, 1),), 0)
        assert fact.session_ref
        assert fact.payment_ref

    def test_has_one_payment_for_each_order(self, shop: Shop) -> None:
        assert shop.paid("ord_1").payment_ref != shop.paid("ord_2").payment_ref

    def test_never_closes_what_was_paid(self, shop: Shop) -> None:
        fact = shop.paid()
        assert shop.gateway.expire_checkout(str(fact.session_ref)).state is PaymentState.SUCCEEDED
        assert shop.gateway.cancel_payment(fact.payment_ref).state is PaymentState.SUCCEEDED

    def test_has_no_door_to_what_was_paid(self, shop: Shop) -> None:
        session_ref = str(shop.paid().session_ref)
        assert shop.gateway.resume_checkout(session_ref) == CheckoutOpened(session_ref)

    def test_opens_a_payment_in_our_page_and_finds_it_again(self, shop: Shop) -> None:
        started = shop.gateway.start_payment(shop.payable())
        assert started == shop.gateway.resume_payment(started.payment_ref)
        assert shop.gateway.payment(started.payment_ref).state is started.state
        assert started.client_secret not in repr(started)

    def test_gives_a_payment_back_under_one_name(self, shop: Shop) -> None:
        payment_ref = shop.paid().payment_ref
        refund = shop.gateway.refund(payment_ref, "duty_1", "The order was paid before.")
        assert refund == shop.gateway.refund(payment_ref, "duty_1", "The order was paid before.")

    def test_knows_nothing_it_never_gave_out(self, shop: Shop) -> None:
        for ask in (shop.gateway.payment, shop.gateway.checkout, shop.gateway.resume_checkout):
            with pytest.raises(NotFound):
                ask("unknown")
        with pytest.raises(NotFound):
            shop.gateway.subscription("sub_unknown")
        with pytest.raises(NotFound):
            shop.gateway.remove_card(shop.payable().customer_ref, "pm_unknown")

    def test_has_neither_cards_nor_subscriptions_of_a_newcomer(self, shop: Shop) -> None:
        customer = shop.payable().customer_ref
        assert (shop.gateway.cards(customer), shop.gateway.subscriptions_of(customer)) == ((), ())
        assert shop.gateway.plans() == ()
        assert shop.gateway.customer_session(customer)

    def test_believes_no_webhook_of_a_stranger(self, shop: Shop) -> None:
        with pytest.raises(NotAnEvent):
            shop.gateway.receive(b'{"object": "event"}', None, system_clock())
        with pytest.raises(NotAnEvent):
            shop.gateway.read_event(b"{}")

    def test_takes_packages_again_without_change(self, shop: Shop) -> None:
        before = shop.gateway.packages()
        product = shop.gateway.publish_packages([replace(each, price_ref="") for each in before])
        assert (shop.gateway.packages(), shop.gateway.publish_packages(before)) == (before, product)


def test_the_place_to_go_holds_the_reference_where_the_word_stood() -> None:
    gateway = DummyGateway(Money(1050, "USD"), system_clock)
    payable = Payable("ord_1", "dummy_price", Money(1050, "USD"), "dummy_cus_acc_1", "Credits", "k")
    opened = gateway.open_checkout(payable, HOSTED)
    assert opened.url == BACK.replace("{CHECKOUT_SESSION_ID}", opened.session_ref)
    assert gateway.packages()[0].credits == Credits.of("10.5")
