"""Cards: made from numbers and names, saved, listed, taken away."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

GOOD: dict[str, Any] = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}


def _make(sandbox: Sandbox, **card: Any) -> stripe.PaymentMethod:
    params: Any = {"type": "card", "card": {**GOOD, **card}}
    return sandbox.client.v1.payment_methods.create(params)


def _customer(sandbox: Sandbox) -> str:
    return str(sandbox.client.v1.customers.create({"name": "Ada"}).id)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"number": "4111111111111111"}, "card_declined"),
        ({"exp_month": 13}, "invalid_expiry_month"),
        ({"exp_year": 2020}, "invalid_expiry_year"),
        ({"cvc": "1"}, "invalid_cvc"),
    ],
)
def test_a_card_that_cannot_be_is_refused(sandbox: Sandbox, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(stripe.CardError) as caught:
        _make(sandbox, **wrong)
    assert caught.value.code == code


def test_a_card_shows_brand_and_last_digits_and_never_its_number(sandbox: Sandbox) -> None:
    made = _make(sandbox, number="5555 5555 5555 4444")
    assert made.card
    assert (made.card.brand, made.card.last4) == ("mastercard", "4444")
    assert "5555555555554444" not in sandbox.raw("GET", f"/v1/payment_methods/{made.id}").text


def test_a_saved_card_is_listed_until_it_is_taken_away(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    card = v1.payment_methods.attach(_make(sandbox).id, {"customer": customer})
    for listed in (v1.customers.payment_methods.list(customer), v1.payment_methods.list({"customer": customer})):
        assert [row.id for row in listed.data] == [card.id]
    assert v1.payment_methods.detach(card.id).customer is None
    assert v1.customers.payment_methods.list(customer).data == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        v1.payment_methods.attach(card.id, {"customer": customer})
    kinds = [
        event.type for event in v1.events.list({"types": ["payment_method.attached", "payment_method.detached"]}).data
    ]
    assert kinds == ["payment_method.detached", "payment_method.attached"]


def test_a_declining_card_cannot_be_saved_but_0341_can(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    with pytest.raises(stripe.CardError):
        v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer})
    saved = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    with pytest.raises(stripe.CardError):
        sandbox.intent(customer=customer, payment_method=saved.id, confirm=True, off_session=True)


def test_somebody_elses_card_is_refused(sandbox: Sandbox) -> None:
    hers = sandbox.client.v1.payment_methods.attach("pm_card_visa", {"customer": _customer(sandbox)})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        sandbox.intent(customer=_customer(sandbox), payment_method=hers.id, confirm=True)


def test_a_deleted_customer_takes_the_cards_along(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    customer = _customer(sandbox)
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    assert v1.customers.delete(customer).to_dict() == {"id": customer, "object": "customer", "deleted": True}
    assert v1.payment_methods.retrieve(card.id).customer is None
    assert v1.customers.retrieve(customer).to_dict()["deleted"] is True
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        sandbox.intent(customer=customer)


def test_a_customer_session_is_for_one_customer_and_ends(sandbox: Sandbox) -> None:
    customer = _customer(sandbox)
    session = sandbox.client.v1.customer_sessions.create(
        {"customer": customer, "components": {"payment_element": {"enabled": True}}}
    )
    assert session.client_secret.startswith("cuss_")
    assert session.expires_at - session.created == 1800
