"""Buying credits as Datalayer's clients do: prices, a payment for a card form, a Checkout inside a page.

api/doors.py opens it. What is sold for how much says our catalogue; a client names a price and nothing else.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import shapes
from api.asking import door, portal_of
from api.bodies import Fields
from api.datalayer import shapes as own
from api.datalayer import telling
from api.datalayer.asking import DatalayerRoute, answer, body, named_in, scope_of
from auth.policy import Action, Principal
from billing import purchases
from billing.portal import Portal
from billing.purchases import Buyer, Checkout
from billing.rules.catalog import Package
from billing.rules.errors import BadInput, Conflict, NotFound, PaymentRefused, TooLarge
from billing.rules.money import Credits
from billing.rules.orders import Surface

router = APIRouter(prefix="/api/iam/stripe/v1", tags=["datalayer"], route_class=DatalayerRoute)


@router.get("/topup/prices", summary="List top-up prices", response_model=own.Prices, responses=shapes.refuses())
@router.get("/plans/prices", summary="List top-up prices (newer name)", response_model=own.Prices,
            responses=shapes.refuses())  # fmt: skip
@router.get("/prices", summary="List credit packages", response_model=own.Prices, responses=shapes.refuses())
def prices(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """What is on sale, cheapest first; `credits` is what a package gives."""
    portal = portal_of(request)
    offered = purchases.offers(portal, principal.account_id)
    return answer({"prices": telling.prices(offered), "publishable_key": portal.settings.stripe.publishable_key})


@router.post(
    "/topup/payment-intent",
    summary="Begin a top-up in a card form",
    response_model=own.PaymentIntent,
    responses=shapes.refuses(NotFound, Conflict, PaymentRefused, TooLarge),
    openapi_extra=own.takes(own.Topup, price_id="price_1Q2w3e4r5t"),
)
async def payment_intent(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """The client secret with which Stripe.js confirms the payment; 403 where a subscription is needed first.

    The same price again, while it is unpaid, is the same payment.
    """
    portal, found = portal_of(request), await body(request)
    begun = await run_in_threadpool(_begin, portal, principal, found, Surface.ELEMENTS)
    return answer({"payment_intent_id": begun.order.payment_ref, **_told(portal, begun)})


@router.post(
    "/checkout/session",
    summary="Begin a purchase in an embedded Checkout",
    response_model=own.CheckoutSession,
    responses=shapes.refuses(NotFound, Conflict, PaymentRefused, TooLarge),
    openapi_extra=own.takes(own.Topup, price_id="price_1Q2w3e4r5t"),
)
async def checkout_session(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """The session and its client secret, for Checkout inside a page. It returns to the purchase's receipt."""
    portal, found = portal_of(request), await body(request)
    begun = await run_in_threadpool(_begin, portal, principal, found, Surface.EMBEDDED)
    return answer({"session_id": begun.order.session_ref, **_told(portal, begun)})


def _begin(portal: Portal, principal: Principal, found: Fields, surface: Surface) -> Checkout:
    asked = scope_of(principal, Action.BUY, *named_in(found))
    _refuse_other_quantity(found)
    package = _as_many(_package_of(portal, asked, found.get("price_id")), found.get("credits"))
    buyer, currency = Buyer(principal.id, asked), package.amount.currency
    begun = purchases.begin(
        portal, buyer, package.key, surface=surface, currency=currency, quantity=package.quantity
    )  # fmt: skip
    if begun.client_secret is None:
        raise Conflict("This purchase is paid, or is being paid, already.", order=begun.order.id)
    return begun


def _package_of(portal: Portal, account_id: str, price_ref: object) -> Package:
    if not isinstance(price_ref, str) or not price_ref:
        raise BadInput("Say which price, by its id.", field="price_id")
    for package in purchases.offers(portal, account_id):
        if package.price_ref == price_ref:
            return package
    raise NotFound("This price is not on sale.", field="price_id")


def _as_many(package: Package, credits: object) -> Package:
    """Of an amount of the buyer's own as much as was asked for; left out, the least of it."""
    if credits is None or not package.own:
        return package
    if type(credits) not in (int, str):
        raise BadInput("Say how many credits as a whole number or as text.", field="credits")
    return package.giving(Credits.of(str(credits)))


def _refuse_other_quantity(found: Fields) -> None:
    """Nobody gets another number of packages than they asked for, so what is not one is refused."""
    quantity = found.get("quantity", 1)
    if type(quantity) is not int or quantity != 1:
        raise BadInput("Packages are sold one at a time: leave the quantity out.", field="quantity")


def _told(portal: Portal, begun: Checkout) -> dict[str, Any]:
    order = begun.order
    return {
        "client_secret": begun.client_secret,
        "order_id": order.id,
        "account_uid": order.account_id,
        "price_id": order.price_ref,
        "amount": order.total.minor,
        "currency": order.amount.currency.lower(),
        "credits": order.credits,
        "bonus": order.bonus,
        "publishable_key": portal.settings.stripe.publishable_key,
    }
