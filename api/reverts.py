"""Giving usage back: POST /api/v1/usage/reverts. api/doors.py opens it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api.asking import door, portal_of
from api.usage import REPLAYED
from auth.policy import Action, Principal, authorize
from billing import reverts
from billing.reverts import Revert
from billing.rules.errors import KeyReused, NotFound, TooLarge
from billing.rules.moments import iso
from billing.rules.money import Credits

FIELDS = frozenset({"account", "usage", "amount", "idempotency_key", "reason"})
_EXAMPLE = {
    "account": "acc_7kq2m0x9f3v5c8n1b4d6", "usage": "job-2041-step-3", "amount": "0.1",
    "idempotency_key": "job-2041-step-3-failed", "reason": "The job failed half way",
}  # fmt: skip

router = APIRouter(prefix="/api/v1", tags=["usage"])


@router.post(
    "/usage/reverts",
    summary="Give a use back",
    status_code=201,
    response_model=shapes.Debited,
    responses=shapes.refuses(NotFound, KeyReused, TooLarge),
    openapi_extra=shapes.takes(shapes.UsageRevert, _EXAMPLE),
)
async def revert(request: Request, principal: Principal = door(Action.REVERT_USAGE)) -> Response:
    """Gives back part of a use, as often as there is something left of it. The same key moves nothing twice."""
    portal = portal_of(request)
    found = bodies.fields(await bodies.read(request, portal.settings.api.body_limit_bytes), FIELDS)
    asked = Revert(
        account_id=bodies.account(found.get("account")),
        usage_key=bodies.text(found, "usage") or "",
        amount=bodies.amount(found),
        key=bodies.idempotency_key(found, request),
        actor=principal.id,
        reason=bodies.text(found, "reason") or "",
    )
    authorize(principal, Action.REVERT_USAGE, asked.account_id)
    posted = await run_in_threadpool(reverts.revert, portal, asked)
    told = shapes.Debited(
        transaction=str(posted.transfer_id),
        account=posted.account_id,
        amount=str(Credits(posted.amount_micro)),
        balance_after=str(Credits(posted.balance_after_micro)),
        recorded_at=iso(posted.recorded_at),
    )
    status, headers = (201, None) if posted.fresh else (200, REPLAYED)
    return Response(told.model_dump_json(), status, headers, "application/json")
