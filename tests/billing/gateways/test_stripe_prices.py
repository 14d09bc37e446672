"""Which prices become packages, and how long an answer of Stripe is believed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from billing.gateways.stripe_base import everything
from billing.gateways.stripe_prices import packages_of, units_of
from billing.gateways.stripe_remembered import STALE_SECONDS, Remembered
from billing.rules.catalog import Package
from billing.rules.errors import GatewayUnavailable
from billing.rules.money import Credits, Money

PRODUCT = {"id": "prod_1", "name": "Credits", "description": "For everything", "default_price": "price_9"}


def price(reference: str = "price_1", **changes: Any) -> dict[str, Any]:
    usual = {
        "id": reference, "object": "price", "type": "one_time", "active": True, "livemode": False, "currency": "usd",
        "unit_amount": 500, "transform_quantity": {"divide_by": 100, "round": "up"}, "metadata": {},
        "nickname": None, "lookup_key": None, "product": PRODUCT,
    }  # fmt: skip
    return {**usual, **changes}


def packages(*prices: dict[str, Any]) -> tuple[Package, ...]:
    return packages_of(prices, livemode=False)


def test_units_of_a_package_price_are_its_credits() -> None:
    assert packages(price()) == (
        Package("price_1", "price_1", "Credits", "For everything", Money(500, "USD"), Credits.whole(100)),
    )


def test_metadata_may_say_the_credits_and_everything_else() -> None:
    metadata = {"credits": "0.5", "key": "half", "name": "Half", "description": "One half.", "default": "true"}
    found = packages(price(transform_quantity=None, metadata=metadata))
    assert found == (Package("half", "price_1", "Half", "One half.", Money(500, "USD"), Credits(500_000), True),)


def test_the_products_default_price_is_the_default_unless_the_price_says_otherwise() -> None:
    assert [one.default for one in packages(price("price_9"), price("price_8"))] == [False, True]
    assert not packages(price("price_9", metadata={"default": "false"}))[0].default


def test_the_name_does_not_stand_twice() -> None:
    named = packages(price(nickname="Small", lookup_key="small"))[0]
    assert (named.key, named.name, named.description) == ("small", "Small", "")


def test_cheapest_first_within_a_currency() -> None:
    found = packages(price("p_b", unit_amount=900), price("p_a", unit_amount=950), price("p_c", currency="eur"))
    assert [one.price_ref for one in found] == ["p_c", "p_b", "p_a"]


@pytest.mark.parametrize(
    "changes",
    [
        {"transform_quantity": None},
        {"transform_quantity": {"divide_by": True}},
        {"transform_quantity": None, "metadata": {"credits": "many"}},
        {"transform_quantity": None, "metadata": {"credits": "0"}},
        {"transform_quantity": None, "metadata": {"credits": "-5"}},
        {"metadata": {"credits": "99"}},
        {"unit_amount": None},
        {"unit_amount": 0},
        {"unit_amount": "500"},
        {"currency": "dollars"},
        {"type": "recurring"},
        {"product": "prod_1"},
        {"id": None},
    ],
)
def test_a_price_that_is_not_clear_is_left_out_and_the_others_stay(changes: dict[str, Any]) -> None:
    assert [one.price_ref for one in packages(price(**changes), price("price_2"))] == ["price_2"]


def test_two_prices_under_one_key_sell_the_first_only() -> None:
    same = {"metadata": {"key": "small"}}
    assert [one.price_ref for one in packages(price("price_1", **same), price("price_2", **same))] == ["price_1"]


def test_prices_of_the_other_mode_sell_nothing() -> None:
    with pytest.raises(GatewayUnavailable, match="other mode"):
        packages(price(), price("price_2", livemode=True))


def test_only_whole_numbers_above_one_are_package_units() -> None:
    assert [units_of(one) for one in (Credits.whole(2), Credits.whole(1), Credits(2_500_000))] == [2, None, None]


def test_a_list_is_read_to_its_end() -> None:
    pages: dict[str | None, dict[str, Any]] = {
        None: {"data": [{"id": "a"}, {"id": "b"}], "has_more": True},
        "b": {"data": [{"id": "c"}]},
    }
    assert [item["id"] for item in everything(lambda after: pages[after])] == ["a", "b", "c"]


class Source:
    """Answers with how often it was asked, or with nothing while it is away."""

    def __init__(self) -> None:
        self.asked, self.now, self.away = 0, 0.0, False
        self.gate = threading.Event()
        self.gate.set()
        self.remembered = Remembered(self.ask, 60, lambda: self.now)

    def ask(self) -> tuple[Package, ...]:
        self.asked += 1
        self.gate.wait(5)
        if self.away:
            raise GatewayUnavailable("away")
        return packages(price(f"price_{self.asked}"))

    def seen(self, *, fresh: bool = False) -> str:
        return self.remembered.get(fresh=fresh)[0].price_ref


def test_an_answer_is_believed_for_its_time_and_not_longer() -> None:
    source = Source()
    assert [source.seen(), source.seen()] == ["price_1", "price_1"]
    source.now = 60
    assert source.seen() == "price_2"
    assert source.seen(fresh=True) == "price_3"


def test_old_prices_are_shown_while_the_provider_is_briefly_away() -> None:
    source = Source()
    source.seen()
    source.away, source.now = True, 61
    assert [source.seen(), source.seen()] == ["price_1", "price_1"]
    assert source.asked == 2
    with pytest.raises(GatewayUnavailable):
        source.seen(fresh=True)
    source.now = 61 + STALE_SECONDS
    with pytest.raises(GatewayUnavailable):
        source.seen()
    source.away = False
    assert source.seen() == "price_5"


def test_ten_visitors_at_once_ask_the_provider_once() -> None:
    source = Source()
    source.gate.clear()
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(source.seen())) for _ in range(10)]
    for thread in threads:
        thread.start()
    source.gate.set()
    for thread in threads:
        thread.join(5)
    assert (seen, source.asked) == (["price_1"] * 10, 1)


def test_nobody_waits_while_somebody_else_asks_again() -> None:
    source = Source()
    source.seen()
    source.now = 61
    source.gate.clear()
    slow = threading.Thread(target=source.seen)
    slow.start()
    while source.asked < 2:
        pass
    assert source.seen() == "price_1"
    source.gate.set()
    slow.join(5)
    assert source.seen() == "price_2"
