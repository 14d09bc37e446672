"""Plans and subscriptions as Datalayer's clients ask for them. api/doors.py opens it.

Two names for the same things: /subscription in the documents, /plans in the newer clients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api.asking import door, portal_of
from api.bodies import Fields
from api.datalayer import shapes as own
from api.datalayer import telling
from api.datalayer.asking import DatalayerRoute, Scope, answer, body, named_in, scope_of
from auth.policy import Action, Principal, authorize, may
from billing import accounts, subscribing, subscriptions
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, NotFound, PaymentRefused, TooLarge
from billing.rules.subscriptions import Subscription

MOST_ACCOUNTS = 100

router = APIRouter(prefix="/api/iam", tags=["datalayer"], route_class=DatalayerRoute)

_CHANGES = shapes.refuses(NotFound, Conflict, PaymentRefused, TooLarge, validation=True)


@router.get("/v1/subscription", summary="Read the subscription", response_model=own.State,
            responses=shapes.refuses(NotFound, validation=True))  # fmt: skip
@router.get("/v1/plans", summary="Read the subscription (newer name)", response_model=own.State,
            responses=shapes.refuses(NotFound, validation=True))  # fmt: skip
def subscription(request: Request, scope: Scope, principal: Principal = door(Action.VIEW_ACCOUNT)) -> Response:
    """The subscription as webhooks last told it, with the plans on offer and the way to the portal."""
    asked = scope_of(principal, Action.VIEW_ACCOUNT, scope.billable_account_uid)
    return answer(telling.state(portal_of(request), asked))


@router.get("/v1/plans/catalog", summary="List plans", response_model=own.Catalog,
            responses=shapes.refuses(validation=True))  # fmt: skip
def catalog(request: Request, principal: Principal = door(Action.VIEW_ACCOUNT)) -> Response:
    """What can be subscribed to, cheapest first; the same for every account."""
    authorize(principal, Action.VIEW_ACCOUNT)
    return answer({"plans": telling.catalog(subscriptions.plans(portal_of(request)))})


@router.get("/v1/plans/eligible-accounts", summary="List own accounts with their plans", response_model=own.Accounts,
            responses=shapes.refuses())  # fmt: skip
def eligible_accounts(request: Request, principal: Principal = door(Action.VIEW_ACCOUNT)) -> Response:
    """The accounts the asker may pay with: here, their own."""
    own_account = [principal.account_id] if principal.account_id else []
    return answer({"accounts": _details(portal_of(request), own_account)})


@router.post("/v1/plans/accounts/details", summary="Read the plans of several accounts", response_model=own.Accounts,
             responses=shapes.refuses(TooLarge),
             openapi_extra=own.takes(own.AccountUids, account_uids=["acc_7kq2m0x9f3v5c8n1b4d6"]))  # fmt: skip
async def accounts_details(request: Request, principal: Principal = door(Action.VIEW_ACCOUNT)) -> Response:
    """Those of the accounts that exist and that the asker may see; others are left out."""
    asked = (await body(request)).get("account_uids")
    if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
        raise BadInput("Send account_uids as a list of account ids.", field="account_uids")
    if len(asked) > MOST_ACCOUNTS:
        raise TooLarge(f"At most {MOST_ACCOUNTS} accounts can be asked about at once.")
    seen = [each for each in dict.fromkeys(asked) if may(principal, Action.VIEW_ACCOUNT, each)]
    return answer({"accounts": await run_in_threadpool(_details, portal_of(request), seen)})


@router.post("/v1/subscription/cancel", summary="Cancel at the period's end", response_model=own.Changed,
             responses=_CHANGES)  # fmt: skip
@router.post("/v1/plans/cancel", summary="Cancel at the period's end (newer name)", response_model=own.Changed,
             responses=_CHANGES)  # fmt: skip
async def cancel(request: Request, scope: Scope, principal: Principal = door(Action.BUY)) -> Response:
    """Lets the subscription run out; doing it twice changes nothing."""
    said = "The plan ends with the period that is paid."
    return await _change(request, principal, scope.billable_account_uid, subscribing.cancel, said)


@router.post("/v1/subscription/resume", summary="Resume the subscription", response_model=own.Changed,
             responses=_CHANGES)  # fmt: skip
@router.post("/v1/plans/resume", summary="Resume the subscription (newer name)", response_model=own.Changed,
             responses=_CHANGES)  # fmt: skip
async def resume(request: Request, scope: Scope, principal: Principal = door(Action.BUY)) -> Response:
    """Takes a cancellation back; doing it twice changes nothing."""
    return await _change(request, principal, scope.billable_account_uid, subscribing.resume, "The plan goes on.")


@router.post(
    "/stripe/v1/subscription/payment-intent",
    summary="Begin a subscription in a card form",
    response_model=own.SubscriptionIntent,
    responses=shapes.refuses(NotFound, Conflict, PaymentRefused, TooLarge),
    openapi_extra=own.takes(own.Topup, price_id="price_1Q2w3e4r5t"),
)
async def payment_intent(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """The client secret of the first payment; null when nothing is due. Unpaid, the subscription opens nothing."""
    portal, found = portal_of(request), await body(request)
    return answer(await run_in_threadpool(_subscribe, portal, principal, found))


def _subscribe(portal: Portal, principal: Principal, found: Fields) -> dict[str, Any]:
    asked, price_ref = scope_of(principal, Action.BUY, *named_in(found)), found.get("price_id")
    plan = next((each for each in subscriptions.plans(portal) if each.price_ref == price_ref), None)
    if plan is None:
        raise NotFound("There is no plan with this price.", field="price_id")
    started = subscribing.subscribe_in_page(portal, asked, plan.key)
    return {
        "client_secret": started.client_secret,
        "subscription_id": started.subscription_ref,
        "account_uid": asked,
        "publishable_key": portal.settings.stripe.publishable_key,
    }


async def _change(
    request: Request, principal: Principal, named: str, verb: Callable[[Portal, str], Subscription], said: str
) -> Response:
    portal, found = portal_of(request), await body(request, may_be_empty=True)
    asked = scope_of(principal, Action.BUY, named, *named_in(found))
    changed = await run_in_threadpool(verb, portal, asked)
    told = await run_in_threadpool(telling.state, portal, asked)
    about = {"status": changed.status, "cancel_at_period_end": changed.is_ending, "message": said}
    return answer({**told, **about})


def _details(portal: Portal, account_ids: list[str]) -> list[dict[str, Any]]:
    offered = subscriptions.plans(portal) if account_ids else ()
    told = []
    for account_id in account_ids:
        try:
            account = accounts.view(portal, bodies.account(account_id))
        except NotFound:
            continue
        plan = telling.plan(portal, account, offered)
        about = {"uid": account.id, "account_uid": account.id, "handle": account.name, "name": account.name}
        more = {"type": account.kind, "is_eligible": plan["is_eligible"], "wallet_balance": account.available}
        told.append({**about, **more, "subscription": plan})
    return told
