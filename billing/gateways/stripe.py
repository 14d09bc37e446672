"""Stripe as the portal's payment provider: its parts joined. `billing/gateways/provider.py` builds it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from billing.gateways.stripe_base import believed
from billing.gateways.stripe_beginnings import StripeBeginnings
from billing.gateways.stripe_bench import Bench
from billing.gateways.stripe_changes import StripeChanges
from billing.gateways.stripe_customers import StripeCustomers
from billing.gateways.stripe_invoices import StripeInvoices
from billing.gateways.stripe_meters import StripeMeters
from billing.gateways.stripe_options import Told, options_of
from billing.gateways.stripe_paying import StripePayments
from billing.gateways.stripe_publish import publish
from billing.gateways.stripe_sessions import proven_card, purchase
from billing.gateways.stripe_subscriptions import StripeSubscriptions
from billing.gateways.stripe_telling import StripeEvents
from billing.gateways.stripe_wares import package_shop, plan_shop, ware_of, ware_of_plan
from billing.rules.catalog import Package
from billing.rules.errors import BadInput
from billing.rules.facts import About, Fact, InvoiceFact, Thing
from billing.rules.moments import Clock, system_clock
from billing.rules.subscriptions import Plan

NO_PLAN_PRODUCT = "There is no product to subscribe to: set stripe.subscription_product."


class StripeGateway(
    StripePayments, StripeSubscriptions, StripeBeginnings, StripeChanges, StripeCustomers, StripeInvoices, StripeMeters,
    StripeEvents,
):  # fmt: skip
    """See `contract.Gateway` for what each method promises."""

    @classmethod
    def of(cls, settings: Told, clock: Clock = system_clock) -> StripeGateway:
        """The gateway these settings ask for; the clock says which days of events lie behind."""
        return cls(options_of(settings, clock))

    def read_about(self, about: About) -> Fact | None:
        if about.thing is Thing.SUBSCRIPTION:
            return self.subscription(about.ref)
        if about.thing is Thing.INVOICE:
            return self._with_subscription(self.invoice(about.ref))
        if about.thing is Thing.CUSTOMER:
            return self.customer(about.ref)
        session = self._session(about.ref)
        if session.get("mode") == "subscription":
            return self._subscription_of(session)
        return believed(session, proven_card if session.get("mode") == "setup" else purchase)

    def _with_subscription(self, invoice: InvoiceFact) -> InvoiceFact:
        """News of an invoice are news of what it is of."""
        found = invoice.subscription_ref
        return invoice if found is None else replace(invoice, subscription=self.subscription(found))

    def publish_packages(self, packages: Iterable[Package]) -> str:
        wares = [ware_of(each) for each in packages]
        product, _prices = publish(Bench(self._calls), package_shop(self._options), wares)
        self._packages.get(fresh=True)
        return product

    def publish_plans(self, plans: Iterable[Plan]) -> str:
        wares = [ware_of_plan(each) for each in plans]
        if not self._options.subscription_product:
            if wares:
                raise BadInput(NO_PLAN_PRODUCT, field="stripe.subscription_product")
            return ""
        product, _prices = publish(Bench(self._calls), plan_shop(self._options), wares)
        self._plans.get(fresh=True)
        return product
