"""Checkout Sessions before anybody pays: made, refused, changed, found, expired."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.checkouts import BACK, MODES_INSIDE, Seller, open_shop
from tests.sandbox.conftest import Sandbox

HALF_AN_HOUR, A_DAY = 1800, 86_400


@pytest.fixture
def seller(sandbox: Sandbox) -> Seller:
    return open_shop(sandbox)


def test_a_new_session_is_open_and_owes_the_sum_of_its_lines(seller: Seller) -> None:
    session = seller.session({"price": seller.price(1900), "quantity": 2}, seller.price(250), metadata={"order": "7"})
    assert (session.status, session.payment_status, session.ui_mode) == ("open", "unpaid", "hosted_page")
    assert (session.amount_subtotal, session.amount_total, session.currency) == (4050, 4050, "usd")
    assert session.id.startswith("cs_test_a1")
    assert session.url == f"{seller.sandbox.url}/c/pay/{session.id}"
    assert session.client_secret is None
    assert session.payment_intent is None
    assert session.expires_at == session.created + A_DAY
    assert session.metadata.to_dict() == {"order": "7"}
    assert seller.events("checkout", "payment_intent") == []


def test_packages_are_counted_as_the_price_says(seller: Seller) -> None:
    price = seller.price(500, transform_quantity={"divide_by": 10, "round": "up"})
    assert seller.session({"price": price, "quantity": 21}).amount_total == 1500


@pytest.mark.parametrize("ui_mode", MODES_INSIDE)
def test_a_session_inside_the_sellers_page_has_a_secret_and_no_address(seller: Seller, ui_mode: str) -> None:
    session = seller.session(ui_mode=ui_mode, return_url=BACK)
    assert session.url is None
    assert session.client_secret.startswith(f"{session.id}_secret_")
    assert session.return_url == BACK
    assert session.redirect_on_completion == ("always" if ui_mode == "embedded_page" else None)


@pytest.mark.parametrize("ui_mode", ["hosted", "embedded", "custom"])
def test_the_old_names_of_the_modes_are_refused(seller: Seller, ui_mode: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        seller.session(ui_mode=ui_mode)
    assert (refusal.value.http_status, refusal.value.param) == (400, "ui_mode")


def test_an_embedded_page_needs_a_way_back_unless_it_never_redirects(seller: Seller) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="return_url") as refusal:
        seller.session(ui_mode="embedded_page")
    assert refusal.value.code == "parameter_missing"
    stays = seller.session(ui_mode="embedded_page", redirect_on_completion="never")
    assert stays.redirect_on_completion == "never"
    with pytest.raises(stripe.InvalidRequestError, match="redirect_on_completion"):
        seller.session(ui_mode="embedded_page", redirect_on_completion="never", return_url=BACK)


LINE: Any = {"price_data": {"currency": "usd", "unit_amount": 1900, "product_data": {"name": "Credits"}}, "quantity": 1}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"success_url": ""}, "success_url", "empty string"),
    ({"success_url": "shop.example/thanks"}, "success_url", "explicit scheme"),
    ({"return_url": BACK}, "return_url", "not supported with `ui_mode: hosted_page`: return_url"),
    ({"ui_mode": "elements"}, "success_url", "not supported with `ui_mode: elements`"),
    ({"line_items": None}, "line_items", "Missing required param: line_items"),
    ({"subscription_data": {"description": "x"}}, "subscription_data", "`subscription_data` in `payment` mode"),
    ({"mode": "setup", "line_items": None}, "currency", "`currency` in `setup` mode"),
    ({"customer_email": "nobody"}, "customer_email", "Invalid email address"),
    ({"customer_update": {"name": "auto"}}, "customer_update", "can only be used with `customer`"),
    ({"mode": "subscription", "customer_creation": "always"}, "customer_creation", "only be used in `payment`"),
    ({"mode": "subscription"}, "line_items", "at least one recurring price in `subscription` mode"),
    ({"allow_promotion_codes": True, "discounts": [{"coupon": "x"}]}, "allow_promotion_codes", "only specify one"),
    ({"expires_at": HALF_AN_HOUR - 60}, "expires_at", "at least 30 minutes"),
    ({"expires_at": A_DAY + 60}, "expires_at", "less than 24 hours"),
]


@pytest.mark.parametrize(("params", "param", "words"), WRONG)
def test_what_does_not_go_together_is_refused(seller: Seller, params: dict[str, Any], param: str, words: str) -> None:
    wanted: dict[str, Any] = {"mode": "payment", "success_url": BACK, "line_items": [LINE], **params}
    if "expires_at" in params:
        wanted["expires_at"] += seller.sandbox.look("time")["now"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        seller.v1.checkout.sessions.create({name: value for name, value in wanted.items() if value is not None})
    assert (refusal.value.http_status, refusal.value.param) == (400, param)
    assert words in str(refusal.value.user_message)


def test_what_is_not_built_answers_501(seller: Seller) -> None:
    with pytest.raises(stripe.APIError) as refusal:
        seller.session(optional_items=[{"price": seller.price(), "quantity": 1}])
    assert refusal.value.http_status == 501
    with pytest.raises(stripe.APIError) as refusal:
        seller.session(payment_method_types=["klarna"])
    assert refusal.value.http_status == 501


def test_lines_must_fit_the_mode_the_currency_and_each_other(seller: Seller) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
        seller.session(seller.monthly())
    with pytest.raises(stripe.InvalidRequestError, match=r"usd|eur"):
        seller.session(seller.price(), seller.price(currency="eur"))
    with pytest.raises(stripe.InvalidRequestError, match="different billing intervals"):
        seller.session(seller.monthly(), seller.price(recurring={"interval": "year"}), mode="subscription")
    with pytest.raises(stripe.InvalidRequestError, match="Quantity is required"):
        seller.session({"price": seller.price()})
    with pytest.raises(stripe.InvalidRequestError, match="either `price` or `price_data`"):
        seller.session({"quantity": 1})


def test_a_missing_or_archived_price_is_refused(seller: Seller) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        seller.session("price_none")
    assert (refusal.value.code, refusal.value.param) == ("resource_missing", "line_items[0][price]")
    price = seller.price()
    seller.v1.prices.update(price, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        seller.session(price)


def test_lines_are_listed_in_the_sellers_order_and_expandable(seller: Seller) -> None:
    prices = [seller.price(100 * (place + 1)) for place in range(3)]
    session = seller.session(*prices)
    listed = seller.v1.checkout.sessions.line_items.list(session.id, {"limit": 2})
    assert [line.price.id for line in listed.data] == prices[:2]
    assert listed.has_more
    expanded = seller.now(session, "line_items").line_items
    assert [(line.price.id, line.amount_total) for line in expanded.data] == list(
        zip(prices, (100, 200, 300), strict=True)
    )
    assert "line_items" not in seller.now(session)


def test_an_update_changes_notes_and_inside_a_page_the_lines(seller: Seller) -> None:
    hosted = seller.session(metadata={"a": "1", "b": "2"})
    noted = seller.v1.checkout.sessions.update(hosted.id, {"metadata": {"a": "", "c": "3"}})
    assert noted.metadata.to_dict() == {"b": "2", "c": "3"}
    more = {"line_items": [{"price": seller.price(500), "quantity": 1}]}
    with pytest.raises(stripe.InvalidRequestError, match="hosted_page"):
        seller.v1.checkout.sessions.update(hosted.id, more)
    inside = seller.session(ui_mode="elements", return_url=BACK)
    kept = seller.now(inside, "line_items").line_items.data[0].id
    lines = [{"id": kept, "quantity": 2}, *more["line_items"]]
    changed = seller.v1.checkout.sessions.update(inside.id, {"line_items": lines})
    assert changed.amount_total == 2 * 1900 + 500
    assert seller.now(inside, "line_items").line_items.data[0].id == kept


def test_expiring_closes_the_page_and_cannot_be_done_twice(seller: Seller) -> None:
    session = seller.session()
    ended = seller.v1.checkout.sessions.expire(session.id)
    assert (ended.status, ended.url) == ("expired", None)
    assert seller.events("checkout") == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions"):
        seller.v1.checkout.sessions.expire(session.id)
    assert seller.confirm(session).json()["error"]["code"] == "checkout_session_not_open"


def test_time_expires_a_session(seller: Seller) -> None:
    now = seller.sandbox.look("time")["now"]
    short, long = seller.session(expires_at=now + HALF_AN_HOUR + 60), seller.session()
    seller.sandbox.control("time", seconds=HALF_AN_HOUR + 120)
    assert [seller.now(one).status for one in (short, long)] == ["expired", "open"]
    seller.sandbox.control("time", days=1)
    assert seller.now(long).status == "expired"
    assert seller.events("checkout") == ["checkout.session.expired"] * 2


def test_a_payment_that_was_begun_ends_with_its_session(seller: Seller) -> None:
    session = seller.session()
    assert seller.confirm(session, "pm_card_chargeDeclined").status_code == 402
    begun = seller.now(session).payment_intent
    assert seller.v1.payment_intents.retrieve(begun).status == "requires_payment_method"
    seller.v1.checkout.sessions.expire(session.id)
    intent = seller.v1.payment_intents.retrieve(begun)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "expired")


def test_sessions_are_found_by_what_they_led_to(seller: Seller) -> None:
    customer = seller.v1.customers.create({"email": "ada@example.com"}).id
    paid, plan = seller.session(customer=customer), seller.session(mode="subscription")
    other = seller.session()
    intent = seller.pay(paid).payment_intent
    subscription = seller.pay(plan, email="bob@example.com").subscription

    def found(**asked: Any) -> list[str]:
        return [one.id for one in seller.v1.checkout.sessions.list(asked).data]

    assert found(payment_intent=intent) == [paid.id]
    assert found(subscription=subscription) == [plan.id]
    assert found(customer=customer) == [paid.id]
    assert found(status="open") == [other.id]
    assert found(customer_details={"email": "bob@example.com"}) == [plan.id]
    assert found() == [other.id, plan.id, paid.id]
