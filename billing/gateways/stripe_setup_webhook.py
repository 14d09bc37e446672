"""The webhook endpoint at Stripe, for the events the portal reads. Only `billing/gateways/stripe_setup.py` imports it.

An endpoint made by hand is left alone, even when it has our address: two at one address would tell everything twice.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import stripe
from stripe.params import WebhookEndpointCreateParams, WebhookEndpointListParams, WebhookEndpointUpdateParams

from billing.gateways.stripe_base import everything
from billing.gateways.stripe_bench import Bench
from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_publish import SETUP
from billing.gateways.stripe_values import Json

API_VERSION = stripe.api_version or ""
"""The version the pinned SDK speaks, and its events are shaped by."""


def listen(bench: Bench, url: str, types: Collection[str]) -> tuple[str, str | None]:
    """The endpoint's id, and its signing secret when it was made just now."""
    here = [one for one in endpoints(bench.calls) if one.get("url") == url]
    by_hand = next((one for one in here if not _is_ours(one) and one.get("status") == "enabled"), None)
    if by_hand is not None:
        bench.keep(f"webhook endpoint {url}", "made by hand, so it is left alone; `scrip doctor` says what it lacks")
        return str(by_hand["id"]), None
    ours = [one for one in here if _is_ours(one)]
    usable = next((one for one in ours if fits(one.get("api_version"))), None)
    made = _made(bench, url, types) if usable is None else _adjusted(bench, usable, types)
    for old in ours:
        if old is not usable and old.get("status") == "enabled":
            _disable(bench, old)
    return str(made["id"]), made.get("secret") if usable is None else None


def endpoints(calls: Calls) -> list[Json]:
    """Every webhook endpoint of the account."""

    def page(after: str | None) -> Json:
        params: WebhookEndpointListParams = {"limit": 100}
        if after:
            params["starting_after"] = after
        return calls.read(lambda: calls.client.v1.webhook_endpoints.list(params))

    return list(everything(page))


def fits(api_version: object) -> bool:
    """Whether events of that version have our shape: it may change with the release's name, the word after the date."""
    return isinstance(api_version, str) and api_version.partition(".")[2] == API_VERSION.partition(".")[2]


def _made(bench: Bench, url: str, types: Collection[str]) -> Json:
    # The SDK's parameters are closed lists of words; ours come from the table of readers, which tests hold to them.
    params = cast(
        WebhookEndpointCreateParams,
        {
            "url": url,
            "enabled_events": sorted(types),
            "api_version": API_VERSION,
            "description": "Events of the credit portal",
            "metadata": {SETUP: "webhook"},
        },
    )
    why = f"{len(types)} types of events, in version {API_VERSION}"
    return bench.make(f"webhook endpoint {url}", why, lambda o: bench.v1.webhook_endpoints.create(params, o))


def _adjusted(bench: Bench, found: Json, types: Collection[str]) -> Json:
    ref, thing = str(found["id"]), f"webhook endpoint {found['url']}"
    there = set(found.get("enabled_events") or ())
    enabled = found.get("status") == "enabled"
    if enabled and there == set(types):
        bench.keep(thing, f"all {len(types)} types of events")
        return found
    told = (
        "" if enabled else "it was disabled",
        _listed("missing", set(types) - there),
        _listed("needless", there - set(types)),
    )
    params = cast(WebhookEndpointUpdateParams, {"enabled_events": sorted(types), "disabled": False})
    why = "; ".join(filter(None, told))
    return bench.change(thing, why, found, lambda o: bench.v1.webhook_endpoints.update(ref, params, o))


def _disable(bench: Bench, old: Json) -> None:
    ref = str(old["id"])
    bench.change(
        f"webhook endpoint {old['url']}",
        f"the one of version {old.get('api_version')} is disabled",
        old,
        lambda options: bench.v1.webhook_endpoints.update(ref, {"disabled": True}, options),
    )


def _listed(word: str, types: Collection[str]) -> str:
    return f"{word} {', '.join(sorted(types))}" if types else ""


def _is_ours(endpoint: Json) -> bool:
    return (endpoint.get("metadata") or {}).get(SETUP) == "webhook"
