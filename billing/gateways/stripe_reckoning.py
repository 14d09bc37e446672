"""What changes of plans would cost at Stripe, by its own previews. Only `stripe_changes.py` beside it imports it.

A preview of a subscription follows the schedule it has. What would be without the schedule, or with another one, is
asked of a preview of the schedule itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from stripe.params import (
    InvoiceCreatePreviewParams,
    InvoiceCreatePreviewParamsDiscount,
    InvoiceCreatePreviewParamsScheduleDetailsPhase,
    InvoiceCreatePreviewParamsSubscriptionDetails,
    SubscriptionScheduleUpdateParamsPhase,
    SubscriptionUpdateParamsItem,
)

from billing.gateways.changing import Change, Reckoned, Reduction
from billing.gateways.stripe_base import StripeBase, believed
from billing.gateways.stripe_previews import bill_of, following, is_at_once, is_whole, moved_to_period_end
from billing.gateways.stripe_schedules import phases_of, running_phase
from billing.gateways.stripe_values import Json
from billing.rules.bills import Bill, bill, without
from billing.rules.moments import SECOND
from billing.rules.plan_changes import Proration, When

EXPANDED = ["discounts.source.coupon"]


class StripeReckoning(StripeBase):
    """See `changing.Changes.reckon`."""

    def reckon(self, change: Change) -> Reckoned:
        if change.when is When.PERIOD_END:
            return Reckoned(None, self._at_period_end(change))
        # A planned change would stand on the renewal that shares wait for; an invoice made at once shows them alone.
        hidden = change.subscription.planned is not None and change.proration is Proration.ON_NEXT_INVOICE
        asked = Proration.INVOICED_AT_ONCE if hidden else change.proration
        first = believed(self._changed(change, asked), lambda preview: bill_of(preview, change))
        if is_at_once(first.lines, change):
            return Reckoned(first, self._after(first, change))
        if change.subscription.planned is None:
            return Reckoned(None, first)
        return Reckoned(None, self._with_shares(first, change))

    def _at_period_end(self, change: Change) -> Bill:
        schedule_ref = change.subscription.schedule_ref
        if schedule_ref is not None:
            schedule = self._calls.read(lambda: self._v1.subscription_schedules.retrieve(schedule_ref))
            phases = believed(schedule, lambda thing: phases_of(thing, change))
            return self._scheduled(change, schedule_ref, phases)
        # A new coupon begins to count when the plan does: as if that were now, for it may be over by the period's end.
        preview = self._changed(change, Proration.NONE, anew=change.reduction is not None)
        shown = believed(preview, lambda thing: bill_of(thing, change))
        if not is_at_once(shown.lines, change):
            return shown
        return believed(preview, lambda thing: moved_to_period_end(thing, change))

    def _after(self, first: Bill, change: Change) -> Bill:
        """What is invoiced after the change was: shares wait for nothing any more, and whole periods begin again."""
        if any(is_whole(each) for each in first.lines):
            return following(first, change)
        renewal = self._renewal(change)
        whole = [each for each in renewal.lines if is_whole(each)]
        return bill(renewal.at, whole, first.balance_after_minor, renewal.due.currency)

    def _with_shares(self, first: Bill, change: Change) -> Bill:
        """The renewal without what is planned, and on it the shares of the change that `first` shows."""
        renewal = self._renewal(change)
        if change.proration is Proration.NONE or any(is_whole(each) for each in first.lines):
            return renewal
        waiting = [each for each in renewal.lines if not is_whole(each)]
        rows = (*renewal.lines, *without(first.lines, waiting))
        return bill(renewal.at, rows, renewal.balance_minor, renewal.due.currency)

    def _renewal(self, change: Change) -> Bill:
        """The next renewal of the changed plan, with what waits for it already but without the shares of the change."""
        schedule_ref = change.subscription.schedule_ref
        if change.subscription.planned is None or schedule_ref is None:
            return believed(self._changed(change, Proration.NONE), lambda preview: bill_of(preview, change))
        schedule = self._calls.read(lambda: self._v1.subscription_schedules.retrieve(schedule_ref))
        running = believed(schedule, lambda thing: running_phase(thing, change.items))
        if change.reduction is not None:
            running["discounts"] = [_discount_of(change.reduction)]
        return self._scheduled(change, schedule_ref, [running])

    def _changed(self, change: Change, proration: Proration, *, anew: bool = False) -> Json:
        """What Stripe says the update would make of the subscription's next invoice."""
        details: InvoiceCreatePreviewParamsSubscriptionDetails = {
            "items": items_of(change),
            "proration_behavior": proration.value,
        }
        if anew:
            details["billing_cycle_anchor"] = {"type": "now"}
        if change.ends_trial:
            details["trial_end"] = "now"
        elif change.when is When.NOW and proration is not Proration.NONE:
            details["proration_date"] = change.moment // SECOND
        if change.takes_end_back:
            details["cancel_at_period_end"] = False
        params: InvoiceCreatePreviewParams = {
            "subscription": change.subscription.subscription_ref,
            "subscription_details": details,
            "expand": EXPANDED,
        }
        if change.reduction is not None:
            params["discounts"] = [_discount_of(change.reduction)]
        return self._calls.read(lambda: self._v1.invoices.create_preview(params))

    def _scheduled(
        self, change: Change, schedule_ref: str, phases: Sequence[SubscriptionScheduleUpdateParamsPhase]
    ) -> Bill:
        """The next invoice if the schedule had these phases, and nothing happened before that."""
        params: InvoiceCreatePreviewParams = {
            "schedule": schedule_ref,
            "schedule_details": {
                "phases": cast("list[InvoiceCreatePreviewParamsScheduleDetailsPhase]", list(phases)),
                "end_behavior": "release",
                "proration_behavior": "none",
            },
            "expand": EXPANDED,
        }
        preview = self._calls.read(lambda: self._v1.invoices.create_preview(params))
        return believed(preview, lambda thing: bill_of(thing, change))


def items_of(change: Change) -> list[SubscriptionUpdateParamsItem]:
    """How the subscription's items become the wanted ones: the same price stays the same item, others are exchanged."""
    wanted = dict(change.items)
    kept = [each for each in change.subscription.items if each.price_ref in wanted]
    gone = [each for each in change.subscription.items if each.price_ref not in wanted]
    new = [price for price in wanted if price not in {each.price_ref for each in kept}]
    rows: list[SubscriptionUpdateParamsItem] = []
    for each in kept:
        many = wanted[each.price_ref]
        rows.append({"id": each.item_ref, "quantity": many} if many else {"id": each.item_ref})
    rows += [{"id": each.item_ref, "deleted": True} for each in gone]
    rows += [{"price": price, "quantity": wanted[price]} if wanted[price] else {"price": price} for price in new]
    return rows


def _discount_of(reduction: Reduction) -> InvoiceCreatePreviewParamsDiscount:
    return {"promotion_code": reduction.ref} if reduction.is_code else {"coupon": reduction.ref}
