"""The rest of what Datalayer's clients ask about an account: its credits, and the way to its cards and invoices.

api/doors.py opens it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import shapes
from api.asking import door, portal_of
from api.datalayer import shapes as own
from api.datalayer import telling
from api.datalayer.asking import DatalayerRoute, Scope, answer, body, named_in, scope_of
from auth.policy import Action, Principal
from billing import accounts, customers
from billing.portal import Portal
from billing.rules.errors import NotFound, PaymentRefused, TooLarge
from billing.rules.moments import iso

router = APIRouter(prefix="/api/iam/v1", tags=["datalayer"], route_class=DatalayerRoute)


@router.get("/usage/credits", summary="Read the credits", response_model=own.Wallet,
            responses=shapes.refuses(NotFound, validation=True))  # fmt: skip
def credits(request: Request, scope: Scope, principal: Principal = door(Action.VIEW_ACCOUNT)) -> Response:
    """What can be spent now. There is no quota: credits are prepaid."""
    asked = scope_of(principal, Action.VIEW_ACCOUNT, scope.billable_account_uid)
    seen = accounts.view(portal_of(request), asked)
    told = {"credits": seen.available, "quota": None, "last_update": iso(seen.as_of)}
    return answer({"account_uid": seen.id, "credits": told, "reserved": seen.reserved, "reservations": []})


@router.post(
    "/checkout/portal",
    summary="Open the customer portal",
    response_model=own.PortalAddress,
    responses=shapes.refuses(NotFound, PaymentRefused, TooLarge),
    openapi_extra=own.takes(own.PortalAsked, return_url="https://credits.example.com/plan"),
)
async def portal_session(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """An address of Stripe's customer portal for some minutes, for its owner's eyes only."""
    portal, found = portal_of(request), await body(request, may_be_empty=True)
    asked = scope_of(principal, Action.BUY, *named_in(found))
    back = _own_path(portal, found.get("return_url"))
    url = await run_in_threadpool(customers.portal_address, portal, asked, back)
    return answer({"account_uid": asked, "portal": {**telling.door_to_portal(portal), "url": url}})


def _own_path(portal: Portal, address: object) -> str:
    """Where the portal sends people back to: a place of ours, whatever a client asks for."""
    own_address, asked = urlsplit(portal.settings.public_url), urlsplit(address if isinstance(address, str) else "")
    is_ours = (asked.scheme, asked.netloc) == (own_address.scheme, own_address.netloc)
    return asked.path if is_ours and asked.path.startswith("/") else "/plan"
