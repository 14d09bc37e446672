"""Buying credits as Doubleword's clients do: on the provider's page, then back to say so. api/doors.py opens it.

What is sold for how much says our catalogue; a client may only say for whom.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from api.asking import account_of, door, portal_of
from api.doubleword import shapes
from api.shapes import refuses
from auth import directory
from auth.policy import Action, Principal, authorize, may
from billing import cards, customers, purchases
from billing.portal import Portal
from billing.purchases import Buyer
from billing.rules.catalog import Package, preselected
from billing.rules.errors import BadInput, Conflict, NotFound, NotPaidYet, PaymentRefused
from billing.rules.money import Credits
from billing.rules.orders import Order, OrderState, Surface

BACK = "/cost-management"
SESSION_PATTERN = r"^[A-Za-z0-9_]{3,255}$"
_SESSION = re.compile(SESSION_PATTERN.removesuffix("$"), re.ASCII)
_UNPAID = {
    OrderState.PROCESSING: "The payment is being confirmed; the credits are added as soon as it succeeds.",
    OrderState.CANCELED: "The payment was not completed and its page is closed; no credits were added.",
}
UNKNOWN = cards.UNKNOWN
_OPEN = "Payment not completed. If you paid a moment ago it is being confirmed: please look again shortly."

Creditee = Annotated[
    str, Query(pattern=f"^$|{shapes.USER_PATTERN}", description="Who gets the credits; left out: the asker.")
]
HowMany = Annotated[
    str, Query(pattern=r"^([0-9]{1,15}(\.[0-9]{1,6})?)?$", description="An amount of one's own; left out: the usual.")
]
SessionId = Annotated[str, Path(description="Id of the checkout.", json_schema_extra={"pattern": SESSION_PATTERN})]

router = APIRouter(prefix="/admin/api/v1", tags=["payments"])


@router.post(
    "/payments",
    summary="Begin a purchase",
    responses=refuses(NotFound, Conflict, PaymentRefused, validation=True),
)
def begin(
    request: Request, creditee_id: Creditee = "", credits: HowMany = "", principal: Principal = door(Action.BUY)
) -> shapes.Address:
    """The page on which the credits are paid. The same purchase again, while it is unpaid, is the same page."""
    portal = portal_of(request)
    buyer = _buyer(portal, principal, creditee_id)
    package = _package(purchases.offers(portal, buyer.payer), credits)
    checkout = purchases.begin(
        portal, buyer, package.key, surface=Surface.HOSTED, currency=package.amount.currency, quantity=package.quantity
    )  # fmt: skip
    address = checkout.url or f"{portal.settings.public_url}/receipt/{checkout.order.id}"
    if address.startswith(f"{portal.settings.public_url}/"):
        # Nobody has to go anywhere to pay: it was paid before, or the provider takes nothing. So it is settled now.
        purchases.confirm(portal, buyer.account_id, checkout.order.id)
    return shapes.Address(url=address)


@router.post("/payments/setup", summary="Verify a card", responses=refuses(NotFound, PaymentRefused))
def setup(request: Request, principal: Principal = door(Action.BUY)) -> shapes.Address:
    """The page on which a card is proven and saved without a charge."""
    return shapes.Address(url=cards.verify(portal_of(request), _own(principal), BACK))


@router.post("/billing-portal", summary="Open the billing portal", responses=refuses(NotFound, PaymentRefused))
def billing_portal(request: Request, principal: Principal = door(Action.BUY)) -> shapes.Address:
    """An address of the provider's customer portal for some minutes, for its owner's eyes only."""
    return shapes.Address(url=customers.portal_address(portal_of(request), _own(principal), BACK))


@router.patch(
    "/payments/{session_id}",
    summary="Process a payment now",
    responses=refuses(NotFound, NotPaidYet, validation=True),
)
def process(request: Request, session_id: SessionId, principal: Principal = door(Action.BUY)) -> shapes.Told:
    """Asks the provider how the payment stands and settles it, without waiting for the webhook. Repeating is safe."""
    if not _SESSION.fullmatch(session_id):
        raise BadInput("This is no id of a checkout.", field="session_id")
    portal, order = portal_of(request), _order(portal_of(request), session_id)
    if order is None:
        return _process_card(portal, principal, session_id)
    if not _may_see(principal, order.account_id, order.payer_id):
        raise NotFound(UNKNOWN)
    settled = purchases.confirm(portal, order.account_id, order.id)
    if settled.state is not OrderState.CREDITED:
        raise NotPaidYet(_UNPAID.get(settled.state, _OPEN))
    return shapes.Told(message="Payment processed: the credits are on the account.")


def _package(offered: tuple[Package, ...], credits: str) -> Package:
    """What is sold without asking, or as many credits as were asked for."""
    if not credits:
        package = preselected(offered)
        if package is None:
            raise Conflict("Nothing is on sale at the moment.")
        return package
    own = next((each for each in offered if each.own), None)
    if own is None:
        raise BadInput("The number of credits cannot be chosen here.", field="credits")
    return own.giving(Credits.of(credits))


def _buyer(portal: Portal, principal: Principal, creditee: str) -> Buyer:
    """Who pays for whom. A key that is nobody's in particular lets each account pay for itself."""
    if creditee in ("", principal.id, principal.account_id):
        return Buyer(principal.id, _own(principal))
    authorize(principal, Action.BUY_FOR_OTHERS)
    account_id = directory.find(portal, creditee).account_id
    authorize(principal, Action.BUY_FOR_OTHERS, account_id)
    return Buyer(principal.id, account_id, principal.account_id or account_id)


def _own(principal: Principal) -> str:
    """The asker's own account."""
    return account_of(principal, None)


def _order(portal: Portal, session_ref: str) -> Order | None:
    try:
        return purchases.order_of_checkout(portal, session_ref)
    except NotFound:
        return None  # then it may be one that proves a card


def _process_card(portal: Portal, principal: Principal, session_ref: str) -> shapes.Told:
    account_id = cards.owner(portal, session_ref)
    if not _may_see(principal, account_id):
        raise NotFound(UNKNOWN)
    cards.confirm(portal, account_id, session_ref)
    return shapes.Told(message="The card is verified.")


def _may_see(principal: Principal, *account_ids: str) -> bool:
    return any(may(principal, Action.VIEW_ACCOUNT, account_id) for account_id in account_ids)
