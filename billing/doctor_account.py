"""Examines the provider's account: keys, prices, portal, tax, webhooks, clock. Only `billing/doctor.py` imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from billing import setup as setting_up
from billing.gateways.preparation import EndpointFound, Setup
from billing.rules.errors import NotFound, ScripError
from billing.rules.moments import SECOND, Clock
from billing.settings import Settings

PROBLEM = "application/problem+json"
MOST_SECONDS = 60
"""A clock further off would soon refuse genuine webhooks: their signatures are believed for 300 seconds."""


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, and how it is or what to do."""

    state: State
    about: str
    told: str

    def __str__(self) -> str:
        return f"{self.state:<7}  {self.about}: {self.told}"


Findings = Iterator[Finding]


def examine(settings: Settings, setup: Setup, clock: Clock) -> Findings:
    """Key first: when it is not accepted, nothing else can be known."""
    try:
        account = setup.account()
    except ScripError as error:
        yield Finding(State.WRONG, "key", error.sentence)
        yield _reach(settings, setup)
        return
    yield _key(settings, account.livemode)
    yield _publishable(settings)
    yield _account(settings, account.account_ref)
    yield _clock(account.answered_at, clock())
    for about, look in (
        ("product", _product),
        ("prices", _prices),
        ("overdraft", _overdraft),
        ("plans", _plans),
        ("customer portal", _portal),
        ("tax", _tax),
        ("webhook endpoint", _endpoint),
    ):
        yield from _looked(about, look, settings, setup)
    yield _reach(settings, setup)


def _looked(about: str, look: Callable[[Settings, Setup], Findings], settings: Settings, setup: Setup) -> Findings:
    """What the provider refuses to tell, perhaps to a restricted key, is unknown and not wrong."""
    try:
        yield from look(settings, setup)
    except ScripError as error:
        yield Finding(State.UNKNOWN, about, error.sentence)


def _key(settings: Settings, livemode: bool) -> Finding:
    if livemode != (settings.mode == "live"):
        kind = "live" if livemode else "test"
        return Finding(
            State.WRONG, "key", f"the account answers in {kind} mode, the settings are in {settings.mode} mode"
        )
    return Finding(State.OK, "key", f"accepted, {settings.mode} mode")


def _publishable(settings: Settings) -> Finding:
    key, live = settings.stripe.publishable_key, settings.mode == "live"
    if not key and settings.purchase.surface == "hosted":
        return Finding(State.OK, "publishable key", "not set, and not needed for Checkout on its own page")
    if not key:
        return Finding(
            State.WRONG, "publishable key", "stripe.publishable_key is not set; copy it beside the secret key"
        )
    if key.startswith("pk_live_") != live:
        return Finding(
            State.WRONG, "publishable key", "it is of the other mode than stripe.api_key; use two of one mode"
        )
    return Finding(State.OK, "publishable key", "of the same mode; only a browser can show whether it is accepted")


def _account(settings: Settings, ref: str | None) -> Finding:
    named = settings.stripe.account
    if ref is None:
        return Finding(State.UNKNOWN, "account", "this key may not read it; compare it in the dashboard")
    if named and named != ref:
        return Finding(State.WRONG, "account", f"the key belongs to {ref}, stripe.account names {named}; correct one")
    return Finding(State.OK, "account", ref)


def _clock(answered_at: int | None, now: int) -> Finding:
    if answered_at is None:
        return Finding(State.UNKNOWN, "clock", "the provider's answer has no date")
    apart = abs(now - answered_at) // SECOND
    if apart >= MOST_SECONDS:
        return Finding(State.WRONG, "clock", f"{apart} seconds from the provider's; let this machine keep time by NTP")
    return Finding(State.OK, "clock", f"{apart} seconds from the provider's")


def _product(settings: Settings, setup: Setup) -> Findings:
    stripe = settings.stripe
    for name, ref in (("stripe.product", stripe.product), ("stripe.subscription_product", stripe.subscription_product)):
        if ref is None:
            continue
        try:
            product = setup.product(ref)
        except NotFound:
            told = f"{name} names {ref}, which is not in this account and mode; run `scrip setup-stripe`"
            yield Finding(State.WRONG, "product", told)
            continue
        if product.active:
            yield Finding(State.OK, "product", f"{ref} ({product.name})")
        else:
            yield Finding(
                State.WRONG, "product", f"{ref} is archived; run `scrip setup-stripe`, or activate it by hand"
            )


def _prices(settings: Settings, setup: Setup) -> Findings:
    if not settings.sells_credits:
        return
    found = setup.on_sale()
    for ref, why in found.left_out:
        yield Finding(State.WRONG, f"price {ref}", f"not on sale: {why}")
    if not found.packages:
        if settings.sells_packages:
            yield Finding(State.WRONG, "prices", "nothing can be bought; run `scrip setup-stripe`, or mend the prices")
        return
    listed = ", ".join(f"{each.key} {each.amount} for {each.credits}" for each in found.packages)
    yield Finding(State.OK, "prices", listed)
    yield Finding(State.OK, "currencies", ", ".join(sorted({each.amount.currency for each in found.packages})))


