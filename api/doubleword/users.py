"""People and the portal's own description as Doubleword's clients ask for them. api/doors.py opens it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from api.asking import door, portal_of
from api.doubleword import shapes, telling
from api.doubleword.transactions import user_id
from api.shapes import refuses
from auth import directory
from auth.policy import Action, Principal, authorize, may
from billing import purchases
from billing.portal import Portal
from billing.rules.errors import Forbidden, NotFound, Unavailable
from billing.rules.texts import NAME_MAX

BILLING = "billing"

Include = Annotated[
    str, Query(max_length=100, description="What to add, separated by commas; `billing` adds the balance.")
]

router = APIRouter(prefix="/admin/api/v1", tags=["users"])


class UsersQuery(BaseModel):
    """Which users, from which place of the list."""

    model_config = ConfigDict(extra="forbid")

    include: str = Field(default="", max_length=100, description="`billing` adds the balance.")
    search: str = Field(default="", max_length=NAME_MAX, description="Found in name, mail address or id.")
    skip: int = Field(default=0, ge=0, le=10**9)
    limit: int = Field(default=10, ge=1, le=100)


@router.get("/users", summary="List users", responses=refuses(validation=True))
def users(
    request: Request, query: Annotated[UsersQuery, Query()], principal: Principal = door(Action.SEARCH_ACCOUNTS)
) -> shapes.Users:
    """Everybody with an account, by name."""
    authorize(principal, Action.SEARCH_ACCOUNTS)
    found, total = directory.page(portal_of(request), query.search, query.skip, query.limit)
    listed = [telling.user(each, with_billing=_with_billing(query.include)) for each in found]
    return shapes.Users(data=listed, total_count=total, skip=query.skip, limit=query.limit)


@router.get("/users/current", summary="Read the asker", responses=refuses(NotFound, validation=True))
def current(
    request: Request, include: Include = "", principal: Principal = door(Action.VIEW_ACCOUNT)
) -> shapes.OneUser:
    """Who is asking: a person, the account a key belongs to, or the key itself."""
    if principal.account_id is None:
        return telling.holder(principal)
    entry = directory.find(portal_of(request), principal.account_id)
    return telling.user(entry, with_billing=_with_billing(include))


@router.get("/users/{named}", summary="Read a user", responses=refuses(NotFound, validation=True))
def one(
    request: Request, named: str, include: Include = "", principal: Principal = door(Action.VIEW_ACCOUNT)
) -> shapes.OneUser:
    """One user, by a person's id or an account's. Who may see only themselves learns nothing about other ids."""
    if named not in (principal.id, principal.account_id) and not may(principal, Action.SEARCH_ACCOUNTS):
        raise Forbidden("Only managers may see other people.")
    if named == principal.id:
        return current(request, include, principal)
    entry = directory.find(portal_of(request), user_id(named))
    authorize(principal, Action.VIEW_ACCOUNT, entry.account_id)
    return telling.user(entry, with_billing=_with_billing(include))


@router.get("/config", summary="Describe the portal", responses=refuses())
def config(request: Request, principal: Principal = door(Action.VIEW_ACCOUNT)) -> shapes.Config:
    """What a client needs to know before it shows a button to buy."""
    authorize(principal, Action.VIEW_ACCOUNT)
    portal = portal_of(request)
    settings = portal.settings
    return shapes.Config(
        title=settings.product_name,
        payment_enabled=_sells(portal),
        payment_provider="dummy" if settings.mode == "dummy" else "stripe",
        test_mode=settings.mode != "live",
        credit_unit=settings.credits.unit_name,
        dashboard_url=settings.public_url,
        docs_url=f"{settings.public_url}/api/docs",
    )


def _sells(portal: Portal) -> bool:
    try:
        return bool(purchases.offers(portal))
    except Unavailable:
        return False


def _with_billing(include: str) -> bool:
    return BILLING in [each.strip() for each in include.split(",")]
