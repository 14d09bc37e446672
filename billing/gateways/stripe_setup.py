"""Prepares a Stripe account, and looks at one. `app.py` builds it; verbs see `preparation.Setup` only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from billing.gateways.stripe_calls import Calls, Json
from billing.gateways.stripe_events import READERS
from billing.gateways.stripe_offers import PACKAGE, of_package, of_plan
from billing.gateways.stripe_options import StripeOptions, Told, options_of
from billing.gateways.stripe_plans import plans_of
from billing.gateways.stripe_prices import sorted_out
from billing.gateways.stripe_publish import Shop, active_prices, publish
from billing.rules.errors import ScripError
from billing.rules.moments import SECOND
from billing.rules.subscriptions import Plan

KNOCK_SECONDS = 10
TAX_BEHAVIORS = {True: "inclusive", False: "exclusive", None: None}


class StripeSetup:
    """See `preparation.Setup` for what each method promises."""

    event_types = frozenset(READERS)
    api_version = stripe_setup_webhook.API_VERSION

    def __init__(self, options: StripeOptions, subscription_product: str | None = None) -> None:
        self._options = options
        self._subscription_product = subscription_product
        self._calls = Calls(options, translate=for_operator(options))

    @classmethod
    def of(cls, settings: Told) -> StripeSetup:
        """The account these settings lead to."""
        return cls(options_of(settings), settings.stripe.subscription_product)

    def prepare(self, wanted: Wanted, tell: Callable[[Step], None], *, dry_run: bool = False) -> Prepared:
        bench = Bench(self._calls, tell, dry_run=dry_run)
        behavior = TAX_BEHAVIORS[wanted.tax_included]
        product, prices = self._publish_packages(bench, wanted, behavior)
        plans_product, plan_prices = self._publish_plans(bench, wanted, behavior)
        portal = stripe_setup_portal.configure(bench, wanted, plans_product, plan_prices)
        endpoint, secret = None, None
        if wanted.webhook_url is not None:
            endpoint, secret = stripe_setup_webhook.listen(bench, wanted.webhook_url, self.event_types)
        return Prepared(
            product_ref=_made(product),
            plans_product_ref=_made(plans_product),
            portal_ref=_made(portal),
            webhook_ref=_made(endpoint),
            webhook_secret=secret,
            price_refs={key: ref for key, ref in prices.items() if ref != NEW},
        )

    def account(self) -> AccountFound:
        heard: list[str | None] = []

        def ask() -> stripe.StripeObject:
            answer = self._calls.client.v1.balance.retrieve()
            heard.append(answer.last_response.headers.get("date") if answer.last_response else None)
            return answer

        balance = self._calls.read(ask)
        return AccountFound(self._account_ref(), balance.get("livemode") is True, _micros(heard[-1]))

    def product(self, product_ref: str) -> ProductFound:
        product = self._calls.read(lambda: self._calls.client.v1.products.retrieve(product_ref))
        return ProductFound(str(product.get("name")), product.get("active") is True)

    def on_sale(self) -> OnSale:
        prices = active_prices(self._calls, self._options.product)
        packages, left_out = sorted_out(prices, livemode=self._options.livemode)
        return OnSale(packages, tuple((ref or "a price without an id", why) for ref, why in left_out))

    def plans(self) -> tuple[Plan, ...]:
        product = self._subscription_product
        return plans_of(active_prices(self._calls, product, "recurring")) if product else ()

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
        settings = self._calls.read(self._calls.client.v1.tax.settings.retrieve)
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
        self, bench: Bench, wanted: Wanted, behavior: str | None
    ) -> tuple[str | None, Mapping[str, str]]:
        """The product and the prices of the packages, unless something made by hand is sold instead."""
        if wanted.packages is None:
            return None, {}
        ref = wanted.product_ref
        if wanted.price_ref:
            price = self._price(wanted.price_ref)
            if PACKAGE not in (price.get("metadata") or {}):
                bench.keep(f"price {wanted.price_ref}", "made by hand, so it is left alone")
                return None, {}
            ref = str(price.get("product"))
        shop = Shop("packages", ref, f"{wanted.product_name} credits", wanted.tax_code)
        return publish(bench, shop, [of_package(each, behavior) for each in wanted.packages])

    def _publish_plans(self, bench: Bench, wanted: Wanted, behavior: str | None) -> tuple[str | None, tuple[str, ...]]:
        """The product people subscribe to and its prices; nothing when there are no plans."""
        if not wanted.plans:
            return wanted.plans_product_ref, ()
        shop = Shop("plans", wanted.plans_product_ref, f"{wanted.product_name} subscription", wanted.tax_code)
        product, prices = publish(bench, shop, [of_plan(plan, behavior) for plan in wanted.plans])
        return product, tuple(prices.values())

    def _price(self, ref: str) -> Json:
        return self._calls.read(lambda: self._calls.client.v1.prices.retrieve(ref))

    def _account_ref(self) -> str | None:
        """A restricted key may not be allowed to know; that is no fault of it."""
        try:
            account = self._calls.read(self._calls.client.v1.accounts.retrieve_current)
        except ScripError:
            return None
        return str(account.get("id"))


def _made(ref: str | None) -> str | None:
    return None if ref == NEW else ref


def _micros(date: str | None) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp()) * SECOND if date else None
    except ValueError:
        return None
