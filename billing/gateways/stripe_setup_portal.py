"""Stripe's customer portal configured as this portal needs it. Only `billing/gateways/stripe_setup.py` imports it.

A configuration somebody made by hand, named in the settings, is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from stripe.params.billing_portal import ConfigurationCreateParams, ConfigurationListParams, ConfigurationUpdateParams

from billing.gateways.preparation import Wanted
from billing.gateways.stripe_base import everything
from billing.gateways.stripe_bench import Bench
from billing.gateways.stripe_calls import Calls
from billing.gateways.stripe_publish import SETUP
from billing.gateways.stripe_values import Json
from billing.rules.errors import NotFound
from billing.rules.subscriptions import Plan

PRODUCTS = "features.subscription_update.products"
LONGEST_HEADLINE = 60


def configure(bench: Bench, wanted: Wanted, named: str, plans_product: str | None, price_refs: Sequence[str]) -> str:
    """The id of the configuration: the one `named`, or one made here. `price_refs` are the prices of the plans."""
    params = _params(wanted, plans_product, price_refs)
    found = _found(bench, named)
    if found is None:
        why = f"cards, invoices, address, cancelling{_about_plans(wanted.plans)}"
        made = bench.make("customer portal", why, lambda o: bench.v1.billing_portal.configurations.create(params, o))
        return str(made["id"])
    ref = str(found["id"])
    if (found.get("metadata") or {}).get(SETUP) != "portal":
        bench.keep(f"customer portal {ref}", "made by hand, so it is left alone")
    elif found.get("active") and covers(found, dict(params)):
        bench.keep(f"customer portal {ref}", "as it shall be")
    else:
        changes = cast(ConfigurationUpdateParams, {**params, "active": True})
        why = f"not as it shall be: {', '.join(_differences(found, params))}"
        bench.change(
            f"customer portal {ref}",
            why,
            found,
            lambda o: bench.v1.billing_portal.configurations.update(ref, changes, o),
        )
    return ref


def configurations(calls: Calls) -> list[Json]:
    """Every configuration of the account, with the products people may change between."""

    def page(after: str | None) -> Json:
        params: ConfigurationListParams = {"limit": 100, "expand": [f"data.{PRODUCTS}"]}
        if after:
            params["starting_after"] = after
        return calls.read(lambda: calls.client.v1.billing_portal.configurations.list(params))

    return list(everything(page))


def covers(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted stands in what was found; Stripe adds names of its own, and orders lists anew."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(covers(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        together = isinstance(found, list) and len(found) == len(wanted)
        return together and all(any(covers(one, each) for one in found) for each in wanted)
    return bool(found == wanted)


def _params(wanted: Wanted, plans_product: str | None, price_refs: Sequence[str]) -> ConfigurationCreateParams:
    return {
        "name": wanted.headline,
        "business_profile": {"headline": wanted.headline[:LONGEST_HEADLINE]},
        "default_return_url": wanted.return_url,
        "metadata": {SETUP: "portal"},
        "features": {
            "payment_method_update": {"enabled": True},
            "invoice_history": {"enabled": True},
            "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id"]},
            "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            "subscription_update": {
                "enabled": True,
                "default_allowed_updates": ["price"],
                "proration_behavior": "create_prorations",
                "products": [{"product": plans_product, "prices": list(price_refs)}],
            }
            if plans_product and changeable(wanted.plans)
            else {"enabled": False},
        },
    }


def changeable(plans: Sequence[Plan]) -> bool:
    """Whether people may change between the plans there: Stripe wants another rhythm of each price of a product."""
    rhythms = {(plan.interval, plan.interval_count) for plan in plans}
    return 1 < len(plans) == len(rhythms)


def _about_plans(plans: Sequence[Plan]) -> str:
    if len(plans) < 2:
        return ""
    return ", change of plan" if changeable(plans) else "; no change of plan, for two plans have the same interval"


def _found(bench: Bench, ref: str) -> Json | None:
    """The configuration the settings name, else the one that was made here before."""
    if ref:
        try:
            return bench.calls.read(
                lambda: bench.v1.billing_portal.configurations.retrieve(ref, {"expand": [PRODUCTS]})
            )
        except NotFound:
            return None
    marked = [one for one in configurations(bench.calls) if (one.get("metadata") or {}).get(SETUP) == "portal"]
    return max(marked, key=lambda one: bool(one.get("active")), default=None)


def _differences(found: Json, params: ConfigurationCreateParams) -> list[str]:
    """The names of what is not as it shall be; NEW prices of a dry run count as such."""
    wanted = dict(params)
    features: dict[str, Any] = dict(params["features"])
    wrong = [name for name, value in wanted.items() if name != "features" and not covers(found.get(name), value)]
    there = found.get("features") or {}
    wrong += [name for name, value in features.items() if not covers(there.get(name), value)]
    return wrong or ["active"]
