"""Every object the sandbox returns has the fields and the values the installed SDK's types promise."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.contract import class_of, differences, differences_in


def _objects(sandbox: Sandbox) -> dict[str, Any]:
    """One of each, made through the API."""
    v1 = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada", "address": {"city": "London"}})
    product = v1.products.create({"name": "Credits"})
    price = {"product": product.id, "currency": "usd", "unit_amount": 5}
    packed: Any = {**price, "transform_quantity": {"divide_by": 10, "round": "up"}}
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    paid = sandbox.intent(customer=customer.id, payment_method=card.id, confirm=True)
    failed = sandbox.intent(customer=customer.id)
    with pytest.raises(stripe.CardError):
        v1.payment_intents.confirm(failed.id, {"payment_method": "pm_card_chargeDeclined"})
    secured = sandbox.intent(payment_method="pm_card_authenticationRequired", confirm=True)
    sandbox.control(f"payments/{secured.id}/authentication?outcome=complete")
    element: Any = {"enabled": True, "features": {"payment_method_save": "enabled"}}
    found: dict[str, Any] = {
        "customer": customer,
        "product": product,
        "price one_time": v1.prices.create(packed),
        "price recurring": v1.prices.create({**price, "recurring": {"interval": "month"}}),  # type: ignore[typeddict-item]
        "payment_method": v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}),
        "payment_intent new": sandbox.intent(),
        "payment_intent succeeded": paid,
        "payment_intent failed": v1.payment_intents.retrieve(failed.id),
        "payment_intent waiting": sandbox.intent(payment_method="pm_card_authenticationRequired", confirm=True),
        "charge succeeded": v1.charges.retrieve(str(paid.latest_charge)),
        "charge failed": v1.charges.list({"payment_intent": failed.id}).data[0],
        "charge secured": v1.charges.list({"payment_intent": secured.id}).data[0],
        "balance_transaction": v1.balance_transactions.list().data[0],
        "customer_session": v1.customer_sessions.create(
            {"customer": customer.id, "components": {"payment_element": element}}
        ),
        "event": v1.events.list().data[0],
    }
    return {name: thing.to_dict(for_json=True) for name, thing in found.items()}


def _class(name: str) -> type:
    found = class_of(name)
    assert found is not None, name
    return found


def test_every_object_keeps_the_sdks_contract(sandbox: Sandbox) -> None:
    found = {name: differences(thing, _class(name.split()[0]), name) for name, thing in _objects(sandbox).items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_event_keeps_the_contract_of_its_object(sandbox: Sandbox) -> None:
    _objects(sandbox)
    events = sandbox.client.v1.events.list({"limit": 100}).data
    told = [event.to_dict(for_json=True)["data"]["object"] for event in events]
    assert [line for thing in told for line in differences_in(thing)] == []
    assert {thing["object"] for thing in told} >= {"payment_intent", "charge", "customer", "price"}


def test_the_checker_sees_what_is_wrong() -> None:
    broken = {"id": "cus_1", "object": "customer", "created": "today", "livemode": False, "colour": "red"}
    assert differences(broken, stripe.Customer, "customer") == [
        "customer.colour: the SDK does not know it",
        "customer.created: 'today' is not int",
    ]
    assert "customer.id: missing" in differences({"object": "customer"}, stripe.Customer, "customer")


def test_the_account_reads_itself_in_the_sdks_shape(sandbox: Sandbox) -> None:
    account = sandbox.client.v1.accounts.retrieve_current()
    assert (account.id[:5], account.charges_enabled, account.default_currency) == ("acct_", True, "usd")
