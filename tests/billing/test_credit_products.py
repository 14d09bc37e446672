"""Credits that files of plans sell: on sale by their product, so many times at once, paid and credited exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from billing import overdraft, purchases
from billing.gateways.stripe_setup import StripeSetup
from billing.purchases import Buyer
from billing.rules.catalog import Package
from billing.rules.charges import MOST_MINOR
from billing.rules.errors import BadInput
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.money import Credits, Money
from billing.rules.orders import Order, OrderState, Surface, Verdict, judge
from tests.world.catalogues import of_text
from tests.world.shops import Shop, open_shop

FILE = """
features: [{name: archive, metadata: {}}]
products:
  - name: Tokens
    title: Tokens
    description: They never expire.
    behavior: credits
    config: {credit_amount: 100, min_quantity: 2, max_quantity: 50}
    prices:
      - {name: default, amount: 500, currency: usd}
      - {name: euro, amount: 450, currency: eur}
  - name: support
    title: Support
    behavior: credits
    config: {credit_amount: 3}
    prices: [{name: default, amount: 20000, currency: usd}, {name: rush, amount: 90000, currency: usd}]
  - name: gone
    behavior: credits
    config: {credit_amount: 3}
    state: inactive
    prices: [{name: default, amount: 20000, currency: usd}]
"""


@pytest.fixture(scope="module")
def here(stripe_sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of one file of plans and no packages of its own."""
    folder: Path = tmp_path_factory.mktemp("products")
    (folder / "plans.yml").write_text(FILE, "utf-8")
    settings = {
        "SCRIP_CATALOG__PLAN_FILES": str(folder),
        "SCRIP_CATALOG__CURRENCY": "usd",
        "SCRIP_STRIPE__PRODUCT": "",
        "SCRIP_STRIPE__SUBSCRIPTION_PRODUCT": "",
        "SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none",
        "SCRIP_OVERDRAFT__PRODUCT": "tokens",
    }
    with open_shop(f"sqlite:///{folder}/scrip.db", stripe_sandbox, False, **settings) as made:
        with closing(StripeSetup.of(made.portal.settings)) as account:
            account.sync(of_text(FILE, folder), lambda _step: None)
        yield made


def test_each_active_price_is_a_package_from_the_least_that_can_be_bought(here: Shop) -> None:
    tokens, once, rush = purchases.offers(here.portal, here.world.account())
    assert (tokens.key, tokens.name, tokens.description) == ("tokens", "Tokens", "They never expire.")
    assert (tokens.quantity, tokens.amount, tokens.credits) == (2, Money(1000, "USD"), Credits.whole(200))
    assert (tokens.least, tokens.most) == (2, 50)
    assert [(each.key, each.amount, each.credits) for each in (once, rush)] == [
        ("support:default", Money(20_000, "USD"), Credits.whole(3)),
        ("support:rush", Money(90_000, "USD"), Credits.whole(3)),
    ]


def test_so_many_times_the_price_are_paid_and_so_many_times_the_credits_come(here: Shop) -> None:
    account = here.world.account()
    begun = purchases.begin(here.portal, Buyer("usr_1", account), "tokens", surface=Surface.HOSTED, quantity=7).order
    assert (begun.quantity, begun.amount, begun.credits) == (7, Money(3500, "USD"), Credits.whole(700))
    here.told(f"sessions/{begun.session_ref}/complete", card="4242424242424242")
    assert purchases.confirm(here.portal, account, begun.id).state is OrderState.CREDITED
    assert here.world.balance(account) == Credits.whole(700)
    line = here.stripe(f"checkout/sessions/{begun.session_ref}/line_items", "GET")["data"][0]
    assert (line["quantity"], line["amount_total"]) == (7, 3500)


def test_another_number_is_another_order_and_the_first_can_be_paid_no_more(here: Shop) -> None:
    buyer = Buyer("usr_1", here.world.account())
    first = purchases.begin(here.portal, buyer, "tokens", surface=Surface.HOSTED, quantity=3).order
    same = purchases.begin(here.portal, buyer, "tokens", surface=Surface.HOSTED, quantity=3).order
    other = purchases.begin(here.portal, buyer, "tokens", surface=Surface.HOSTED, quantity=4).order
    assert (same.id == first.id, other.id == first.id) == (True, False)
    assert here.stripe(f"checkout/sessions/{first.session_ref}", "GET")["status"] == "expired"


@pytest.mark.parametrize("quantity", [-1, 0, 1, 51])
def test_what_may_not_be_bought_at_once_is_refused_with_the_bounds(here: Shop, quantity: int) -> None:
    with pytest.raises(BadInput, match="Tokens can be bought 2 to 50 times at once"):
        purchases.begin(here.portal, Buyer("usr_1", here.world.account()), "tokens", quantity=quantity)


def test_a_package_of_settings_is_sold_once_at_a_time_and_no_sum_is_too_large_to_be_charged() -> None:
    one = Package("a", "price_a", "A", "", Money(500, "USD"), Credits.whole(1))
    assert one.times(1) == one
    with pytest.raises(BadInput, match="A can be bought once at a time"):
        one.times(2)
    many = replace(one, most=MOST_MINOR)
    with pytest.raises(BadInput, match="more than can be bought at once"):
        many.times(MOST_MINOR // 500 + 1)
    assert many.times(MOST_MINOR // 500).single == many


def test_who_has_no_currency_yet_is_offered_the_default_one_and_who_has_keeps_it(here: Shop) -> None:
    account = here.world.account()
    assert {each.amount.currency for each in purchases.offers(here.portal, account)} == {"USD"}
    with here.portal.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET currency = 'EUR' WHERE id = ?", (account,))
    assert [each.key for each in purchases.offers(here.portal, account)] == ["tokens"]
    assert purchases.offers(here.portal, account)[0].amount == Money(900, "EUR")


def test_credits_on_account_are_priced_by_the_product_of_the_file(here: Shop) -> None:
    prices = here.portal.gateway.credit_prices("Tokens")
    assert [(str(each.amount), str(each.credits)) for each in prices] == [("4.50 EUR", "100"), ("5.00 USD", "100")]
    assert overdraft.price_in(here.portal, prices, None).amount.currency == "USD"
    assert overdraft.price_in(here.portal, prices, "EUR").amount.currency == "EUR"


@pytest.mark.parametrize(("quantity", "verdict"), [(3, Verdict.MATCHES), (2, Verdict.OTHER_GOODS)])
def test_a_payment_for_another_number_credits_nothing(quantity: int, verdict: Verdict) -> None:
    order = Order(
        "ord_1", "acc_1", "usr_1", "tokens", "Tokens", "price_1", Money(1500, "USD"), Credits.whole(300),
        OrderState.OPEN, False, "cus_1", None, "scrip:ord_1", None, None, 0, 0, None, None, "acc_1", Surface.HOSTED,
        "cs_1", 0, 3,
    )  # fmt: skip
    fact = PaymentFact(
        PaymentState.SUCCEEDED, "pi_1", Money(1500, "USD"), Money(1500, "USD"), 0, customer_ref="cus_1",
        session_ref="cs_1", tax_minor=0, items=(("price_1", quantity),),
    )  # fmt: skip
    assert judge(order, fact) is verdict
