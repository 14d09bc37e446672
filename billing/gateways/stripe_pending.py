"""Changes at Stripe that happen once they are paid, its pending updates. For the `stripe*.py` beside it only.

A bank that wants to ask its customer first answers no change. Then the change is asked for again in this form.
"""

from __future__ import annotations

from stripe.params import SubscriptionUpdateParams

from billing.gateways.changing import Change
from billing.gateways.stripe_values import Json, Malformed, branch, minor, moment, ref_or_none, word
from billing.rules.errors import PaymentRefused
from billing.rules.facts import PendingChange
from billing.rules.plan_changes import Collection
from billing.rules.sentences import sentence, together

ACTION_NEEDED = frozenset(
    {
        "invoice_payment_intent_requires_action",
        "subscription_payment_intent_requires_action",
        "authentication_required",
    }
)
ASKS = sentence("Your bank wants you to confirm this payment yourself.")
UNDO_FIRST = sentence("That cannot wait while another change is planned: undo that one first, then change again.")
NOT_CHARGED = sentence("That needs invoices which are charged, and yours are sent. Pay with another card.")


def needs_action(refused: PaymentRefused) -> bool:
    """Whether the card would pay once its holder said so to the bank."""
    return refused.details.get("code") in ACTION_NEEDED or refused.details.get("decline_code") in ACTION_NEEDED


def waiting(change: Change, asked: SubscriptionUpdateParams) -> SubscriptionUpdateParams:
    """The same change, to happen when it is paid. Raises PaymentRefused for one that cannot wait."""
    if change.subscription.schedule_ref is not None:
        raise PaymentRefused(together(ASKS, UNDO_FIRST))
    if change.subscription.sends_invoices and change.collection is Collection.CHARGED:
        raise PaymentRefused(together(ASKS, NOT_CHARGED))
    params: SubscriptionUpdateParams = {**asked, "payment_behavior": "pending_if_incomplete"}
    params.pop("collection_method", None)
    return params


def pending_of(subscription: Json) -> PendingChange | None:
    """What waits for the newest invoice; None when nothing does."""
    found = branch(subscription, "pending_update")
    rows, invoice = found.get("subscription_items"), ref_or_none(subscription.get("latest_invoice"), "in")
    if not rows or invoice is None:
        return None
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise Malformed("subscription_items is no list of items")
    return PendingChange(moment(found, "expires_at"), tuple(_item(each) for each in rows), invoice)


def _item(row: Json) -> tuple[str, int]:
    """A metered price has no quantity."""
    many = 0 if row.get("quantity") is None else minor(row, "quantity", 0)
    return word(row.get("price"), "price"), many
