"""Changes of plans at Stripe. Only `billing/gateways/stripe.py` imports it; what they cost is in `stripe_reckoning.py`.

A change now is one update of the subscription. A change at the end of the period is a schedule, which is let go when it
is not wanted any more.
"""

from __future__ import annotations

from stripe.params import (
    PromotionCodeListParams,
    SubscriptionScheduleCreateParams,
    SubscriptionScheduleUpdateParams,
    SubscriptionUpdateParams,
    SubscriptionUpdateParamsDiscount,
)

from billing.gateways.changing import Change, Reduction
from billing.gateways.stripe_base import believed, text
from billing.gateways.stripe_pending import needs_action, waiting
from billing.gateways.stripe_reckoning import StripeReckoning, items_of
from billing.gateways.stripe_schedules import OPEN, phases_of
from billing.gateways.stripe_values import Json, branch, plain, ref_or_none
from billing.gateways.stripe_wares import PLAN
from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.moments import SECOND
from billing.rules.plan_changes import Collection, Proration


class StripeChanges(StripeReckoning):
    """See `changing.Changes` for what each method promises."""

    def change_now(self, change: Change, idempotency_key: str) -> None:
        params = _update_of(change)
        try:
            self._ask_for(change, params, f"{idempotency_key}:now")
        except PaymentRefused as refused:
            if not needs_action(refused):
                raise
            self._ask_for(change, waiting(change, params), f"{idempotency_key}:paid")
            return
        # Only now: a card that says no must not have dropped what was planned.
        if change.subscription.schedule_ref is not None:
            self.drop_planned(change.subscription.schedule_ref, idempotency_key)

    def change_later(self, change: Change, idempotency_key: str) -> None:
        schedule = self._schedule_for(change, f"{idempotency_key}:schedule")
        params: SubscriptionScheduleUpdateParams = {
            "phases": believed(schedule, lambda thing: phases_of(thing, change)),
            "end_behavior": "release",
            "proration_behavior": "none",
        }
        reference, schedules = text(schedule, "id"), self._v1.subscription_schedules
        key = f"{idempotency_key}:phases"
        self._calls.read(lambda: schedules.update(reference, params, {"idempotency_key": key}))

    def drop_planned(self, schedule_ref: str, idempotency_key: str) -> None:
        schedules, key = self._v1.subscription_schedules, f"{idempotency_key}:release"
        if self._calls.read(lambda: schedules.retrieve(schedule_ref)).get("status") in OPEN:
            self._calls.read(lambda: schedules.release(schedule_ref, {}, {"idempotency_key": key}))

    def reduction(self, code: str, customer_ref: str) -> Reduction | None:
        """One made for this customer wins over one of the same letters for everybody."""
        params: PromotionCodeListParams = {
            "code": code,
            "active": True,
            "limit": 10,
            "expand": ["data.promotion.coupon"],
        }
        listed = self._calls.read(lambda: self._v1.promotion_codes.list(params)).get("data") or []
        meant = {believed(each, _owner): each for each in listed}
        found = meant.get(customer_ref) or meant.get(None)
        if found is None:
            return None
        return Reduction(text(found, "id"), True, _named(branch(branch(found, "promotion"), "coupon"), code))

    def coupon(self, coupon_ref: str) -> Reduction | None:
        try:
            found = self._calls.read(lambda: self._v1.coupons.retrieve(coupon_ref))
        except NotFound:
            return None
        return Reduction(text(found, "id"), False, _named(found, coupon_ref)) if found.get("valid") is True else None

    def _ask_for(self, change: Change, params: SubscriptionUpdateParams, key: str) -> None:
        reference, subscriptions = change.subscription.subscription_ref, self._v1.subscriptions
        self._calls.read(lambda: subscriptions.update(reference, params, {"idempotency_key": key}))

    def _schedule_for(self, change: Change, key: str) -> Json:
        """The one that is there, or a new one that so far lets everything be as it is."""
        known, schedules = change.subscription.schedule_ref, self._v1.subscription_schedules
        if known is not None:
            return self._calls.read(lambda: schedules.retrieve(known))
        params: SubscriptionScheduleCreateParams = {"from_subscription": change.subscription.subscription_ref}
        return self._calls.read(lambda: schedules.create(params, {"idempotency_key": key}))


def _update_of(change: Change) -> SubscriptionUpdateParams:
    """Whole or not at all: with `error_if_incomplete` a change whose payment fails has not happened."""
    params: SubscriptionUpdateParams = {
        "items": items_of(change),
        "proration_behavior": change.proration.value,
        "metadata": {PLAN: change.plan_key},
    }
    if change.ends_trial:
        params["trial_end"] = "now"
    elif change.proration is not Proration.NONE:
        params["proration_date"] = change.moment // SECOND
    if change.takes_end_back:
        params["cancel_at_period_end"] = False
    if change.reduction is not None:
        ref = change.reduction.ref
        chosen: SubscriptionUpdateParamsDiscount = (
            {"promotion_code": ref} if change.reduction.is_code else {"coupon": ref}
        )
        params["discounts"] = [chosen]
    if change.collection is not None:
        params["collection_method"] = change.collection.value
    if change.collection is Collection.SENT and change.days_until_due is not None:
        params["days_until_due"] = change.days_until_due
    if not change.is_sent:
        params["payment_behavior"] = "error_if_incomplete"
    return params


def _owner(code: Json) -> str | None:
    return ref_or_none(code.get("customer"), "cus")


def _named(coupon: Json, otherwise: str) -> str:
    """What people read of it."""
    return plain(coupon.get("name"), 80) or plain(otherwise, 80) or ""
