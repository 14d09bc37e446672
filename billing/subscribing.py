"""Subscribing: beginning a subscription, letting it run out, taking that back. Pages and doors call it.

What a browser, or the answer of a repeated call, says is believed only after the subscription itself was read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

from billing import customers
from billing.gateways.contract import CheckoutTerms
from billing.gateways.subscribing import Beginning, SubscriptionStarted
from billing.plan_beginnings import USUAL, Options, beginning, close_checkouts, close_others, keep_one, refuse_second
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import Conflict, NotFound
from billing.rules.facts import SubscriptionFact
from billing.rules.orders import SESSION_WORD, Surface
from billing.rules.sentences import sentence
from billing.rules.subscriptions import ENDED, Plan, Subscription
from billing.store import subscriptions as snapshots
from billing.store.duties import Duty
from billing.subscriptions import current, history, owned, plans, refresh

TRIES = 3

_MOVING = sentence("This subscription is being changed in another window. Please look again.")


def subscribe(portal: Portal, account_id: str, plan_key: str, options: Options = USUAL, *, language: str = "") -> str:
    """The address where the account's owner subscribes to the plan: the provider's own page.

    The same address for a double click; what was begun for another plan can be paid no more. `language`: the one the
    owner is spoken to in. Raises NotFound, BadInput, Conflict (subscribed already), GatewayUnavailable, PaymentRefused.
    """
    plan, customer_ref = _wanted(portal, account_id, plan_key)
    refuse_second(portal, account_id)
    how = beginning(portal, account_id, plan, customer_ref, options)
    key = _key(portal, account_id, plan, how)
    for attempt in range(TRIES):
        opened = portal.gateway.subscribe_by_checkout(
            plan, customer_ref, _terms(portal, language), f"{key}:hosted:{language}:{attempt}", how
        )  # fmt: skip
        # A key used before answers with the checkout of that time, which may have expired since.
        url = portal.gateway.resume_checkout(opened.session_ref).url
        if url:
            close_others(portal, account_id, customer_ref, opened.session_ref)
            return url
    raise Conflict(_MOVING)


def subscribe_in_page(portal: Portal, account_id: str, plan_key: str, options: Options = USUAL) -> SubscriptionStarted:
    """The same for a form in a page: the first payment waits for the browser to confirm it.

    Until it is paid, the same plan answers with the same subscription again. Raises as `subscribe` does.
    """
    plan, customer_ref = _wanted(portal, account_id, plan_key)
    refuse_second(portal, account_id, but_unfinished=plan.price_ref)
    how = beginning(portal, account_id, plan, customer_ref, options)
    for _ in range(TRIES):
        key = f"{_key(portal, account_id, plan, how)}:page"
        started = portal.gateway.subscribe(plan, customer_ref, key, how)
        fact = portal.gateway.subscription(started.subscription_ref)
        record_now(portal, fact)
        # A repeated answer may be a day old: its subscription ended unpaid, and with it as the newest the key is new.
        if fact.status not in ENDED:
            close_checkouts(portal, customer_ref)
            keep_one(portal, account_id, fact)
            return started
    raise Conflict(_MOVING)


def end_with_trial(portal: Portal, duty: Duty) -> None:
    """Lets a trial run out instead of becoming a plan that is charged; what has ended needs nothing."""
    found = portal.gateway.subscription(str(duty.body["subscription_ref"]))
    if found.status == "trialing" and not found.cancel_at_period_end:
        found = portal.gateway.cancel_subscription(found.subscription_ref, duty.id)
    record_now(portal, found)


def cancel(portal: Portal, account_id: str, subscription_id: str | None = None) -> Subscription:
    """Lets it run out at the end of what is paid; doing it twice changes nothing.

    Raises NotFound, Conflict, GatewayUnavailable, PaymentRefused.
    """
    found = _owned(portal, account_id, subscription_id)
    ask = partial(_cancel, portal, found)
    return _changed(portal, found, ask, "cancel", lambda each: each.is_ending or not each.is_open)


def resume(portal: Portal, account_id: str, subscription_id: str | None = None) -> Subscription:
    """Takes the end back, or wakes a paused one; doing it twice changes nothing. Raises as `cancel` does."""
    found = _owned(portal, account_id, subscription_id)
    ask = partial(portal.gateway.resume_subscription, found.id)
    goes_on = _changed(portal, found, ask, "resume", lambda each: not each.is_ending and each.status != "paused")
    if not goes_on.is_open:
        raise Conflict("This subscription has ended. Subscribe again instead.")
    return goes_on


def _cancel(portal: Portal, found: Subscription, key: str) -> SubscriptionFact:
    """What was planned for it happens no more; the provider cancels nothing that it has a plan for."""
    if found.schedule_ref is not None:
        portal.gateway.drop_planned(found.schedule_ref, key)
    return portal.gateway.cancel_subscription(found.id, key)


def _changed(
    portal: Portal,
    found: Subscription,
    ask: Callable[[str], SubscriptionFact],
    word: str,
    is_done: Callable[[Subscription], bool],
) -> Subscription:
    """Asks for the change unless it is there, and believes only what is read afterwards.

    The key names the snapshot the change starts from. A double click shares it; the next change of mind starts from
    another snapshot, so it is never answered with what an older one was told.
    """
    if is_done(found):
        # "Nothing to do" is an answer somebody relies on: it must not come from a row that a webhook is late for.
        found = _read(portal, found.id)
    if not is_done(found):
        ask(f"{word}:{found.id}:{found.read_at}")
        found = _read(portal, found.id)
    if not is_done(found):
        raise Conflict(_MOVING)
    return found


def _read(portal: Portal, subscription_id: str) -> Subscription:
    record_now(portal, portal.gateway.subscription(subscription_id))
    with portal.database.read() as connection:
        found = snapshots.get(connection, subscription_id)
    if found is None:
        raise NotFound("There is no such subscription.")
    return found


def _owned(portal: Portal, account_id: str, subscription_id: str | None) -> Subscription:
    """The subscription that is named, or the one that counts. Somebody else's and an unknown one look alike."""
    if subscription_id is None:
        found = current(portal, account_id)
        if found is None:
            refresh(portal, account_id)
            found = current(portal, account_id)
    else:
        every = owned(portal, account_id)
        found = next((each for each in every if each.id == subscription_id), None)
    if found is None:
        raise NotFound("There is no subscription to change.")
    return found


def _wanted(portal: Portal, account_id: str, plan_key: str) -> tuple[Plan, str]:
    plan = next((each for each in plans(portal) if each.key == plan_key), None)
    if plan is None:
        raise NotFound("This plan is not on offer.", field="plan")
    return plan, customers.ensure(portal, account_id)


def _key(portal: Portal, account_id: str, plan: Plan, how: Beginning) -> str:
    """The same for a double click, another one for other options and after every subscription that came to its end."""
    ended = [each.id for each in history(portal, account_id) if not each.is_open]
    said = hashlib.sha256(repr(how).encode()).hexdigest()[:16]
    return f"subscribe:{account_id}:{plan.price_ref}:{ended[0] if ended else 'first'}:{said}"


def _terms(portal: Portal, language: str) -> CheckoutTerms:
    settings, page = portal.settings, f"{portal.settings.public_url}/plan"
    return CheckoutTerms(
        surface=Surface.HOSTED,
        back_url=f"{page}?session_id={SESSION_WORD}",
        cancel_url=page,
        automatic_tax=settings.tax.automatic,
        collect_tax_ids=settings.tax.collect_ids,
        language=language,
    )
