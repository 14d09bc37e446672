"""Billing credits pay the metered lines of an invoice when it is finalized, before tax."""

from __future__ import annotations

from typing import Any

from tests.sandbox.billing_bench import DAY, HOUR, Bench, open_bench
from tests.sandbox.conftest import Sandbox

MONTH = 31 * DAY


def _used(bench: Bench, units: int, **more: Any) -> Any:
    """The invoice of a month in which 100 cents were due for each unit."""
    v1 = bench.v1
    counting = {"default_aggregation": {"formula": "sum"}, "display_name": "Calls", "event_name": "calls"}
    meter = v1.billing.meters.create(counting)
    product = v1.products.create({"name": "Calls"})
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    price = v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 100, "recurring": recurring})
    v1.subscriptions.create({"customer": bench.customer, "items": [{"price": price.id}], **more})
    payload = {"stripe_customer_id": bench.customer, "value": str(units)}
    v1.billing.meter_events.create({"event_name": "calls", "payload": payload, "timestamp": bench.at})
    bench.passes(seconds=MONTH)
    return v1.invoices.list({"customer": bench.customer}).data[0]


def _grant(bench: Bench, value: int) -> Any:
    amount = {"type": "monetary", "monetary": {"currency": "usd", "value": value}}
    scope = {"applicability_config": {"scope": {"price_type": "metered"}}, "category": "paid"}
    return bench.v1.billing.credit_grants.create({"customer": bench.customer, "amount": amount, **scope})


def _left(bench: Bench, grant: str) -> int:
    asked = {"customer": bench.customer, "filter": {"type": "credit_grant", "credit_grant": grant}}
    summary = bench.v1.billing.credit_balance_summary.retrieve(asked)
    return int(summary.balances[0].available_balance.monetary.value)


def test_credits_pay_metered_lines_before_tax(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    grant = _grant(bench, 600)
    rate = bench.v1.tax_rates.create({"display_name": "Sales", "percentage": 10, "inclusive": False})
    draft = _used(bench, 10, default_tax_rates=[rate.id])
    assert (draft.status, draft.total) == ("draft", 1100)
    bench.passes(seconds=HOUR)
    paid = bench.read(draft.id)
    assert (paid.status, paid.subtotal, paid.total, paid.amount_paid) == ("paid", 1000, 440, 440)
    told = paid.total_pretax_credit_amounts[0]
    assert (told.type, told.amount, _left(bench, grant.id)) == ("credit_balance_transaction", 600, 0)
    entry = bench.v1.billing.credit_balance_transactions.retrieve(told.credit_balance_transaction)
    assert (entry.type, entry.debit.credits_applied.invoice) == ("debit", draft.id)


def test_a_voided_invoice_gives_the_credits_back(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, "pm_card_chargeCustomerFail")
    grant = _grant(bench, 600)
    draft = _used(bench, 10)
    final = bench.v1.invoices.finalize_invoice(draft.id)
    assert (final.amount_due, _left(bench, grant.id)) == (400, 0)
    bench.v1.invoices.void_invoice(draft.id)
    assert _left(bench, grant.id) == 600


def test_credits_do_not_pay_for_other_lines(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    grant = _grant(bench, 600)
    assert (bench.final(2000).amount_due, _left(bench, grant.id)) == (2000, 600)