def _overdraft(settings: Settings, setup: Setup) -> Findings:
    """By what credits below zero are invoiced."""
    named = settings.overdraft.product
    if named and (found := setup.credit_prices(named)):
        listed = ", ".join(f"{each.amount} for {each.credits}" for each in found)
        yield Finding(State.OK, "overdraft", f"{named}, {listed}")
    elif named:
        yield Finding(State.WRONG, "overdraft", f"overdraft.product names {named}, which says no price of credits")


def _plans(settings: Settings, setup: Setup) -> Findings:
    needed, catalog = settings.purchase.needs_subscription, settings.catalog
    if needed == "none" and not (catalog.sold_plans or catalog.plan_files):
        return
    plans = setup.plans()
    serving = [
        plan for plan in plans if needed in ("none", "any") or (plan.interval, plan.interval_count) == (needed, 1)
    ]
    if not serving:
        rhythm = "" if needed in ("none", "any") else f" every {needed}"
        command = "sync-plans" if catalog.plan_files else "setup-stripe"
        yield Finding(State.WRONG, "plans", f"there is none charged{rhythm} to subscribe to; run `scrip {command}`")
        return
    yield Finding(State.OK, "plans", ", ".join(f"{plan.key} {plan.amount} every {plan.interval}" for plan in serving))


def _portal(settings: Settings, setup: Setup) -> Findings:
    ref = settings.stripe.portal_configuration
    found = next((one for one in setup.portals() if (one.ref == ref if ref else one.is_default)), None)
    if found is None:
        missing = f"{ref} is not in this account" if ref else "there is no configuration"
        yield Finding(State.WRONG, "customer portal", f"{missing}; run `scrip setup-stripe` and set what it prints")
    elif not found.active:
        yield Finding(State.WRONG, "customer portal", f"{found.ref} is switched off; run `scrip setup-stripe`")
    else:
        own = "" if ref else ", the account's default, for stripe.portal_configuration is not set"
        yield Finding(State.OK, "customer portal", f"{found.ref}{own}")


def _tax(settings: Settings, setup: Setup) -> Findings:
    if not settings.tax.automatic:
        return
    found = setup.tax()
    if found.active:
        yield Finding(State.OK, "tax", "Stripe Tax is active")
        return
    missing = f" ({', '.join(found.missing)} missing)" if found.missing else ""
    yield Finding(State.WRONG, "tax", f"tax.automatic is set, but Stripe Tax is not active{missing}; finish it there")


def _endpoint(settings: Settings, setup: Setup) -> Findings:
    ours = setting_up.webhook_urls(settings)
    here = [one for one in setup.endpoints() if one.url in ours]
    if not here:
        told = f"none leads to {setting_up.own_webhook_url(settings)}; run `scrip setup-stripe`"
        by_itself = Finding(State.OK, "webhook endpoint", "the sandbox posts to its portal by itself")
        yield by_itself if settings.mode == "sandbox" else Finding(State.WRONG, "webhook endpoint", told)
        return
    enabled = [one for one in here if one.enabled]
    if not enabled:
        yield Finding(State.WRONG, "webhook endpoint", f"{here[0].url} is disabled; run `scrip setup-stripe`")
    if len(enabled) > 1:
        told = f"{len(enabled)} lead here, so every event comes as often; disable all but one"
        yield Finding(State.WRONG, "webhook endpoint", told)
    for one in enabled:
        yield _subscribed(one, setup)


def _subscribed(endpoint: EndpointFound, setup: Setup) -> Finding:
    missing = sorted(setup.event_types - endpoint.types)
    if missing and "*" not in endpoint.types:
        told = f"{endpoint.url} does not get {', '.join(missing)}; run `scrip setup-stripe`, or add them by hand"
        return Finding(State.WRONG, "webhook endpoint", told)
    version = endpoint.api_version
    if version is None:
        told = f"{endpoint.url} has the account's own version of the API; make one of {setup.api_version}"
        return Finding(State.UNKNOWN, "webhook endpoint", told)
    if version.partition(".")[2] != setup.api_version.partition(".")[2]:
        told = f"{endpoint.url} sends version {version}, not {setup.api_version}; run `scrip setup-stripe`"
        return Finding(State.WRONG, "webhook endpoint", told)
    return Finding(State.OK, "webhook endpoint", f"{endpoint.url} gets all {len(setup.event_types)} types, {version}")


def _reach(settings: Settings, setup: Setup) -> Finding:
    """An unsigned event must be refused, and in our own words: then the portal, and no other, listens there."""
    url = setting_up.own_webhook_url(settings)
    answer = setup.knock(url)
    if answer.status == 0:
        return Finding(State.WRONG, "reachability", f"{url} does not answer ({answer.trouble}); is the portal running?")
    if answer.status != 400 or answer.media_type != PROBLEM:
        told = (
            f"{url} answers {answer.status} {answer.media_type}: that is not this portal; mind the proxy and the path"
        )
        return Finding(State.WRONG, "reachability", told)
    return Finding(State.OK, "reachability", f"{url} answers, and refuses what is not signed")
