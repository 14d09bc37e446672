"""How subscriptions begin at Stripe: trials, coupons, unfinished checkouts. For the `stripe*.py` beside it only.

A checkout cannot say that its subscription ends with its trial. So it leaves a mark, and whoever reads the
subscription acts upon that, once: afterwards its owner may want it to go on.
"""

from __future__ import annotations

from stripe.params import SubscriptionCreateParams, SubscriptionCreateParamsDiscount, SubscriptionCreateParamsItem
from stripe.params.checkout import (
    SessionCreateParams,
    SessionCreateParamsDiscount,
    SessionCreateParamsLineItem,
    SessionListParams,
)

from billing.gateways.stripe_base import StripeBase, everything, once, text
from billing.gateways.stripe_values import Json, branch
from billing.gateways.stripe_wares import PLAN
from billing.gateways.subscribing import Beginning
from billing.rules.errors import PaymentRefused
from billing.rules.subscriptions import Plan

AFTER_TRIAL, ENDS = "scrip_after_trial", "cancel"
"""Metadata key and value of a subscription that is to end with its trial."""


class StripeBeginnings(StripeBase):
    """See `subscribing.Beginnings` for what each method promises."""

    def begun_checkouts(self, customer_ref: str) -> tuple[str, ...]:
        def page(after: str | None) -> Json:
            params: SessionListParams = {"customer": customer_ref, "status": "open", "limit": 100}
            if after:
                params["starting_after"] = after
            return self._calls.read(lambda: self._v1.checkout.sessions.list(params))

        found = (each for each in everything(page) if each.get("mode") == "subscription")
        return tuple(text(each, "id") for each in found if PLAN in branch(each, "metadata"))

    def close_checkout(self, session_ref: str) -> bool:
        sessions, key = self._v1.checkout.sessions, once()
        try:
            self._calls.read(lambda: sessions.expire(session_ref, {}, {"idempotency_key": key}))
        except PaymentRefused:
            status = self._calls.read(lambda: sessions.retrieve(session_ref)).get("status")
            if status == "open":
                raise
            return status != "complete"
        return True

    def drop_unpaid(self, subscription_ref: str, idempotency_key: str) -> None:
        """By its invoice: one that was paid meanwhile cannot be voided, but its subscription could be cancelled."""
        v1, key = self._v1, idempotency_key
        found = self._calls.read(lambda: v1.subscriptions.retrieve(subscription_ref))
        if found.get("status") == "trialing":
            self._calls.read(lambda: v1.subscriptions.cancel(subscription_ref, {}, {"idempotency_key": key}))
        elif found.get("status") == "incomplete":
            invoice = text(found, "latest_invoice")
            self._calls.read(lambda: v1.invoices.void_invoice(invoice, {}, {"idempotency_key": key}))


def subscription_params(plan: Plan, customer_ref: str, how: Beginning) -> SubscriptionCreateParams:
    """A subscription whose first payment waits for the browser."""
    items: list[SubscriptionCreateParamsItem] = [
        {"price": price, "quantity": many} if many else {"price": price} for price, many in _sold(plan, how)
    ]
    params: SubscriptionCreateParams = {
        "customer": customer_ref,
        "items": items,
        "payment_behavior": "default_incomplete",
        "payment_settings": {"save_default_payment_method": "on_subscription"},
        "metadata": _marks(plan, how),
        "expand": ["latest_invoice.confirmation_secret", "pending_setup_intent"],
    }
    if how.trial_days:
        params["trial_period_days"] = how.trial_days
        params["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
    if how.reduction is not None:
        ref = how.reduction.ref
        chosen: SubscriptionCreateParamsDiscount = {"promotion_code": ref} if how.reduction.is_code else {"coupon": ref}
        params["discounts"] = [chosen]
    return params


def session_params(plan: Plan, customer_ref: str, how: Beginning) -> SessionCreateParams:
    """A checkout for the plan. Its own mark says that it is one of ours."""
    lines: list[SessionCreateParamsLineItem] = [
        {"price": price, "quantity": many} if many else {"price": price} for price, many in _sold(plan, how)
    ]
    params: SessionCreateParams = {
        "mode": "subscription",
        "line_items": lines,
        "currency": plan.amount.currency.lower(),
        "customer": customer_ref,
        "metadata": {PLAN: plan.key},
        "subscription_data": {"metadata": _marks(plan, how)},
    }
    if how.trial_days:
        params["subscription_data"]["trial_period_days"] = how.trial_days
        params["subscription_data"]["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
        params["payment_method_collection"] = "always" if how.needs_card else "if_required"
    if how.reduction is not None:
        ref = how.reduction.ref
        chosen: SessionCreateParamsDiscount = {"promotion_code": ref} if how.reduction.is_code else {"coupon": ref}
        params["discounts"] = [chosen]
    elif how.takes_codes:
        params["allow_promotion_codes"] = True
    return params


def _marks(plan: Plan, how: Beginning) -> dict[str, str]:
    return {PLAN: plan.key, AFTER_TRIAL: ENDS} if how.trial_days and how.ends_with_trial else {PLAN: plan.key}


def _sold(plan: Plan, how: Beginning) -> list[tuple[str, int]]:
    """The prices somebody subscribes to and how many of each; 0 where usage is metered: such a one has no quantity."""
    if not plan.items:
        return [(plan.price_ref, 1)]
    return [(item.price_ref, 0 if item.metered else how.seats if item.per_seat else 1) for item in plan.items]
