"""Who may buy for whom, in which currency, and what is said when nothing can be bought; no browser is needed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auth.policy import Role
from billing import purchases, subscriptions
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.catalog import Package
from billing.rules.errors import Forbidden, GatewayUnavailable
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.money import Credits, Money
from billing.rules.orders import Order, Surface
from billing.store import accounts as account_rows
from billing.store import orders as order_rows
from tests.pages.visits import NUMBERS, Site, Visitor, until

NONCE = re.compile(r'nonce="[^"]+"')
DOLLARS = Package("usual", "price_usd", "Usual", "", Money(500, "USD"), Credits.whole(500), default=True)
EUROS = replace(DOLLARS, key="euro", price_ref="price_eur", name="Euro", amount=Money(450, "EUR"), default=False)


@pytest.fixture
def packages(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Package]:
    """What is on sale, in two currencies."""
    found = [EUROS, DOLLARS]
    monkeypatch.setattr(site.world.portal.gateway, "packages", lambda: tuple(found))
    return found


def begun(site: Site, payer: Visitor, receiver: Visitor | None = None, tax_minor: int = 0) -> Order:
    """An open purchase in euros, to be paid at a checkout of its own."""
    number, portal = next(NUMBERS), site.world.portal
    customer = f"cus_{number}"
    portal.till.write(lambda tx: account_rows.set_customer(tx, payer.account_id, customer))
    order = replace(
        site.world.order(payer.account_id, f"pi_{number}", customer),
        id=f"ord_{number:020}", account_id=(receiver or payer).account_id, amount=Money(450, "EUR"),
        payment_ref=None, session_ref=f"cs_{number}", surface=Surface.HOSTED, tax_minor=tax_minor,
        price_ref=f"price_{number}", idempotency_key=f"scrip:{number}",
    )  # fmt: skip
    portal.till.write(lambda tx: order_rows.add(tx, order))
    return order


def fact_of(order: Order, state: PaymentState) -> PaymentFact:
    """What Stripe says about its checkout."""
    return PaymentFact(
        state, f"pi_of_{order.id}" if state is PaymentState.SUCCEEDED else "", order.total, order.total,
        order.created_at, customer_ref=order.customer_ref, session_ref=order.session_ref, tax_minor=order.tax_minor,
        items=((order.price_ref, 1),),
    )  # fmt: skip


def bought(site: Site, payer: Visitor, receiver: Visitor | None = None, tax_minor: int = 0) -> Order:
    """The same, paid."""
    order = begun(site, payer, receiver, tax_minor)
    record_now(site.world.portal, fact_of(order, PaymentState.SUCCEEDED))
    return order


async def test_the_currency_is_a_choice_until_the_first_purchase_settles_it(
    site: Site, packages: list[Package]
) -> None:
    ada = site.visitor()
    await ada.open("/buy")
    await ada.should_see("Currency")
    await ada.should_see("5.00 USD")
    await ada.should_not_see("4.50 EUR")
    bought(site, ada)
    await ada.open("/buy")
    await ada.should_see("4.50 EUR")
    await ada.should_not_see("Currency")
    await ada.should_not_see("10.00 USD per 1,000")


async def test_a_browsers_language_chooses_the_currency_at_first(site: Site, packages: list[Package]) -> None:
    ada = site.visitor()
    ada.http_client.headers["accept-language"] = "fr-FR, en;q=0.5"
    await ada.open("/buy")
    await ada.should_see("4,50 EUR")
    await ada.should_not_see("5.00 USD")


async def test_what_may_be_bought_several_times_asks_how_many_and_sums_it_up(
    site: Site, packages: list[Package]
) -> None:
    packages[:] = [replace(DOLLARS, least=2, most=5).times(2), replace(DOLLARS, key="single", name="Single")]
    ada = site.visitor()
    await ada.open("/buy")
    await ada.should_see("How many")
    await ada.should_see("1,000 credits")
    typed = ada.find(marker="quantity")
    for number, total in (("4", "20.00 USD"), ("5", "25.00 USD")):
        typed.trigger("change", number)
        await ada.should_see(total)
    for wrong in ("6", "1", "0", "-2", "2.5", "", "x", "9" * 40):
        typed.trigger("change", wrong)
        await ada.should_see("Usual can be bought 2 to 5 times at once.")
        await ada.should_see("25.00 USD")
    portal = site.world.portal
    portal.till.write(lambda tx: account_rows.set_customer(tx, ada.account_id, f"cus_{next(NUMBERS)}"))
    ada.find("Continue to payment").click()
    await until(lambda: purchases.recent(portal, ada.account_id))
    (begun,) = purchases.recent(portal, ada.account_id)
    assert (begun.quantity, begun.amount, begun.credits) == (5, Money(2500, "USD"), Credits.whole(2500))


async def test_a_manager_buys_for_another_account_and_it_says_for_whom(site: Site, packages: list[Package]) -> None:
    bo, mia = site.visitor("Bo"), site.visitor("Mia", Role.MANAGER)
    bo.given("77")
    await mia.open(f"/buy?account={bo.account_id}")
    await mia.should_see(f"For Bo ({bo.account_id}).")
    await mia.should_see("Continue to payment")
    await mia.should_not_see("577 credits")


async def test_an_account_one_may_not_buy_for_is_the_same_404_as_an_unknown_one(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    unknown = "acc_" + "0" * 20
    answers = [await ada.http_client.get(f"/buy?account={each}") for each in (bo.account_id, unknown, "x")]
    assert [each.status_code for each in answers] == [404] * 3
    assert len({NONCE.sub("", each.text) for each in answers}) == 1
    mia = site.visitor("Mia", Role.MANAGER)
    assert (await mia.http_client.get(f"/buy?account={unknown}")).status_code == 404


async def test_who_paid_and_who_got_the_credits_both_see_the_receipt(site: Site) -> None:
    ada, bo, eve = site.visitor(), site.visitor("Bo"), site.visitor("Eve")
    order = bought(site, ada, receiver=bo)
    await ada.open(f"/receipt/{order.id}")
    await ada.should_see(f"were added to the balance of {bo.account_id}.")
    await bo.open(f"/receipt/{order.id}")
    await bo.should_see("were added to your balance.")
    assert (await eve.http_client.get(f"/receipt/{order.id}")).status_code == 404


async def test_a_needed_subscription_is_said_before_anything_is_chosen(
    site: Site, packages: list[Package], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(portal: Portal, _: str) -> None:
        raise Forbidden("Buying credits needs one.", subscribe=f"{portal.settings.public_url}/plan")

    monkeypatch.setattr(subscriptions, "assert_open", shut)
    ada = site.visitor()
    await ada.open("/buy")
    await ada.should_see("Buying credits needs a subscription.")
    await ada.should_see("See the plans")
    await ada.should_not_see("Continue to payment")


async def test_a_gate_that_cannot_be_asked_hides_nothing(
    site: Site, packages: list[Package], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise GatewayUnavailable("Stripe does not answer.")

    monkeypatch.setattr(subscriptions, "assert_open", away)
    ada = site.visitor()
    await ada.open("/buy")
    await ada.should_see("Continue to payment")


async def test_a_receipt_tells_amount_tax_and_total_apart(site: Site) -> None:
    ada = site.visitor()
    order = bought(site, ada, tax_minor=86)
    await ada.open(f"/receipt/{order.id}")
    for text in ("4.50 EUR", "0.86 EUR", "5.36 EUR"):
        await ada.should_see(text)


async def test_an_expired_checkout_says_that_nothing_was_charged(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = site.visitor()
    order = begun(site, ada)
    monkeypatch.setattr(site.world.portal.gateway, "checkout", lambda _: fact_of(order, PaymentState.CANCELED))
    await ada.open(f"/receipt/{order.id}?session_id={order.session_ref}")
    await ada.should_see("This checkout expired. Nothing was charged.", retries=10)
    await ada.should_see("Buy again")


async def test_a_purchase_for_somebody_else_is_gone_on_with_as_one_for_them(
    site: Site, packages: list[Package]
) -> None:
    """The way back from Stripe's page names only the purchase."""
    mia, bo = site.visitor("Mia", Role.MANAGER), site.visitor("Bo")
    order = begun(site, mia, receiver=bo)
    await mia.open(f"/buy?order={order.id}")
    await mia.should_see(f"For Bo ({bo.account_id}).")
