"""What is sold, taxed and metered has the fields and the values the installed SDK's types promise."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import Sandbox
from tests.sandbox.contract import class_of, differences, differences_in

MONTHLY = {"interval": "month"}
MONEY = {"type": "monetary", "monetary": {"currency": "usd", "value": 1000}}


def _sold(v1: Any) -> dict[str, Any]:
    meter = v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    tiers = [{"up_to": 5, "unit_amount": 7}, {"up_to": "inf", "unit_amount_decimal": "0.5", "flat_amount": 1}]
    tiered = {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": tiers, "product_data": {"name": "Gold"}}
    metered = {**MONTHLY, "usage_type": "metered", "meter": meter.id}
    shown = {"expand": ["tiers", "currency_options", "product"]}
    size = {"height": 1.5, "length": 2, "weight": 3, "width": 4}
    first = {"currency": "usd", "unit_amount": 5, "currency_options": {"eur": {"unit_amount": 4}}}
    product = {"name": "Gold", "tax_code": "txcd_10103001", "package_dimensions": size, "default_price_data": first}
    free = {"currency": "usd", "custom_unit_amount": {"enabled": True}, "product_data": {"name": "Gift"}}
    return {
        "billing.meter": meter,
        "price tiered": v1.prices.create({"currency": "usd", **tiered, "recurring": metered, **shown}),
        "price free": v1.prices.create(free),
        "product": v1.products.create({**product, "expand": ["default_price", "tax_code"]}),
    }


def _discounted(v1: Any, customer: str) -> dict[str, Any]:
    coupon = v1.coupons.create({"amount_off": 5, "currency": "usd", "expand": ["applies_to", "currency_options"]})
    terms = {"promotion": {"type": "coupon", "coupon": coupon.id}, "expand": ["promotion.coupon", "customer"]}
    limits = {"minimum_amount": 1, "minimum_amount_currency": "usd", "first_time_transaction": True}
    invoice = v1.invoices.create({"customer": customer, "discounts": [{"coupon": coupon.id}], "expand": ["discounts"]})
    return {
        "coupon": coupon,
        "promotion_code": v1.promotion_codes.create({**terms, "restrictions": limits, "customer": customer}),
        "discount": invoice.discounts[0],
    }


def _taxed(v1: Any) -> dict[str, Any]:
    details = {"address": {"country": "US", "postal_code": "98101"}, "address_source": "billing"}
    terms = {"currency": "usd", "line_items": [{"amount": 1000}], "shipping_cost": {"amount": 5}}
    made = v1.tax.calculations.create({**terms, "customer_details": details, "expand": ["line_items"]})
    booked = v1.tax.transactions.create_from_calculation({"calculation": made.id, "reference": "1"})
    reversal = {"mode": "full", "original_transaction": booked.id, "reference": "2", "expand": ["line_items"]}
    return {
        "tax.calculation": made,
        "tax.transaction": booked,
        "tax.transaction reversed": v1.tax.transactions.create_reversal(reversal),
        "tax.settings": v1.tax.settings.retrieve(),
        "tax_code": v1.tax_codes.retrieve("txcd_10103001"),
        "tax_rate": v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": True}),
    }


def _metered(v1: Any, customer: str) -> dict[str, Any]:
    scope = {"scope": {"price_type": "metered"}}
    terms = {"customer": customer, "amount": MONEY, "category": "paid", "applicability_config": scope}
    grant = v1.billing.credit_grants.create(terms)
    asked = {"type": "credit_grant", "credit_grant": grant.id}
    feature = v1.entitlements.features.create({"name": "API", "lookup_key": "api"})
    product = v1.products.create({"name": "Gold"}).id
    payload = {"stripe_customer_id": customer, "value": "1"}
    return {
        "billing.credit_grant": grant,
        "billing.credit_balance_summary": v1.billing.credit_balance_summary.retrieve(
            {"customer": customer, "filter": asked}
        ),
        "billing.credit_balance_transaction": v1.billing.credit_balance_transactions.list({"customer": customer}).data[
            0
        ],
        "billing.meter_event": v1.billing.meter_events.create({"event_name": "calls", "payload": payload}),
        "entitlements.feature": feature,
        "product_feature": v1.products.features.create(product, {"entitlement_feature": feature.id}),
    }


def _owned(v1: Any, customer: str) -> dict[str, Any]:
    adjusted = {"amount": -5, "currency": "usd"}
    return {
        "tax_id": v1.customers.tax_ids.create(customer, {"type": "eu_vat", "value": "DE123456789"}),
        "customer_balance_transaction": v1.customers.balance_transactions.create(customer, adjusted),
        "customer": v1.customers.retrieve(
            customer, {"expand": ["tax", "tax_ids", "subscriptions", "sources", "invoice_credit_balance"]}
        ),
    }


def test_every_object_keeps_the_sdks_contract(sandbox: Sandbox) -> None:
    v1: Any = sandbox.client.v1
    customer = v1.customers.create({"name": "Ada", "address": {"country": "DE"}}).id
    made = _sold(v1) | _discounted(v1, customer) | _taxed(v1) | _metered(v1, customer) | _owned(v1, customer)
    found: dict[str, list[str]] = {}
    for name, thing in made.items():
        kind = class_of(name.split()[0])
        assert kind is not None, name
        shown = thing.to_dict(for_json=True)
        found[name] = differences(shown, kind, name) + differences_in(shown)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    told = [event.to_dict(for_json=True)["data"]["object"] for event in v1.events.list({"limit": 100}).data]
    assert [line for thing in told for line in differences_in(thing)] == []
