"""What the portal refuses to start with, each in one line that says what to do. Only `billing/settings*.py` import it.

SAFETY holds always. READINESS may still be lacking while `scrip setup-stripe` prepares an account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from billing.settings_form import Settings
from billing.settings_groups import STRIPE_API, STRIPE_JS
from billing.settings_values import SettingsError, is_loopback

SECRET_LENGTH, SECRET_VARIETY = 32, 8


def refuse_contradictions(settings: Settings, *, setting_up: bool = False) -> Settings:
    """The settings themselves when nothing speaks against them, else SettingsError with the first line."""
    for group in SAFETY if setting_up else (*SAFETY, *READINESS):
        for line in group(settings):
            raise SettingsError(line)
    return settings


def lacking(settings: Settings) -> Iterator[str]:
    """Everything that must still be set before the portal can start; `setting_up` let it be missing."""
    for group in READINESS:
        yield from group(settings)


def _keys(settings: Settings) -> Iterator[str]:
    """Keys of one mode only: a live key among test ones charges real cards for play, or the reverse."""
    stripe, live = settings.stripe, settings.mode == "live"
    publishable = stripe.publishable_key
    if publishable and publishable.startswith("pk_live_") != live:
        kind, other = ("live", "test") if live else ("test", "live")
        if settings.is_play:
            yield "stripe.publishable_key is live but there is no stripe.api_key: set the live one, or neither."
        yield f"stripe.api_key is a {kind} key but stripe.publishable_key is a {other} one: use two of the same mode."
    if stripe.api_key is None:
        for name in ("price", "lookup_keys", "plan_lookup_keys", "plan_prices"):
            if getattr(stripe, name):
                yield f"stripe.{name} is set but there is no stripe.api_key: only a Stripe account can know it."


def _dummy(settings: Settings) -> Iterator[str]:
    """What approves every payment must never stand where a payment is meant."""
    if settings.dummy is None:
        return
    if settings.mode == "live":
        yield "dummy is set beside a live stripe.api_key: remove dummy, it approves every payment."
    if settings.stripe.api_key is not None:
        yield "dummy is set beside stripe.api_key: keep one, dummy approves every payment and never asks Stripe."
    if settings.environment == "production":
        yield "dummy is set in production, where it would give credits away: set stripe.api_key instead."


def _addresses(settings: Settings) -> Iterator[str]:
    """Another address than Stripe's is believed only where no real money can be meant."""
    for name, value, own in (
        ("api_base", settings.stripe.api_base, STRIPE_API),
        ("js_url", settings.stripe.js_url, STRIPE_JS),
    ):
        if value == own:
            continue
        if settings.mode == "dummy":
            yield f"stripe.{name} is set beside dummy, which never asks Stripe: remove one of them."
        if settings.mode != "sandbox":
            yield f"stripe.{name} is not Stripe's although there is a {settings.mode} stripe.api_key: remove it."
        if not is_loopback(value):
            yield f"stripe.{name} must be Stripe's or an address of this machine."
    if settings.port == settings.sandbox_port and settings.mode == "sandbox":
        yield "port and sandbox_port are the same: give the sandbox another port."
    if (settings.stripe.portal_url or "").startswith("http://") and not settings.is_play:
        yield "stripe.portal_url is http: copy the customer portal's address from Stripe (https://billing.stripe.com/...)."


def _plans(settings: Settings) -> Iterator[str]:
    needed, plans = settings.purchase.needs_subscription, settings.catalog.sold_plans
    for key in sorted(settings.stripe.plan_prices.keys() - {plan.key for plan in plans}):
        yield f"stripe.plan_prices has a price of {key}, but catalog.plans has no such plan to sell."
    if plans and needed in ("month", "year") and all(plan.interval != needed for plan in plans):
        yield f"purchase.needs_subscription is {needed}, but no plan of catalog.plans is charged by the {needed}."


def _organisations(settings: Settings) -> Iterator[str]:
    if settings.organisations.only and not settings.organisations.enabled:
        yield "organisations.only is set, so nobody could buy: set organisations.enabled as well."
    if settings.oidc.organisation_claim and not settings.organisations.enabled:
        yield "oidc.organisation_claim is set, but organisations are not enabled: set organisations.enabled as well."


def _mail(settings: Settings) -> Iterator[str]:
    """A folder named by mistake would show only when a mail reads as it did before."""
    folder = settings.mail.templates
    if folder and not Path(folder).is_dir():
        yield f"mail.templates is {folder}, which is no folder: name one, or remove it."
    if settings.mail.by(is_play=settings.is_play) == "file" and settings.environment == "production":
        yield "mail.transport is file in production, where nobody would get any mail: set mail.host, or none."


def _production(settings: Settings) -> Iterator[str]:
    if settings.environment == "development":
        if settings.mode == "live":
            yield "environment is development but stripe.api_key is live: remove environment, or use a test key."
        return
    if settings.mode == "sandbox":
        yield "stripe.api_key is not set, and the sandbox never runs in production: set the key of your Stripe account."
    if not settings.public_url.startswith("https://"):
        yield "public_url is http in production: set the https address people use."
    secret = settings.session.secret.get_secret_value() if settings.session.secret else ""
    if len(secret) < SECRET_LENGTH or len(set(secret)) < SECRET_VARIETY:
        yield f"session.secret needs {SECRET_LENGTH} random characters in production: use `openssl rand -hex 32`."


def _readiness(settings: Settings) -> Iterator[str]:
    """A missing part would show only at the first payment, and then to a customer."""
    if settings.is_play:
        return
    stripe, purchase = settings.stripe, settings.purchase
    if not stripe.webhook_secrets:
        yield "stripe.webhook_secrets is empty: copy the signing secret (whsec_...) of your endpoint from Stripe."
    if not stripe.publishable_key and purchase.surface != "hosted":
        yield "stripe.publishable_key is not set: copy it from Stripe, beside the secret key."
    yield from _on_sale(settings)
    has_plans = (
        stripe.subscription_product or stripe.plan_lookup_keys or stripe.plan_prices or settings.catalog.plan_files
    )
    if purchase.needs_subscription != "none" and not has_plans:
        yield (
            f"stripe.subscription_product is not set, but purchase.needs_subscription is {purchase.needs_subscription}:"
            " name the product people subscribe to (prod_...), or stripe.plan_lookup_keys."
        )
    if not settings.oidc.configured:
        yield "oidc is not set, so nobody could sign in: set oidc.issuer, oidc.client_id and oidc.client_secret."


def _on_sale(settings: Settings) -> Iterator[str]:
    """Exactly one of three says what is sold; two could contradict each other, and nobody would know which holds."""
    ways = [f"stripe.{name}" for name in ("product", "price", "lookup_keys") if getattr(settings.stripe, name)]
    if not ways and settings.sells_packages:
        yield (
            "stripe.product is not set: name the product whose prices are the packages (prod_...), or the only"
            " price in stripe.price, or some in stripe.lookup_keys."
        )
    if len(ways) > 1:
        yield f"{' and '.join(ways)} are set together: keep the one that says what is on sale."


Rule = Callable[[Settings], Iterator[str]]
SAFETY: tuple[Rule, ...] = (_keys, _dummy, _addresses, _plans, _organisations, _production, _mail)
READINESS: tuple[Rule, ...] = (_readiness,)
