"""All resources this sandbox has, room by room. A new resource is one file with a `RESOURCE`, and its name here."""

from __future__ import annotations

from sandbox import account, events, search
from sandbox.billing_portal import configurations, portal_links
from sandbox.catalogue import new_coupons, prices, products, promotion_codes
from sandbox.checkout import payment_pages
from sandbox.checkout import sessions as checkout_sessions
from sandbox.controls import bad_cards, presentments
from sandbox.customers import customer_balance, customer_sessions, customers, new_customers, tax_ids
from sandbox.expand import Link
from sandbox.finder import Finder
from sandbox.invoices import actions as invoice_actions
from sandbox.invoices import credit_notes, invoice_payments, invoices, line_edits
from sandbox.invoices import items as invoice_items
from sandbox.metering import credit_balances, credit_grants, entitlements, features, meter_events, meters
from sandbox.payments import (
    balance,
    balance_transactions,
    charges,
    confirmation_tokens,
    mandates,
    payment_intents,
    payment_methods,
    setup_attempts,
    setup_intents,
)
from sandbox.reversals import dispute_routes, fraud_warnings, refund_routes, reviews
from sandbox.routes import Act, Reaction, Resource, Route
from sandbox.subscriptions import schedules, subscription_items, subscriptions
from sandbox.tax import calculations, tax_rates, taxpayers, transactions
from sandbox.tax import codes as tax_codes
from sandbox.test_clocks import test_clocks
from sandbox.webhooks import thin_events, webhook_endpoints

RESOURCES: tuple[Resource, ...] = (
    *(customers.RESOURCE, new_customers.RESOURCE, customer_sessions.RESOURCE, customer_balance.RESOURCE),
    tax_ids.RESOURCE,
    *(products.RESOURCE, prices.RESOURCE, new_coupons.RESOURCE, promotion_codes.RESOURCE),
    *(tax_codes.RESOURCE, tax_rates.RESOURCE, taxpayers.RESOURCE, calculations.RESOURCE, transactions.RESOURCE),
    *(meters.RESOURCE, meter_events.RESOURCE, credit_grants.RESOURCE, credit_balances.RESOURCE),
    *(features.RESOURCE, entitlements.RESOURCE),
    *(payment_methods.RESOURCE, payment_intents.RESOURCE, charges.RESOURCE, balance_transactions.RESOURCE),
    *(setup_intents.RESOURCE, setup_attempts.RESOURCE, confirmation_tokens.RESOURCE, mandates.RESOURCE),
    *(search.RESOURCE, balance.RESOURCE, account.RESOURCE),
    *(refund_routes.RESOURCE, dispute_routes.RESOURCE, fraud_warnings.RESOURCE, reviews.RESOURCE),
    *(configurations.RESOURCE, portal_links.RESOURCE),
    *(bad_cards.RESOURCE, presentments.RESOURCE),
    *(checkout_sessions.RESOURCE, payment_pages.RESOURCE),
    *(invoices.RESOURCE, invoice_actions.RESOURCE, invoice_items.RESOURCE, line_edits.RESOURCE),
    *(invoice_payments.RESOURCE, credit_notes.RESOURCE),
    *(subscriptions.RESOURCE, subscription_items.RESOURCE, schedules.RESOURCE),
    test_clocks.RESOURCE,
    *(events.RESOURCE, webhook_endpoints.RESOURCE, thin_events.RESOURCE),
)

ROUTES: tuple[Route, ...] = tuple(route for resource in RESOURCES for route in resource.routes)
LINKS: dict[str, dict[str, Link]] = {}
for _resource in RESOURCES:
    for _noun, _fields in _resource.links.items():
        # Two rooms may add fields to one noun.
        LINKS.setdefault(_noun, {}).update(_fields)
ACTS: dict[str, Act] = {name: act for resource in RESOURCES for name, act in resource.acts.items()}

match = Finder(ROUTES).match


def reactions() -> dict[str, list[Reaction]]:
    """What follows from each kind of event, in the order of the rooms above."""
    found: dict[str, list[Reaction]] = {}
    for resource in RESOURCES:
        for kind, reaction in resource.reactions.items():
            found.setdefault(kind, []).append(reaction)
    return found
