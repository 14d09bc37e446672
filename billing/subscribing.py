"""Subscribing: beginning a subscription, letting it run out, taking that back. Pages and doors call it.

What a browser, or the answer of a repeated call, says is believed only after the subscription itself was read again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from billing import customers
from billing.gateways.contract import CheckoutTerms, SubscriptionStarted
from billing.portal import Portal
from billing.recording import record_now
from billing.rules.errors import Conflict, NotFound
from billing.rules.facts import SubscriptionFact
from billing.rules.orders import SESSION_WORD, Surface
from billing.rules.sentences import sentence
from billing.rules.subscriptions import ENDED, Plan, Subscription
from billing.store import subscriptions as snapshots
from billing.subscriptions import current, history, owned, plans, refresh

TRIES = 3
UNFINISHED = "incomplete"

_MOVING = sentence("This subscription is being changed in another window. Please look again.")


def subscribe(portal: Portal, account_id: str, plan_key: str) -> str:
    """The address where the account's owner subscribes to the plan: the provider's own page.

    The same address for a double click. Raises NotFound, Conflict (subscribed already), GatewayUnavailable,
    PaymentRefused.
    """
    plan, customer_ref = _wanted(portal, account_id, plan_key)
    _refuse_second(portal, account_id)
    key = _key(portal, account_id, plan)
    for attempt in range(TRIES):
        opened = portal.gateway.subscribe_by_checkout(plan, customer_ref, _terms(portal), f"{key}:hosted:{attempt}")
        # A key used before answers with the checkout of that time, which may have expired since.
        url = portal.gateway.resume_checkout(opened.session_ref).url
        if url:
            return url
    raise Conflict(_MOVING)


def subscribe_in_page(portal: Portal, account_id: str, plan_key: str) -> SubscriptionStarted:
    """The same for a form in a page: the first payment waits for the browser to confirm it.

    Until it is paid, the same plan answers with the same subscription again. Raises as `subscribe` does.
    """
    plan, customer_ref = _wanted(portal, account_id, plan_key)
    _refuse_second(portal, account_id, but_unfinished=plan.price_ref)
    for _ in range(TRIES):
        started = portal.gateway.subscribe(plan, customer_ref, f"{_key(portal, account_id, plan)}:page")
        fact = portal.gateway.subscription(started.subscription_ref)
        record_now(portal, fact)
        # A repeated answer may be a day old: its subscription ended unpaid, and with it as the newest the key is new.
        if fact.status not in ENDED:
            return started
    raise Conflict(_MOVING)


def cancel(portal: Portal, account_id: str, subscription_id: str | None = None) -> Subscription:
    """Lets it run out at the end of what is paid; doing it twice changes nothing.

    Raises NotFound, Conflict, GatewayUnavailable, PaymentRefused.
    """
    found = _owned(portal, account_id, subscription_id)
    ask = partial(portal.gateway.cancel_subscription, found.id)
    return _changed(portal, found, ask, "cancel", lambda each: each.is_ending or not each.is_open)


def resume(portal: Portal, account_id: str, subscription_id: str | None = None) -> Subscription:
    """Takes the end back, or wakes a paused one; doing it twice changes nothing. Raises as `cancel` does."""
    found = _owned(portal, account_id, subscription_id)
    ask = partial(portal.gateway.resume_subscription, found.id)
    goes_on = _changed(portal, found, ask, "resume", lambda each: not each.is_ending and each.status != "paused")
    if not goes_on.is_open:
        raise Conflict("This subscription has ended. Subscribe again instead.")
    return goes_on


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


def _refuse_second(portal: Portal, account_id: str, but_unfinished: str | None = None) -> None:
    """One subscription of the product at a time; who has one, the provider says."""
    refresh(portal, account_id)
    for each in owned(portal, account_id):
        if each.is_open and each.status != UNFINISHED:
            raise Conflict("This account is subscribed already. Change or cancel that subscription first.")
        if each.is_open and each.price_ref != but_unfinished:
            raise Conflict("A subscription was begun and its first payment is open. It ends by itself within a day.")


def _key(portal: Portal, account_id: str, plan: Plan) -> str:
    """The same for a double click, another one after every subscription that came to its end."""
    ended = [each.id for each in history(portal, account_id) if not each.is_open]
    return f"subscribe:{account_id}:{plan.price_ref}:{ended[0] if ended else 'first'}"


def _terms(portal: Portal) -> CheckoutTerms:
    settings, page = portal.settings, f"{portal.settings.public_url}/plan"
    return CheckoutTerms(
        surface=Surface.HOSTED,
        back_url=f"{page}?session_id={SESSION_WORD}",
        cancel_url=page,
        automatic_tax=settings.tax.automatic,
        collect_tax_ids=settings.tax.collect_ids,
    )
