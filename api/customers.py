"""Who an account is at the payment provider: GET and POST /api/v1/accounts/{id}/customer. api/doors.py opens it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.requests import Request

from api import bodies, shapes
from api.asking import door, portal_of
from api.bodies import ACCOUNT_PATTERN
from auth.policy import Action, Principal, authorize
from billing import customers
from billing.portal import Portal
from billing.rules.errors import NotFound, PaymentRefused
from billing.rules.facts import CustomerFact
from billing.rules.moments import iso
from billing.rules.tax import Address

ADDRESS = "/accounts/{account_id}/customer"
Text = Annotated[str | None, Field(examples=[None])]

AccountId = Annotated[str, Path(description="The account's id.", json_schema_extra={"pattern": ACCOUNT_PATTERN})]

router = APIRouter(prefix="/api/v1", tags=["management"])


class Place(BaseModel):
    """A billing address; what is not known is empty."""

    country: str = Field(examples=["DE"])
    postal_code: str
    state: str
    city: str
    line1: str
    line2: str


class TaxId(BaseModel):
    """A tax id and its kind."""

    type: str = Field(examples=["eu_vat"])
    value: str = Field(examples=["DE123456789"])


class Customer(BaseModel):
    """The customer as the provider told it at `read_at`; `customer` is null while it knows no such account."""

    account: shapes.Account
    customer: str | None = Field(examples=["cus_1Q2w3e4r5t"])
    name: Text
    email: Text
    phone: Text
    address: Place | None
    tax_ids: list[TaxId]
    tax_exempt: str = Field(examples=["none"])
    read_at: shapes.Moment | None


@router.get(ADDRESS, summary="Read an account's customer", responses=shapes.refuses(NotFound, validation=True))
def read(request: Request, account_id: AccountId, principal: Principal = door(Action.VIEW_ACCOUNT)) -> Customer:
    """Who pays for the account, as the payment provider has them: name, mail, address and tax ids."""
    asked = bodies.account(account_id)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    return _told(portal_of(request), asked)


@router.post(
    ADDRESS,
    summary="Register an account as a customer",
    responses=shapes.refuses(NotFound, PaymentRefused, validation=True),
)
def register(
    request: Request, account_id: AccountId, principal: Principal = door(Action.REGISTER_CUSTOMER)
) -> Customer:
    """Makes an account known to the payment provider before it buys, an offline one too. Twice is the same as once."""
    portal, asked = portal_of(request), bodies.account(account_id)
    authorize(principal, Action.REGISTER_CUSTOMER, asked)
    customers.register(portal, asked, by=principal.id)
    return _told(portal, asked)


def _told(portal: Portal, account_id: str) -> Customer:
    found = customers.details(portal, account_id) or CustomerFact("", 0)
    is_there = bool(found.customer_ref) and not found.is_deleted
    return Customer(
        account=account_id,
        customer=found.customer_ref if is_there else None,
        name=found.name,
        email=found.email,
        phone=found.phone,
        address=_place(found.address) if found.address else None,
        tax_ids=[TaxId(type=kind, value=number) for kind, number in found.tax_ids],
        tax_exempt=found.tax_exempt,
        read_at=iso(found.read_at) if found.read_at else None,
    )


def _place(address: Address) -> Place:
    return Place(
        country=address.country,
        postal_code=address.postal_code,
        state=address.state,
        city=address.city,
        line1=address.line1,
        line2=address.line2,
    )
