"""Prepares the provider's account for these settings, and says which settings to put in place. cli and app call it.

It needs no database: it comes before there is one. What it made it finds again by marks, so it may run at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from billing.gateways.preparation import Act, Prepared, Setup, Step, Wanted
from billing.rules.errors import BadInput
from billing.rules.moments import Clock
from billing.settings import Settings
from billing.settings_form import PREFIX
from billing.settings_values import is_loopback

WEBHOOK_PATH = "/webhooks/stripe"
"""Where every portal takes webhooks; a profile may have paths besides."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What there is before there is a portal: its settings, and the provider's account they lead to.

    `setup` is None for a provider without accounts.
    """

    settings: Settings
    setup: Setup | None
    clock: Clock


def run(
    here: Installation, tell: Callable[[Step], None], *, dry_run: bool = False, webhook_url: str | None = None
) -> Prepared:
    """Makes the account as the settings want it; `tell` hears each step. A dry run only tells.

    Raises BadInput when there is no account, or for a webhook address that cannot be one, and what `Setup` raises.
    """
    if here.setup is None:
        raise BadInput("There is no Stripe account to prepare: set stripe.api_key, and take dummy away.")
    url, why_none = _endpoint(here.settings, webhook_url)
    if here.settings.stripe.lookup_keys:
        tell(Step(Act.KEEP, "packages", "stripe.lookup_keys names what is on sale, so it is left alone"))
    if here.settings.stripe.plan_prices:
        tell(Step(Act.KEEP, "plans", "stripe.plan_prices names them, so they are left alone"))
    if here.settings.stripe.plan_lookup_keys:
        tell(Step(Act.KEEP, "plans", "stripe.plan_lookup_keys names them, so they are left alone"))
    prepared = here.setup.prepare(wanted(here.settings, url), tell, dry_run=dry_run)
    if why_none:
        tell(Step(Act.KEEP, "webhook endpoints", why_none))
    return prepared


def wanted(settings: Settings, webhook_url: str | None = None) -> Wanted:
    """How the account shall be for these settings."""
    stripe, catalog = settings.stripe, settings.catalog
    plans = tuple(each.plan for each in catalog.sold_plans)
    return Wanted(
        headline=settings.product_name,
        return_url=settings.public_url,
        packages=None if stripe.lookup_keys or not settings.sells_packages else catalog.sold_packages,
        plans=() if stripe.plan_lookup_keys or stripe.plan_prices else plans,
        webhook_url=webhook_url,
    )


def own_webhook_url(settings: Settings) -> str:
    """Where this portal takes its webhooks: at its profile's own path when it has one."""
    return settings.public_url + (settings.webhook_paths[0] if settings.webhook_paths else WEBHOOK_PATH)


def webhook_urls(settings: Settings) -> frozenset[str]:
    """Every address at which this portal takes webhooks."""
    return frozenset(settings.public_url + path for path in (WEBHOOK_PATH, *settings.webhook_paths))


def filled_in(settings: Settings, prepared: Prepared) -> Settings:
    """The settings with what was just made, where they name nothing themselves."""
    stripe = settings.stripe
    changes = {
        "product": stripe.product or prepared.product_ref,
        "subscription_product": stripe.subscription_product or prepared.plans_product_ref,
        "portal_configuration": stripe.portal_configuration or prepared.portal_ref,
    }
    return settings.model_copy(update={"stripe": stripe.model_copy(update=changes)})


def to_put_in_place(settings: Settings, prepared: Prepared, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables and values of what is not in place yet. `names` are the variables by the settings' dotted names."""
    stripe = settings.stripe
    sold = (
        ("stripe.price", stripe.price, _only_price(prepared))
        if _sells_one_price(settings, prepared, names)
        else ("stripe.product", stripe.product, None if stripe.lookup_keys else prepared.product_ref)
    )
    named = (
        sold,
        *_plans_named(settings, prepared, names),
        ("stripe.portal_configuration", stripe.portal_configuration, prepared.portal_ref),
    )
    if settings.mode != "sandbox":  # there, the portal finds everything by itself
        yield from ((names[name], made) for name, there, made in named if made and made != there)
    if prepared.webhook_secret:
        yield names["stripe.webhook_secrets"], prepared.webhook_secret


def _plans_named(
    settings: Settings, prepared: Prepared, names: Mapping[str, str]
) -> list[tuple[str, str | None, str | None]]:
    """Each plan's price where the profile has names for them, else the product all plans are prices of."""
    there = settings.stripe.plan_prices
    each = [(f"stripe.plan_prices.{key}", there.get(key), ref) for key, ref in prepared.plan_refs.items()]
    if each and not settings.stripe.subscription_product and all(name in names for name, _there, _made in each):
        return [*each]
    return [("stripe.subscription_product", settings.stripe.subscription_product, prepared.plans_product_ref)]


def _sells_one_price(settings: Settings, prepared: Prepared, names: Mapping[str, str]) -> bool:
    """Whether the price is named, not its product: it is already, or only that has a name of the profile's own."""
    if settings.stripe.price or settings.stripe.product:
        return settings.stripe.price is not None
    own = {name for name in ("stripe.price", "stripe.product") if not names[name].startswith(PREFIX)}
    return own == {"stripe.price"} and _only_price(prepared) is not None


def _only_price(prepared: Prepared) -> str | None:
    refs = list(prepared.price_refs.values())
    return refs[0] if len(refs) == 1 else None


def _endpoint(settings: Settings, given: str | None) -> tuple[str | None, str]:
    """The address to make an endpoint for; or none, and why."""
    if given is not None:
        return _address(given), ""
    if settings.mode == "sandbox":
        return None, "the sandbox posts to its portal by itself"
    if is_loopback(settings.public_url):
        return None, (
            f"{settings.public_url} is this machine, which Stripe cannot reach: set public_url, give --webhook-url,"
            f" or forward events with `stripe listen --forward-to {own_webhook_url(settings)}`"
        )
    return own_webhook_url(settings), ""


def _address(given: str) -> str:
    parts = urlsplit(given.strip())
    plain = not (parts.query or parts.fragment or parts.username)
    if (
        parts.scheme in ("https", "http")
        and parts.hostname
        and plain
        and (parts.scheme == "https" or is_loopback(given))
    ):
        return given.strip()
    raise BadInput(
        "The webhook's address must begin with https:// and name a host, such as https://example.org/webhooks/stripe.",
        field="webhook_url",
    )
