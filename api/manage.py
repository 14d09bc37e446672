"""What managers do by program: POST /api/v1/transactions and /api/v1/events/{id}/replay. api/doors.py opens it."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api.asking import door, origin_of, portal_of
from api.bodies import Fields
from api.usage import REPLAYED
from auth.policy import Action, Principal, authorize
from billing import grants, replays
from billing.grants import Grant
from billing.replays import By
from billing.rules.errors import BadInput, InsufficientCredits, KeyReused, NotFound, TooLarge
from billing.rules.moments import iso
from billing.rules.money import Credits

FIELDS = frozenset({"account", "type", "amount", "reason", "idempotency_key"})
REMOVES = {"grant": False, "admin_grant": False, "removal": True, "admin_removal": True}
EVENT_PATTERN = r"^[A-Za-z0-9_]{1,255}$"
_EVENT = re.compile(EVENT_PATTERN.removesuffix("$"), re.ASCII)
_EXAMPLE = {
    "account": "acc_7kq2m0x9f3v5c8n1b4d6", "type": "grant", "amount": "100",
    "reason": "Goodwill after the outage of 3 March", "idempotency_key": "ticket-5120",
}  # fmt: skip

EventId = Annotated[str, Path(description="Stripe's event id.", json_schema_extra={"pattern": EVENT_PATTERN})]

router = APIRouter(prefix="/api/v1", tags=["management"])


@router.post(
    "/transactions",
    summary="Grant or remove credits",
    status_code=201,
    response_model=shapes.Adjusted,
    responses={
        200: {"description": "It was done before; nothing moved.", "model": shapes.Adjusted},
        **shapes.refuses(InsufficientCredits, NotFound, KeyReused, TooLarge),
    },
    openapi_extra=shapes.takes(shapes.Adjustment, _EXAMPLE),
)
async def adjust(request: Request, principal: Principal = door(Action.ADJUST_CREDITS)) -> Response:
    """Moves credits by a manager's hand, with a reason, once per key. Nobody moves their own."""
    portal = portal_of(request)
    found = bodies.fields(await bodies.read(request, portal.settings.api.body_limit_bytes), FIELDS)
    asked = _grant(found, bodies.idempotency_key(found, request), principal, origin_of(request))
    authorize(principal, Action.ADJUST_CREDITS, asked.account_id)
    posted = await run_in_threadpool(grants.give, portal, asked)
    told = shapes.Adjusted(
        transaction=str(posted.transfer_id),
        account=posted.account_id,
        type="removal" if asked.removal else "grant",
        amount=str(Credits(posted.amount_micro)),
        balance_after=str(Credits(posted.balance_after_micro)),
        reason=asked.reason.strip(),
        recorded_at=iso(posted.recorded_at),
    )
    status, headers = (201, None) if posted.fresh else (200, REPLAYED)
    return Response(told.model_dump_json(), status, headers, "application/json")


@router.post(
    "/events/{event_id}/replay",
    summary="Work a webhook event again",
    responses=shapes.refuses(NotFound, validation=True),
)
def replay(request: Request, event_id: EventId, principal: Principal = door(Action.REPLAY_EVENT)) -> shapes.Replayed:
    """Works an event from the inbox again; what it already did stays done once."""
    authorize(principal, Action.REPLAY_EVENT)
    if not _EVENT.fullmatch(event_id):
        raise NotFound("There is no such event.")
    found = replays.replay(portal_of(request), event_id, By(principal.id, origin_of(request)))
    return shapes.Replayed.model_validate({"id": event_id, "state": found.after})


def _grant(found: Fields, key: str, principal: Principal, origin: str) -> Grant:
    removal = REMOVES.get(bodies.text(found, "type") or "")
    if removal is None:
        raise BadInput("The type must be grant or removal.", field="type")
    return Grant(
        account_id=bodies.account(found.get("account")),
        amount=bodies.amount(found),
        reason=bodies.text(found, "reason") or "",
        by=principal.id,
        key=key,
        removal=removal,
        own_account_id=principal.account_id,
        origin=origin,
    )
