"""Billing credits: granted, used, expired, voided, and the balance they make."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from sandbox.metering.credit_ledger import GRANT, MeteredLine, apply_credits, give_back, remaining
from sandbox.state import Call, World
from tests.sandbox.conftest import Sandbox

FEBRUARY, DAY = 1_706_745_600, 86_400
METERED = {"scope": {"price_type": "metered"}}


def _money(value: int) -> dict[str, Any]:
    return {"type": "monetary", "monetary": {"currency": "usd", "value": value}}


def _on_clock(v1: Any) -> tuple[str, str]:
    clock = v1.test_helpers.test_clocks.create({"frozen_time": FEBRUARY}).id
    return clock, v1.customers.create({"test_clock": clock}).id


def _grant(v1: Any, customer: str, value: int = 1000, **more: Any) -> Any:
    terms = {"customer": customer, "amount": _money(value), "category": "paid", "applicability_config": METERED}
    return v1.billing.credit_grants.create({**terms, **more})


def _balance(v1: Any, customer: str) -> list[int]:
    asked = {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}
    found = v1.billing.credit_balance_summary.retrieve({"customer": customer, "filter": asked})
    return [row.available_balance.monetary.value for row in found.balances]


def _entries(v1: Any, customer: str) -> list[tuple[str, int]]:
    """What was written, oldest first: the kind and the value of each entry."""
    rows = v1.billing.credit_balance_transactions.list({"customer": customer}).data
    sides = [row.credit or row.debit for row in reversed(rows)]
    return [(side.type, side.amount.monetary.value) for side in sides]


def _refused(make: Any, *args: Any, **terms: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(*args, **terms)
    return caught.value


def test_a_grant_is_credit_until_it_expires(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    clock, customer = _on_clock(v1)
    grant = _grant(v1, customer, expires_at=FEBRUARY + DAY)
    assert (grant.priority, grant.effective_at, grant.test_clock) == (50, FEBRUARY, clock)
    assert _balance(v1, customer) == [1000]
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + 2 * DAY})
    assert _balance(v1, customer) == [0]
    assert _entries(v1, customer) == [("credits_granted", 1000), ("credits_expired", 1000)]
    last = v1.billing.credit_balance_transactions.list({"credit_grant": grant.id}).data[0]
    assert (last.created, last.type) == (FEBRUARY + DAY, "debit")
    assert v1.billing.credit_balance_transactions.retrieve(last.id).id == last.id


def test_a_grant_that_begins_later_is_not_there_yet(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    clock, customer = _on_clock(v1)
    _grant(v1, customer, effective_at=FEBRUARY + DAY)
    assert _balance(v1, customer) == [0]
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + DAY})
    assert _balance(v1, customer) == [1000]


def test_a_grant_is_voided_or_expired_once(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    customer = v1.customers.create({}).id
    voided, expired = _grant(v1, customer).id, _grant(v1, customer, 500).id
    assert v1.billing.credit_grants.void_grant(voided).voided_at is not None
    assert v1.billing.credit_grants.expire(expired).expires_at is not None
    assert "already voided" in str(_refused(v1.billing.credit_grants.expire, voided))
    assert "already expired" in str(_refused(v1.billing.credit_grants.void_grant, expired))
    assert _balance(v1, customer) == [0]
    assert _entries(v1, customer)[2:] == [("credits_voided", 1000), ("credits_expired", 500)]
    assert [row.id for row in v1.billing.credit_grants.list({"customer": customer}).data] == [expired, voided]


def test_the_end_of_a_grant_can_be_moved(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    clock, customer = _on_clock(v1)
    grant = _grant(v1, customer, expires_at=FEBRUARY + DAY).id
    moved = v1.billing.credit_grants.update(grant, {"expires_at": FEBRUARY + 2 * DAY, "metadata": {"a": "1"}})
    assert (moved.expires_at, moved.metadata["a"]) == (FEBRUARY + 2 * DAY, "1")
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + DAY + 1})
    assert _balance(v1, customer) == [1000]
    past = _refused(v1.billing.credit_grants.update, grant, {"expires_at": FEBRUARY})
    assert (past.param, "in the future" in str(past)) == ("expires_at", True)
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": FEBRUARY + 2 * DAY})
    assert _balance(v1, customer) == [0]
    assert "already expired" in str(_refused(v1.billing.credit_grants.update, grant, {"expires_at": ""}))


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"amount": _money(0)}, "amount[monetary][value]"),
        ({"priority": 101}, "priority"),
        ({"expires_at": 1}, "expires_at"),
        ({"applicability_config": "licensed"}, "applicability_config[scope][prices][0][id]"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(sandbox: Sandbox, more: Any, param: str) -> None:
    v1: Any = sandbox.client.v1
    if "applicability_config" in more:
        price = v1.prices.create({"currency": "usd", "unit_amount": 1, "product_data": {"name": "Gold"}})
        more = {"applicability_config": {"scope": {"prices": [{"id": price.id}]}}}
    error = _refused(_grant, v1, v1.customers.create({}).id, **more)
    assert (error.http_status, error.param) == (400, param)


def _known(world: World, name: str, value: int, **more: Any) -> None:
    """A grant as the route writes it down, with its first credit."""
    money = {"type": "monetary", "monetary": {"currency": "usd", "value": value}}
    grant = {"id": name, "object": GRANT, "amount": money, "applicability_config": {"scope": {}}, "category": "paid"}
    usual = {"customer": "cus_1", "created": 0, "effective_at": 0, "expires_at": None, "priority": 50}
    world.add({**grant, **usual, "test_clock": None, "voided_at": None, **more})
    credit = {"amount": money, "type": "credits_granted"}
    world.add({"id": f"first {name}", "object": ENTRY, "credit_grant": name, "credit": credit, "debit": None})


ENTRY = "billing.credit_balance_transaction"


def test_credits_are_used_in_order_and_come_back_with_a_voided_invoice() -> None:
    world = World()
    call = Call(world)
    only = {"scope": {"prices": [{"id": "price_b"}]}}
    _known(world, "late", 1000)
    _known(world, "promotional", 100, category="promotional", expires_at=call.now + DAY)
    _known(world, "ending", 100, expires_at=call.now + DAY)
    _known(world, "first", 100, priority=1, applicability_config=only)
    _known(world, "over", 100, priority=0, expires_at=call.now)
    lines = [MeteredLine("il_a", "price_a", 150), MeteredLine("il_b", "price_b", 200)]
    applied = apply_credits(call, "cus_1", "usd", "in_1", lines)
    assert [(one.grant, one.line, one.amount_minor) for one in applied] == [
        ("first", "il_b", 100),
        ("promotional", "il_a", 100),
        ("ending", "il_a", 50),
        ("ending", "il_b", 50),
        ("late", "il_b", 50),
    ]
    give_back(call, {"id": "in_1"})
    assert [remaining(world, grant) for grant in world.table(GRANT).values()] == [1000, 100, 100, 100, 100]
