"""Many grants at once, by program and by the page that sends files: /api/v1/grant-batches. api/doors.py opens it.

A file is sent as CSV and only checked; confirming it with its total lets it run. The portal does the rest by itself.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes, shapes_batches
from api.asking import door, origin_of, portal_of
from api.shapes_batches import BATCH_PATTERN
from auth.policy import Action, Principal
from billing import grant_batches
from billing.grant_batches import NAME_MOST, Confirmed, Seen, Sent
from billing.rules.errors import BadInput, Conflict, KeyReused, NotFound, TooLarge
from billing.rules.grant_batches import RowState
from billing.rules.grant_rows import REFERENCE_MOST, TEXT_MOST, GivenRow
from billing.rules.moments import iso
from billing.rules.money import Credits
from billing.rules.texts import KEY_MAX

FILE_MOST = 4_000_000
FIELDS = frozenset({"total", "skip_bad"})
_BATCH = re.compile(BATCH_PATTERN.removesuffix("$"), re.ASCII)
_TOTAL = re.compile(shapes.LIMIT_PATTERN.removesuffix("$"), re.ASCII)
_CSV = (
    "account,amount,reason,expires,reference\nacc_7kq2m0x9f3v5c8n1b4d6,12.5,Goodwill after the outage,2027-06-30,T-1\n"
)

BatchId = Annotated[str, Path(description="The batch's id.", json_schema_extra={"pattern": BATCH_PATTERN})]

router = APIRouter(prefix="/api/v1/grant-batches", tags=["management"])


class FileQuery(BaseModel):
    """What holds for the whole file, and for cells it leaves empty."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(default="", max_length=KEY_MAX, description="Idempotency key; may be the header instead.")
    name: str = Field(default="", max_length=NAME_MOST)
    amount: str = Field(default="", max_length=40, description="For rows without one.")
    reason: str = Field(default="", max_length=TEXT_MOST, description="For rows without one.")
    reference: str = Field(default="", max_length=REFERENCE_MOST, description="For rows without one.")
    shown: bool = Field(default=False, description="The owners read the reasons in their statements.")


@router.post(
    "",
    summary="Check a file of grants and removals",
    status_code=201,
    response_model=shapes_batches.GrantBatch,
    responses=shapes.refuses(KeyReused, TooLarge, validation=True),
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}, "example": _CSV}}}
    },
)
async def check(
    request: Request, query: Annotated[FileQuery, Query()], principal: Principal = door(Action.ADJUST_CREDITS)
) -> Response:
    """Judges every row and moves nothing. The same key again answers with the same batch."""
    raw = await bodies.read(request, FILE_MOST)
    try:
        text = raw.decode("utf-8-sig")
    except ValueError:
        raise BadInput("The file must be text in UTF-8.", field="rows") from None
    sent = Sent(
        text, principal.id, bodies.idempotency_key({"idempotency_key": query.key}, request), query.name,
        GivenRow(0, "", query.amount, query.reason, "", query.reference), query.shown, principal.account_id,
        origin_of(request),
    )  # fmt: skip
    return _answer(await run_in_threadpool(grant_batches.check, portal_of(request), sent), 201)


@router.get("/{batch_id}", summary="How far a batch has come", responses=shapes.refuses(NotFound, validation=True))
def read(
    request: Request, batch_id: BatchId, _principal: Principal = door(Action.ADJUST_CREDITS)
) -> shapes_batches.GrantBatch:
    """Rows by state, sums, and what is wrong with how many rows."""
    return _told(grant_batches.view(portal_of(request), _known(batch_id)))


@router.post(
    "/{batch_id}/confirm",
    summary="Let a checked batch run",
    response_model=shapes_batches.GrantBatch,
    responses=shapes.refuses(NotFound, Conflict, TooLarge, validation=True),
    openapi_extra=shapes.takes(shapes_batches.BatchConfirmation, {"total": "12500", "skip_bad": True}),
)
async def confirm(request: Request, batch_id: BatchId, principal: Principal = door(Action.ADJUST_CREDITS)) -> Response:
    """Only who checked it can, with its total. Confirming it again changes nothing; each row is done once."""
    portal = portal_of(request)
    found = bodies.fields(await bodies.read(request, portal.settings.api.body_limit_bytes), FIELDS)
    skip = found.get("skip_bad", False)
    if not isinstance(skip, bool):
        raise BadInput("The field skip_bad must be true or false.", field="skip_bad")
    said = Confirmed(_total(found.get("total")), principal.id, skip, origin_of(request))
    return _answer(await run_in_threadpool(grant_batches.confirm, portal, _known(batch_id), said))


@router.post("/{batch_id}/stop", summary="Stop a batch", responses=shapes.refuses(NotFound, validation=True))
def stop(
    request: Request, batch_id: BatchId, principal: Principal = door(Action.ADJUST_CREDITS)
) -> shapes_batches.GrantBatch:
    """What is not done yet is never done."""
    return _told(grant_batches.stop(portal_of(request), _known(batch_id), principal.id, origin_of(request)))


@router.post(
    "/{batch_id}/reverse", summary="Take a batch back", responses=shapes.refuses(NotFound, Conflict, validation=True)
)
def reverse(
    request: Request, batch_id: BatchId, principal: Principal = door(Action.ADJUST_CREDITS)
) -> shapes_batches.GrantBatch:
    """Makes the batch, to be confirmed like any other, that takes back every row that was done. There is one."""
    own, origin = principal.account_id, origin_of(request)
    portal = portal_of(request)
    return _told(grant_batches.reverse(portal, _known(batch_id), principal.id, own_account_id=own, origin=origin))


def _known(batch_id: str) -> str:
    if not _BATCH.fullmatch(batch_id):
        raise NotFound("There is no such batch.")
    return batch_id


def _total(value: Any) -> Credits:
    if not (isinstance(value, str) and _TOTAL.fullmatch(value)):
        raise BadInput('The total must be text such as "12500".', field="total")
    return Credits.of(value)


def _answer(seen: Seen, status: int = 200) -> Response:
    return Response(_told(seen).model_dump_json(), status, None, "application/json")


def _told(seen: Seen) -> shapes_batches.GrantBatch:
    batch, totals = seen.batch, seen.totals
    return shapes_batches.GrantBatch(
        id=batch.id,
        name=batch.name,
        state=batch.state.value,
        created_by=batch.created_by,
        created_at=iso(batch.created_at),
        confirmed_at=None if batch.confirmed_at is None else iso(batch.confirmed_at),
        ended_at=None if batch.ended_at is None else iso(batch.ended_at),
        rows=shapes_batches.BatchRows(**{state.value: totals.of(state) for state in RowState}),
        granted=str(totals.granted),
        removed=str(totals.removed),
        total=str(totals.moved),
        problems=[shapes_batches.BatchProblem(problem=each, rows=count) for each, count in seen.problems],
        note=batch.note,
        reverses=batch.reverses,
        reversed_by=seen.reversed_by,
    )
