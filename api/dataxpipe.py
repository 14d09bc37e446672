"""Plans as DataXPipe's clients buy and ask for them: /api/v1/billing. api/doors.py opens it.

A client names a price. What it is, and whether it is one of the plans, says the provider and never the client.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api.asking import account_of, door, portal_of
from api.balance import OneAccount
from auth.policy import Action, Principal, authorize
from billing import accounts, customers, entitlements, subscribing, subscriptions
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, NotFound, PaymentRefused, TooLarge
from billing.rules.subscriptions import meaning

BACK = "/plan"

router = APIRouter(prefix="/api/v1/billing", tags=["dataxpipe"])

Reference = Annotated[str | None, Field(examples=["sub_1Q2w3e4r5t"])]


class CheckoutAsked(BaseModel):
    """The price of the plan. Any other field is ignored."""

    price_id: str = Field(min_length=1, max_length=255, examples=["price_1Q2w3e4r5t"])


class Address(BaseModel):
    """Where to send the browser."""

    url: str = Field(examples=["https://checkout.stripe.com/c/pay/cs_test_1Q2w3e4r5t"])


class PlanState(BaseModel):
    """The plan that limits are read from, and what it stands for at Stripe. Without a subscription: the default plan.

    `status` is Stripe's word, `message` what it means; both are empty without a subscription.
    """

    plan: str | None = Field(examples=["team"])
    stripe_customer_id: Reference
    stripe_subscription_id: Reference
    stripe_price_id: Reference
    status: str = Field(examples=["active"])
    message: str


@router.post(
    "/checkout",
    summary="Begin a subscription",
    response_model=Address,
    responses=shapes.refuses(NotFound, Conflict, PaymentRefused, TooLarge),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": CheckoutAsked.model_json_schema(),
                    "example": {"price_id": "price_1Q2w3e4r5t"},
                }
            },
        }
    },
)
async def checkout(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """The page of the provider on which the plan of this price is paid. Asked twice, it is the same page."""
    portal = portal_of(request)
    found = bodies.loose(await bodies.read(request, portal.settings.api.body_limit_bytes))
    price_ref = found.get("price_id")
    if not isinstance(price_ref, str) or not price_ref:
        raise BadInput("Say which plan, by the id of its price.", field="price_id")
    asked = account_of(principal, None)
    authorize(principal, Action.BUY, asked)
    return _answer(await run_in_threadpool(_begun, portal, asked, price_ref))


@router.post(
    "/portal",
    summary="Open the customer portal",
    response_model=Address,
    responses=shapes.refuses(NotFound, PaymentRefused),
)
def customer_portal(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """An address of Stripe's customer portal for some minutes: cards, invoices, changing and cancelling the plan."""
    asked = account_of(principal, None)
    authorize(principal, Action.BUY, asked)
    return _answer(Address(url=customers.portal_address(portal_of(request), asked, BACK)))


@router.get("/plan", summary="Read the plan", responses=shapes.refuses(NotFound, validation=True))
def plan(request: Request, account: OneAccount = "", principal: Principal = door(Action.VIEW_ACCOUNT)) -> PlanState:
    """The plan as webhooks last told it; the one that limits are enforced by."""
    portal, asked = portal_of(request), account_of(principal, account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    tier = entitlements.overview(portal, asked).standing.tier
    found = subscriptions.current(portal, asked)
    return PlanState(
        plan=tier.key if tier else None,
        stripe_customer_id=accounts.view(portal, asked).customer_ref,
        stripe_subscription_id=found.id if found else None,
        stripe_price_id=found.price_ref if found else None,
        status=found.status if found else "",
        message=meaning(found) if found else "",
    )


def _begun(portal: Portal, account_id: str, price_ref: str) -> Address:
    wanted = next((each for each in subscriptions.plans(portal) if each.price_ref == price_ref), None)
    if wanted is None:
        raise NotFound("There is no plan with this price.", field="price_id")
    return Address(url=subscribing.subscribe(portal, account_id, wanted.key))


def _answer(told: Address) -> Response:
    return Response(told.model_dump_json(), media_type="application/json")
