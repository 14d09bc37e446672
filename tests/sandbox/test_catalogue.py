"""Customers, products and prices."""

from __future__ import annotations

import pytest
import stripe

from tests.sandbox.conftest import Sandbox


def _product(sandbox: Sandbox, name: str = "Credits") -> str:
    return str(sandbox.client.v1.products.create({"name": name}).id)


def test_a_price_sells_packages_of_units(sandbox: Sandbox) -> None:
    price = sandbox.client.v1.prices.create(
        {
            "product": _product(sandbox),
            "currency": "EUR",
            "unit_amount": 500,
            "transform_quantity": {"divide_by": 100, "round": "up"},
            "metadata": {"credits": "100"},
        }
    )
    assert price.transform_quantity
    assert (price.transform_quantity.divide_by, price.transform_quantity.round) == (100, "up")
    assert (price.currency, price.type, price.unit_amount) == ("eur", "one_time", 500)


def test_prices_are_found_by_lookup_key_with_their_product(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    product = _product(sandbox)
    wanted = v1.prices.create({"product": product, "currency": "usd", "unit_amount": 1, "lookup_key": "small"})
    v1.prices.create({"product": product, "currency": "usd", "unit_amount": 2, "lookup_key": "large"})
    found = v1.prices.list({"lookup_keys": ["small"], "expand": ["data.product"]}).data
    assert [row.id for row in found] == [wanted.id]
    assert isinstance(found[0].product, stripe.Product)
    assert found[0].product.name == "Credits"


def test_prices_are_filtered(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    one, two = _product(sandbox), _product(sandbox)
    plain = v1.prices.create({"product": one, "currency": "usd", "unit_amount": 1})
    monthly = v1.prices.create(
        {"product": one, "currency": "usd", "unit_amount": 1, "recurring": {"interval": "month"}}
    )
    euro = v1.prices.create({"product": two, "currency": "eur", "unit_amount": 1})
    v1.prices.update(euro.id, {"active": False})

    def found(**filters: object) -> list[str]:
        return [row.id for row in v1.prices.list(filters).data]  # type: ignore[arg-type]

    assert found(product=one) == [monthly.id, plain.id]
    assert found(type="recurring") == [monthly.id]
    assert found(currency="eur") == [euro.id]
    assert found(active=True) == [monthly.id, plain.id]


def test_a_lookup_key_moves_only_when_told(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    product = _product(sandbox)
    old = v1.prices.create({"product": product, "currency": "usd", "unit_amount": 1, "lookup_key": "small"})
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        v1.prices.create({"product": product, "currency": "usd", "unit_amount": 2, "lookup_key": "small"})
    new = v1.prices.create(
        {"product": product, "currency": "usd", "unit_amount": 2, "lookup_key": "small", "transfer_lookup_key": True}
    )
    assert (v1.prices.retrieve(old.id).lookup_key, new.lookup_key) == (None, "small")


def test_the_amount_of_a_price_never_changes(sandbox: Sandbox) -> None:
    price = sandbox.client.v1.prices.create({"product": _product(sandbox), "currency": "usd", "unit_amount": 1})
    answer = sandbox.raw("POST", f"/v1/prices/{price.id}", data={"unit_amount": "2"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "parameter_unknown")


def test_a_product_with_prices_cannot_be_deleted(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    product = _product(sandbox)
    v1.prices.create({"product": product, "currency": "usd", "unit_amount": 1})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
        v1.products.delete(product)
    assert v1.products.delete(_product(sandbox, "Empty")).to_dict()["deleted"] is True


def test_an_update_tells_what_was_before(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada", "metadata": {"a": "1", "b": "2"}})
    v1.customers.update(customer.id, {"name": "Grace", "metadata": {"a": "3"}})
    told = v1.events.list({"type": "customer.updated"}).data[0].to_dict()["data"]
    assert told["object"]["name"] == "Grace"
    assert told["previous_attributes"] == {"name": "Ada", "metadata": {"a": "1"}}


def test_customers_are_found_by_mail(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    wanted = v1.customers.create({"email": "ada@example.org"})
    v1.customers.create({"email": "grace@example.org"})
    assert [row.id for row in v1.customers.list({"email": "ada@example.org"}).data] == [wanted.id]
    with pytest.raises(stripe.InvalidRequestError, match="Invalid email address"):
        v1.customers.create({"email": "nobody"})
