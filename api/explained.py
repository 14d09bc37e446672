"""Why: GET /api/v1/balance/explained, /api/v1/transactions/{id} and /api/v1/lots/{id}. api/doors.py opens it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from api import shapes
from api import shapes_explained as own
from api.asking import account_of, door, portal_of
from api.balance import OneAccount, told
from api.filters import PeriodQuery
from auth.policy import Action, Principal, authorize, whose_uses
from billing import explanations, statements
from billing.rules.errors import NotFound
from billing.rules.explanations import Drawn, Part
from billing.rules.moments import NEVER, iso
from billing.rules.money import Credits

Number = Annotated[str, Path(pattern=r"^[0-9]{1,18}$")]

router = APIRouter(prefix="/api/v1", tags=["accounts"])


@router.get("/balance/explained", summary="Explain a balance", responses=shapes.refuses(NotFound, validation=True))
def balance(
    request: Request, query: Annotated[PeriodQuery, Query()], principal: Principal = door(Action.VIEW_ACCOUNT)
) -> own.ExplainedBalance:
    """How the balance at one moment became that at another, by type: to the last millionth, for any two moments."""
    asked = account_of(principal, query.account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    found = explanations.balance(portal_of(request), asked, *query.bounds())
    return own.ExplainedBalance(
        account=asked,
        since=None if found.since is None else iso(found.since),
        until=iso(found.until),
        opening=str(found.opening),
        parts=_parts(found.parts),
        closing=str(found.closing),
        unexplained=str(found.unexplained),
    )


@router.get(
    "/transactions/{transaction}", summary="Explain a transaction", responses=shapes.refuses(NotFound, validation=True)
)
def transaction(
    request: Request, transaction: Number, principal: Principal = door(Action.VIEW_ACCOUNT)
) -> own.ExplainedTransaction:
    """The lots it moved, what caused it, and which other transactions belong to it."""
    portal = portal_of(request)
    account_id = statements.line(portal, int(transaction)).account_id
    authorize(principal, Action.VIEW_ACCOUNT, account_id)
    found = explanations.line(portal, account_id, int(transaction), whose_uses(principal, account_id))
    return own.ExplainedTransaction(
        transaction=told(found.line),
        cause=f"{found.line.cause_type}:{found.line.cause_id}",
        dimensions=dict(found.dimensions),
        lots=[_drawn(each) for each in found.drawn],
        related=[own.Related(why=each.tie, transaction=told(each.line)) for each in found.related],
    )


@router.get("/lots/{lot}", summary="Explain a lot", responses=shapes.refuses(NotFound, validation=True))
def lot(
    request: Request, lot: Number, account: OneAccount = "", principal: Principal = door(Action.VIEW_ACCOUNT)
) -> own.ExplainedLot:
    """Where credits that came in together came from, and what became of them."""
    asked = account_of(principal, account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    found = explanations.lot(portal_of(request), asked, int(lot))
    return own.ExplainedLot(
        lot=lot,
        account=asked,
        source=found.lot.source,
        granted=str(Credits(found.lot.granted_micro)),
        repaid=str(found.repaid),
        parts=_parts(found.parts),
        remaining=str(Credits(found.lot.remaining_micro)),
        unexplained=str(found.unexplained),
        order=found.lot.order_id,
        opened_by=None if found.opened_by is None else str(found.opened_by.id),
        opened_at=iso(found.lot.created_at),
        expires_at=_moment(found.lot.expires_at),
        first_used_at=_moment(found.first_used_at),
        last_used_at=_moment(found.last_used_at),
    )


def _parts(found: Sequence[Part]) -> list[own.Part]:
    return [
        own.Part(
            type=each.kind,
            transactions=each.lines,
            credits_in=str(each.credits_in),
            credits_out=str(each.credits_out),
            amount=str(each.amount),
        )
        for each in found
    ]


def _drawn(each: Drawn) -> own.Drawn:
    return own.Drawn(
        lot=str(each.lot_id),
        source=each.source,
        amount=str(each.amount),
        order=each.order_id,
        opened_at=iso(each.opened_at),
        expires_at=_moment(each.expires_at),
    )


def _moment(moment: int | None) -> str | None:
    return None if moment is None or moment >= NEVER else iso(moment)
