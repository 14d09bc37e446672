"""Subscriptions at Stripe and what can be subscribed to. Only `billing/gateways/stripe.py` imports it."""

from __future__ import annotations

from functools import partial

from stripe.params import SubscriptionListParams, SubscriptionResumeParams, SubscriptionUpdateParams

from billing.gateways.contract import CheckoutOpened, CheckoutTerms
from billing.gateways.stripe_base import believed, everything, text, text_or_none
from billing.gateways.stripe_beginnings import session_params, subscription_params
from billing.gateways.stripe_checkout import StripeCheckouts, opened_of
from billing.gateways.stripe_lifecycles import snapshot
from billing.gateways.stripe_offers import every_plan, ware_of
from billing.gateways.stripe_options import StripeOptions
from billing.gateways.stripe_remembered import Remembered
from billing.gateways.stripe_values import Json, branch, ref_or_none
from billing.gateways.subscribing import USUAL, Beginning, SubscriptionStarted
from billing.rules.errors import NotFound
from billing.rules.facts import SubscriptionFact
from billing.rules.subscriptions import Plan
from billing.rules.wares import Ware


class StripeSubscriptions(StripeCheckouts):
    """See `contract.Subscriptions` for what each promises; a plan can be had through Checkout, so that is below."""

    def __init__(self, options: StripeOptions) -> None:
        super().__init__(options)
        self._plans = Remembered(self._read_plans, options.cache_seconds)
        self._wares: dict[str, Remembered[Ware]] = {}

    def plans(self, *, fresh: bool = False) -> tuple[Plan, ...]:
        return self._plans.get(fresh=fresh)

    def ware(self, price_ref: str) -> Ware | None:
        asked = self._wares.setdefault(
            price_ref, Remembered(partial(self._read_ware, price_ref), self._options.cache_seconds)
        )
        return next(iter(asked.get()), None)

    def subscription(self, subscription_ref: str) -> SubscriptionFact:
        read_at = self._options.clock()
        found = self._calls.read(lambda: self._v1.subscriptions.retrieve(subscription_ref, {"expand": ["schedule"]}))
        return believed(found, lambda thing: snapshot(thing, read_at))

    def subscriptions_of(self, customer_ref: str) -> tuple[SubscriptionFact, ...]:
        read_at = self._options.clock()

        def page(after: str | None) -> Json:
            params: SubscriptionListParams = {
                "customer": customer_ref,
                "status": "all",
                "limit": 100,
                "expand": ["data.schedule"],
            }
            if after:
                params["starting_after"] = after
            return self._calls.read(lambda: self._v1.subscriptions.list(params))

        return tuple(believed(each, lambda thing: snapshot(thing, read_at)) for each in everything(page))

    def subscribe(
        self, plan: Plan, customer_ref: str, idempotency_key: str, how: Beginning = USUAL
    ) -> SubscriptionStarted:
        params = subscription_params(plan, customer_ref, how)
        if self._options.automatic_tax:
            params["automatic_tax"] = {"enabled": True}
        subscriptions = self._v1.subscriptions
        made = self._calls.read(lambda: subscriptions.create(params, {"idempotency_key": idempotency_key}))
        secret = text_or_none(branch(branch(made, "latest_invoice"), "confirmation_secret"), "client_secret")
        card = text_or_none(branch(made, "pending_setup_intent"), "client_secret")
        return SubscriptionStarted(text(made, "id"), secret, card if how.needs_card else None)

    def subscribe_by_checkout(
        self, plan: Plan, customer_ref: str, terms: CheckoutTerms, idempotency_key: str, how: Beginning = USUAL
    ) -> CheckoutOpened:
        return opened_of(self._open(session_params(plan, customer_ref, how), terms, idempotency_key))

    def set_quantity(self, subscription_ref: str, item_ref: str, quantity: int, idempotency_key: str) -> None:
        change: SubscriptionUpdateParams = {"items": [{"id": item_ref, "quantity": quantity}]}
        self._update(subscription_ref, change, idempotency_key)

    def keep_card(self, subscription_ref: str, idempotency_key: str) -> None:
        change: SubscriptionUpdateParams = {"payment_settings": {"save_default_payment_method": "on_subscription"}}
        self._update(subscription_ref, change, idempotency_key)

    def cancel_subscription(self, subscription_ref: str, idempotency_key: str) -> SubscriptionFact:
        return self._update(subscription_ref, {"cancel_at_period_end": True}, idempotency_key)

    def resume_subscription(self, subscription_ref: str, idempotency_key: str) -> SubscriptionFact:
        now = self.subscription(subscription_ref)
        if now.status == "paused":
            return self._unpause(subscription_ref, idempotency_key)
        if now.cancel_at is not None and not now.cancel_at_period_end:
            return self._update(subscription_ref, {"cancel_at": ""}, idempotency_key)
        return self._update(subscription_ref, {"cancel_at_period_end": False}, idempotency_key)

    def _update(self, subscription_ref: str, params: SubscriptionUpdateParams, key: str) -> SubscriptionFact:
        read_at, subscriptions = self._options.clock(), self._v1.subscriptions
        found = self._calls.read(lambda: subscriptions.update(subscription_ref, params, {"idempotency_key": key}))
        return believed(found, lambda thing: snapshot(thing, read_at))

    def _unpause(self, subscription_ref: str, key: str) -> SubscriptionFact:
        params: SubscriptionResumeParams = {}
        read_at, subscriptions = self._options.clock(), self._v1.subscriptions
        found = self._calls.read(lambda: subscriptions.resume(subscription_ref, params, {"idempotency_key": key}))
        return believed(found, lambda thing: snapshot(thing, read_at))

    def _subscription_of(self, session: Json) -> SubscriptionFact | None:
        """The subscription a checkout made; there is none until somebody finished it."""
        found = believed(session, lambda thing: ref_or_none(thing.get("subscription"), "sub"))
        return None if found is None else self.subscription(found)

    def _read_ware(self, price_ref: str) -> tuple[Ware, ...]:
        """Asks for the price itself: what is on sale does not list what was retired."""
        try:
            price = self._calls.read(lambda: self._v1.prices.retrieve(price_ref, {"expand": ["product"]}))
        except NotFound:
            return ()
        if price.get("livemode") is not self._options.livemode:
            return ()
        found = believed(price, lambda each: ware_of(each, self._options, self.plans))
        return () if found is None else (found,)

    def _read_plans(self) -> tuple[Plan, ...]:
        return every_plan(self._calls, self._options)
