"""Parameters taken from the installed SDK are as strict as Stripe."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.errors import Refusal, not_done
from sandbox.params import Group, Place
from sandbox.shapes import take
from sandbox.wire import Raw, nest, pairs_of

SUBSCRIPTION = "customer items.price items.quantity metadata trial_end cancel_at description discounts"


def _read(params_class: str, built: str, encoded: str) -> dict[str, object]:
    raw: dict[str, Raw] = nest(pairs_of(encoded))
    return dict(Group(names=take(params_class, built)).read(dict(raw), Place("", not_done)))


def test_values_get_the_sdks_types() -> None:
    read = _read(
        "SubscriptionCreateParams", SUBSCRIPTION, "items[0][price]=p&items[0][quantity]=2&trial_end=now&metadata[a]=b"
    )
    assert read == {"items": [{"price": "p", "quantity": 2}], "trial_end": "now", "metadata": {"a": "b"}}


def test_a_number_or_a_word_is_told_apart() -> None:
    assert _read("SubscriptionCreateParams", SUBSCRIPTION, "trial_end=17")["trial_end"] == 17
    with pytest.raises(Refusal, match="must be one of now"):
        _read("SubscriptionCreateParams", SUBSCRIPTION, "trial_end=later")


def test_a_decimal_is_never_a_float() -> None:
    read = _read("PriceCreateParams", "currency unit_amount_decimal", "currency=USD&unit_amount_decimal=0.05")
    assert read == {"currency": "usd", "unit_amount_decimal": Decimal("0.05")}


@pytest.mark.parametrize(
    ("encoded", "status"),
    [
        ("", 400),  # the currency is missing
        ("currency=usd&billing_scheme=sometimes", 400),  # the SDK's type is open, Stripe's is not
        ("currency=usd&unit_amount=1.5", 400),
        ("currency=usd&unit_amount=", 400),  # cannot be unset
        ("currency=usd&nickname=x", 501),  # not taken
    ],
)
def test_what_does_not_fit_is_refused(encoded: str, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        _read("PriceCreateParams", "currency unit_amount billing_scheme", encoded)
    assert refused.value.status == status


def test_the_empty_string_unsets_where_the_sdk_says_so() -> None:
    assert _read("SubscriptionCreateParams", SUBSCRIPTION, "discounts=") == {"discounts": None}


def test_a_name_the_sdk_does_not_have_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no parameter 'colour'"):
        take("PriceCreateParams", "colour")
