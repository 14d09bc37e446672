"""How packages, plans, subscriptions and credits read in Datalayer's answers. Only api/datalayer imports it.

Amounts of money are whole numbers of the currency's smallest unit, as these clients expect.
"""

from __future__ import annotations

from typing import Any

from billing import accounts, subscriptions
from billing.portal import Portal
from billing.rules.catalog import Package, preselected
from billing.rules.moments import iso
from billing.rules.money import Credits
from billing.rules.subscriptions import Plan, Subscription, opens, plan_of
from billing.rules.views import AccountView

FREE = "Free"


def prices(packages: tuple[Package, ...]) -> list[dict[str, Any]]:
    """The packages, cheapest first; one of them is the default."""
    first = preselected(packages)
    return [
        {
            "id": each.price_ref,
            "key": each.key,
            "name": each.name,
            "description": each.description,
            "amount": each.amount.minor,
            "currency": each.amount.currency.lower(),
            "credits": each.credits,
            "bonus": each.bonus,
            "own_amount": _own_amount(each) if each.own else None,
            "default": each is first,
        }
        for each in packages
    ]


def _own_amount(package: Package) -> dict[str, Credits]:
    least, most = package.limits
    return {"least": least, "most": most, "step": package.single.credits}


def catalog(offered: tuple[Plan, ...]) -> list[dict[str, Any]]:
    """The plans somebody can subscribe to; `id` is the price to send."""
    return [
        {
            "id": each.price_ref,
            "code": each.key,
            "name": each.name,
            "description": each.description,
            "amount": each.amount.minor,
            "currency": each.amount.currency.lower(),
            "interval": each.interval,
            "interval_count": each.interval_count,
            "included_runs": None,
        }
        for each in offered
    ]


def state(portal: Portal, account_id: str) -> dict[str, Any]:
    """The account's subscription with everything around it, as both of its doors answer."""
    offered, account = subscriptions.plans(portal), accounts.view(portal, account_id)
    told = plan(portal, account, offered)
    return {
        "account_uid": account_id,
        "plan": told,
        "subscription": told,
        "available_plans": catalog(offered),
        "portal": door_to_portal(portal),
    }


def plan(portal: Portal, account: AccountView, offered: tuple[Plan, ...]) -> dict[str, Any]:
    """A subscription, or the want of one, beside the wallet. Nothing here is a quota: credits are prepaid."""
    found, terms = subscriptions.current_with_plan(portal, account.id)
    wallet = {
        "account_uid": account.id,
        "account_handle": account.name,
        "wallet_balance": account.available,
        "wallet_quota": None,
        "wallet_is_quota": False,
        "included_runs": None,
        "current_runs": None,
        "remaining_runs": None,
        "current_credits": None,
    }
    return {**wallet, **(_nothing() if found is None else _subscribed(found, plan_of(offered, found, terms)))}


def door_to_portal(portal: Portal) -> dict[str, Any]:
    """Where plans are managed. Asked for often, so it costs no call; POST /checkout/portal opens the provider's own."""
    settings = portal.settings
    return {
        "url": settings.stripe.portal_url or f"{settings.public_url}/plan",
        "route": f"/{settings.checkout_route or 'buy'}",
        "is_modal": False,
        "metadata": {"stripe_key": settings.stripe.publishable_key},
    }


def _nothing() -> dict[str, Any]:
    return {
        "subscription_id": None,
        "plan_id": None,
        "plan_code": "free",
        "plan_name": FREE,
        "status": "none",
        "is_eligible": False,
        "current_period_start": None,
        "current_period_end": None,
        "cancel_at_period_end": False,
        "ends_at": None,
    }


def _subscribed(found: Subscription, known: Plan | None) -> dict[str, Any]:
    return {
        "subscription_id": found.id,
        "plan_id": found.price_ref,
        "plan_code": known.key if known else found.price_ref,
        "plan_name": known.name if known else "Subscription",
        "status": found.status,
        "is_eligible": opens(found),
        "amount": found.amount.minor,
        "currency": found.amount.currency.lower(),
        "interval": found.interval,
        "current_period_start": iso(found.period_start),
        "current_period_end": iso(found.period_end),
        "cancel_at_period_end": found.is_ending,
        "ends_at": None if found.ends_at is None else iso(found.ends_at),
    }
