"""Prepares a Stripe account, and looks at one. `app.py` builds it; verbs see `preparation.Setup` only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime

import httpx
import stripe

from billing.gateways import stripe_setup_portal, stripe_setup_webhook
from billing.gateways.preparation import (
    AccountFound,
    EndpointFound,
    Knock,
    OnSale,
    PortalFound,
    Prepared,
    ProductFound,
    Step,
    TaxFound,
    Wanted,
)
from billing.gateways.stripe_bench import NEW, Bench, for_operator
from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_catalogue import catalogue_on, shelf
from billing.gateways.stripe_catalogue_sync import sync
from billing.gateways.stripe_credit_products import credit_packages, credit_prices
from billing.gateways.stripe_events import LISTED
from billing.gateways.stripe_offers import every_plan
from billing.gateways.stripe_options import StripeOptions, Told, options_of
from billing.gateways.stripe_prices import sorted_out
from billing.gateways.stripe_publish import publish
from billing.gateways.stripe_shelf import packages_on_sale
from billing.gateways.stripe_values import branch
from billing.gateways.stripe_wares import package_shop, plan_shop, ware_of, ware_of_plan
from billing.rules.catalog import Package
from billing.rules.errors import ScripError
from billing.rules.moments import SECOND
from billing.rules.overdraft import CreditPrice
from billing.rules.plans import Catalogue
from billing.rules.subscriptions import Plan

KNOCK_SECONDS = 10


class StripeSetup:
    """See `preparation.Setup` for what each method promises."""

    event_types = frozenset(LISTED)
    api_version = stripe_setup_webhook.API_VERSION

    def __init__(self, options: StripeOptions) -> None:
        self._options = options
        self._calls = Calls(options, translate=for_operator(options))
        self._v1 = self._calls.client.v1

    @classmethod
    def of(cls, settings: Told) -> StripeSetup:
        """The account these settings lead to."""
        return cls(options_of(settings))

    def prepare(self, wanted: Wanted, tell: Callable[[Step], None], *, dry_run: bool = False) -> Prepared:
        bench = Bench(self._calls, tell, dry_run=dry_run)
        product, prices = self._publish_packages(bench, wanted.packages)
        plans_product, plan_prices = self._publish_plans(bench, wanted.plans)
        portal_ref = self._options.portal_configuration
        portal = stripe_setup_portal.configure(bench, wanted, portal_ref, plans_product, tuple(plan_prices.values()))
        endpoint, secret = None, None
        if wanted.webhook_url is not None:
            endpoint, secret = stripe_setup_webhook.listen(bench, wanted.webhook_url, self.event_types)
        return Prepared(
            product_ref=_made(product),
            plans_product_ref=_made(plans_product),
            portal_ref=_made(portal),
            webhook_ref=_made(endpoint),
            webhook_secret=secret,
            price_refs=_those_made(prices),
            plan_refs=_those_made(plan_prices),
        )

    def sync(self, wanted: Catalogue, tell: Callable[[Step], None], *, dry_run: bool = False) -> None:
        sync(Bench(self._calls, tell, dry_run=dry_run), self._options, wanted)

    def catalogue(self) -> Catalogue:
        return catalogue_on(shelf(self._calls))

    def account(self) -> AccountFound:
        heard: list[str | None] = []

        def ask() -> stripe.StripeObject:
            answer = self._v1.balance.retrieve()
            heard.append(answer.last_response.headers.get("date") if answer.last_response else None)
            return answer

        balance = self._calls.read(ask)
        return AccountFound(self._account_ref(), balance.get("livemode") is True, _micros(heard[-1]))

    def product(self, product_ref: str) -> ProductFound:
        product = self._calls.read(lambda: self._v1.products.retrieve(product_ref))
        return ProductFound(str(product.get("name")), product.get("active") is True)

    def on_sale(self) -> OnSale:
        options = self._options
        packages, left_out = sorted_out(
            packages_on_sale(self._calls, options),
            livemode=options.livemode,
            by_amount=options.credits_from == "amount",
            product=options.product,
        )
        if options.has_catalogue:
            packages += credit_packages(shelf(self._calls))
        return OnSale(packages, tuple((ref or "a price without an id", why) for ref, why in left_out))

    def credit_prices(self, name: str) -> tuple[CreditPrice, ...]:
        return credit_prices(self._calls, self._options, name)

    def plans(self) -> tuple[Plan, ...]:
        return tuple(each for each in every_plan(self._calls, self._options) if each.on_sale)

    def endpoints(self) -> tuple[EndpointFound, ...]:
        return tuple(
            EndpointFound(
                ref=str(one.get("id")),
                url=str(one.get("url")),
                enabled=one.get("status") == "enabled",
                types=frozenset(one.get("enabled_events") or ()),
                api_version=one.get("api_version"),
            )
            for one in stripe_setup_webhook.endpoints(self._calls)
        )

    def portals(self) -> tuple[PortalFound, ...]:
        return tuple(
            PortalFound(str(one.get("id")), one.get("active") is True, one.get("is_default") is True)
            for one in stripe_setup_portal.configurations(self._calls)
        )

    def tax(self) -> TaxFound:
        settings = self._calls.read(self._v1.tax.settings.retrieve)
        pending = (settings.get("status_details") or {}).get("pending") or {}
        return TaxFound(settings.get("status") == "active", tuple(pending.get("missing_fields") or ()))

    def knock(self, url: str) -> Knock:
        """A redirect is an answer: Stripe does not follow it either."""
        here = httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}
        try:
            with httpx.Client(timeout=KNOCK_SECONDS, trust_env=not here) as client:
                answer = client.post(url, content=b"{}", headers={"Content-Type": "application/json"})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Knock(0, "", trouble=type(error).__name__)
        return Knock(answer.status_code, answer.headers.get("content-type", "").partition(";")[0].strip())

    def close(self) -> None:
        self._calls.close()

    def _publish_packages(
        self, bench: Bench, packages: Sequence[Package] | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """The product and the prices of the packages, unless something made by hand is sold instead."""
        if packages is None:
            return None, {}
        shop, named = package_shop(self._options), self._options.price
        if named:
            price = self._calls.read(lambda: self._v1.prices.retrieve(named))
            if shop.mark not in branch(price, "metadata"):
                bench.keep(f"price {named}", "made by hand, so it is left alone")
                return None, {}
            shop = replace(shop, product=str(price.get("product")))
        return publish(bench, shop, [ware_of(each) for each in packages])

    def _publish_plans(self, bench: Bench, plans: Sequence[Plan]) -> tuple[str | None, Mapping[str, str]]:
        """The product people subscribe to and its prices, when there are plans."""
        if not plans:
            return self._options.subscription_product or None, {}
        return publish(bench, plan_shop(self._options), [ware_of_plan(each) for each in plans])

    def _account_ref(self) -> str | None:
        """A restricted key may not be allowed to know; that is no fault of it."""
        try:
            account = self._calls.read(self._v1.accounts.retrieve_current)
        except ScripError:
            return None
        return str(account.get("id"))


def _made(ref: str | None) -> str | None:
    return None if ref == NEW else ref


def _those_made(prices: Mapping[str, str]) -> dict[str, str]:
    return {key: ref for key, ref in prices.items() if ref != NEW}


def _micros(date: str | None) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp()) * SECOND if date else None
    except ValueError:
        return None
