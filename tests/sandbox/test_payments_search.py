"""Stripe's search language over payments, charges and customers."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox


def _fill(sandbox: Sandbox) -> None:
    """Four payments: two are paid, one is in euros, two have an order."""
    sandbox.intent(1000, metadata={"order": "7"}, payment_method="pm_card_visa", confirm=True)
    sandbox.intent(2000, metadata={"order": "8"})
    sandbox.intent(3000, currency="eur", payment_method="pm_card_mastercard", confirm=True)
    sandbox.intent(4000, metadata={"who's": 'a "b"'})


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("status:'succeeded'", [3000, 1000]),
        ("metadata['order']:'7' AND status:'succeeded' AND created>1", [1000]),
        ('metadata["order"]:"7" OR metadata["order"]:"8"', [2000, 1000]),
        ("-metadata['order']:null", [2000, 1000]),
        ("metadata['order']:null", [4000, 3000]),
        ("amount>=2000 currency:'EUR'", [3000]),
        ("amount<3000 -status:'succeeded'", [2000]),
        ("created<5", []),
        ('metadata["who\'s"]:"a \\"b\\"" ', [4000]),
    ],
)
def test_a_query_finds_what_it_says(sandbox: Sandbox, query: str, amounts: list[int]) -> None:
    _fill(sandbox)
    found = sandbox.client.v1.payment_intents.search({"query": query})
    assert [row.amount for row in found.data] == amounts


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status", "unable to parse"),
        ("status:'succeeded' AND", "unable to parse"),
        ("status:'a' AND amount:1 OR amount:2", "combine AND and OR"),
        ("status>'a'", "not supported"),
        ("colour:'red'", "Field `colour` is an unsupported search field for resource `payment_intents`"),
        (["amount:1"] * 11, "at most 10"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused(sandbox: Sandbox, query: str | list[str], message: str) -> None:
    text = query if isinstance(query, str) else " AND ".join(query)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.v1.payment_intents.search({"query": text})
    assert (caught.value.http_status, caught.value.param) == (400, "query")
    assert message in str(caught.value)


def test_charges_are_found_by_their_card(sandbox: Sandbox) -> None:
    _fill(sandbox)
    search: Any = sandbox.client.v1.charges.search
    found = search({"query": "payment_method_details.card.last4:'4444'"}).data
    assert [row.amount for row in found] == [3000]
    assert [row.amount for row in search({"query": "payment_method_details.card.brand:'Visa'"}).data] == [1000]
    assert search({"query": "refunded:'true'"}).data == []


def test_customers_are_found_by_a_part_of_their_name(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    ada = v1.customers.create({"name": "Ada Lovelace", "email": "ada@example.com"})
    gone = v1.customers.create({"name": "Lovelace the Second"})
    v1.customers.create({"name": "Grace Hopper"})
    v1.customers.delete(gone.id)
    assert [row.id for row in v1.customers.search({"query": "name~'LOVE'"}).data] == [ada.id]
    assert [row.id for row in v1.customers.search({"query": "email:'ada@example.com'"}).data] == [ada.id]
    assert v1.customers.search({"query": "name:'Lovelace'"}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="at least 3 characters"):
        v1.customers.search({"query": "name~'lo'"})


def test_pages_follow_each_other(sandbox: Sandbox) -> None:
    _fill(sandbox)
    search: Any = sandbox.client.v1.payment_intents.search
    asked = {"query": "amount>1", "limit": 3, "expand": ["total_count"]}
    first = search(asked)
    assert ([row.amount for row in first.data], first.has_more, first.total_count) == ([4000, 3000, 2000], True, 4)
    second = search({**asked, "page": first.next_page})
    assert ([row.amount for row in second.data], second.has_more, second.next_page) == ([1000], False, None)
    assert [row.amount for row in search(asked).auto_paging_iter()] == [4000, 3000, 2000, 1000]
    with pytest.raises(stripe.InvalidRequestError, match="Invalid page token"):
        search({**asked, "page": "elsewhere"})
