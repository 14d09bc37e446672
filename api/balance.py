"""Balances and statements: GET /api/v1/balance and /api/v1/transactions. api/doors.py opens it.

Why they are what they are is told by api/explained.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from api import shapes
from api.asking import account_of, door, portal_of
from api.bodies import ACCOUNT_PATTERN
from api.filters import PageQuery
from auth.policy import Action, Principal, authorize, whose_uses
from billing import accounts, statements
from billing.rules.errors import NotFound
from billing.rules.moments import iso
from billing.rules.views import Line

router = APIRouter(prefix="/api/v1", tags=["accounts"])

OneAccount = Annotated[str, Query(pattern=f"^$|{ACCOUNT_PATTERN}", description="Left out: the asker's own account.")]


@router.get(
    "/balance",
    summary="Read a balance",
    responses=shapes.refuses(NotFound, validation=True),
)
def balance(
    request: Request, account: OneAccount = "", principal: Principal = door(Action.VIEW_ACCOUNT)
) -> shapes.Balance:
    """The account as it stands now, after everything that was answered before."""
    asked = account_of(principal, account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    seen = accounts.view(portal_of(request), asked)
    return shapes.Balance(
        account=seen.id,
        balance=str(seen.balance),
        available=str(seen.available),
        reserved=str(seen.reserved),
        owed=str(seen.owed),
        as_of=iso(seen.as_of),
    )


@router.get(
    "/transactions",
    summary="List transactions",
    responses=shapes.refuses(NotFound, validation=True),
)
def transactions(
    request: Request, query: Annotated[PageQuery, Query()], principal: Principal = door(Action.VIEW_ACCOUNT)
) -> shapes.Transactions:
    """An account's movements, a page at a time. New ones do not shift the pages that follow."""
    portal, asked = portal_of(request), account_of(principal, query.account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    filters = replace(query.filters(), limit=query.limit, cursor=int(query.cursor) if query.cursor else None)
    filters = replace(filters, whose=whose_uses(principal, asked))
    accounts.view(portal, asked)
    page = statements.page(portal, asked, filters)
    return shapes.Transactions(
        account=asked,
        items=[told(line) for line in page.lines],
        next_cursor=None if page.next_cursor is None else str(page.next_cursor),
        matching=page.matching,
        opening=str(page.opening),
        credits_in=str(page.credits_in),
        credits_out=str(page.credits_out),
        closing=str(page.closing),
    )


def told(line: Line) -> shapes.Transaction:
    """A line as the API tells it."""
    return shapes.Transaction(
        id=str(line.id),
        account=line.account_id,
        type=line.kind,
        amount=str(line.amount),
        balance_after=str(line.balance_after),
        by=line.actor,
        reason=line.reason,
        order=line.order_id,
        happened_at=iso(line.happened_at),
        recorded_at=iso(line.recorded_at),
    )
