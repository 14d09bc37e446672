"""Grants, removals and the list of transactions as Doubleword's clients ask for them. api/doors.py opens it."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies
from api.asking import account_of, door, portal_of
from api.bodies import Fields
from api.doubleword import shapes, telling
from api.filters import When, moment
from api.shapes import refuses
from api.usage import REPLAYED
from auth import directory
from auth.policy import Action, Principal, authorize, may
from billing import accounts, grants, statements
from billing.grants import Grant
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, Forbidden, InsufficientCredits, NotFound, TooLarge
from billing.rules.texts import NAME_MAX, clean, new_id
from billing.rules.views import Line, Listing

REMOVES = {"admin_grant": False, "admin_removal": True}
PATH = "/transactions"
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_USER = re.compile(shapes.USER_PATTERN.removesuffix("$"), re.ASCII)
_EXAMPLE = {
    "user_id": "usr_7kq2m0x9f3v5c8n1b4d6", "transaction_type": "admin_grant", "amount": 100,
    "description": "Welcome bonus",
}  # fmt: skip

router = APIRouter(prefix="/admin/api/v1", tags=["transactions"])


@router.post(
    PATH,
    summary="Grant or remove credits",
    status_code=201,
    response_model=shapes.Transaction,
    responses={
        200: {"description": "The Idempotency-Key was used for it before; nothing moved.", "model": shapes.Transaction},
        **refuses(InsufficientCredits, NotFound, Conflict, TooLarge),
    },
    openapi_extra=shapes.takes(_EXAMPLE),
)
async def adjust(request: Request, principal: Principal = door(Action.ADJUST_CREDITS)) -> Response:
    """Moves credits by hand. A `source_id` is taken once for ever; without one each call moves credits anew."""
    portal = portal_of(request)
    found = bodies.loose(await bodies.read(request, portal.settings.api.body_limit_bytes))
    source, header = bodies.text(found, "source_id"), request.headers.get("idempotency-key")
    owner = await run_in_threadpool(directory.find, portal, user_id(found.get("user_id")))
    authorize(principal, Action.ADJUST_CREDITS, owner.account_id)
    asked = _grant(found, owner.account_id, source or header or new_id("api"), principal)
    posted = await run_in_threadpool(grants.give, portal, asked)
    if source and not posted.fresh:
        raise Conflict("A transaction with this source_id already exists.", field="source_id")
    told = telling.transaction(await run_in_threadpool(statements.line, portal, posted.transfer_id), owner.id)
    status, headers = (201, None) if posted.fresh else (200, REPLAYED)
    return Response(told.model_dump_json(), status, headers, "application/json")


class ListQuery(BaseModel):
    """Which transactions, from which place of the list."""

    model_config = ConfigDict(extra="forbid")

    user_id: str = Field(default="", pattern=f"^$|{shapes.USER_PATTERN}", description="Left out: the asker.")
    all: bool = Field(default=False, description="Everybody's, for those who may see every account.")
    transaction_types: str = Field(default="", max_length=100, description="Some of the four, separated by commas.")
    search: str = Field(default="", max_length=NAME_MAX, description="Found in description, source, actor or order.")
    start_date: When = Field(description="First day or moment; without a zone it is UTC.")
    end_date: When = Field(description="Last day (included), or the moment at which the period ends.")
    group_batches: bool = Field(default=False, description="Taken for their clients' sake: uses are not grouped here.")
    skip: int = Field(default=0, ge=0, le=10**9)
    limit: int = Field(default=10, ge=1, le=101)


@router.get(PATH, summary="List transactions", responses=refuses(NotFound, validation=True))
def transactions(
    request: Request, query: Annotated[ListQuery, Query()], principal: Principal = door(Action.VIEW_ACCOUNT)
) -> shapes.Transactions:
    """An account's transactions, or everybody's, newest first."""
    portal = portal_of(request)
    account_id = None if query.all else _account(portal, principal, query.user_id)
    if query.all:
        authorize(principal, Action.SEARCH_ACCOUNTS)
    asked = Listing(
        account_id, telling.picks(query.transaction_types), clean(query.search, "search", most=NAME_MAX),
        moment(query.start_date, "start_date", UTC), moment(query.end_date, "end_date", UTC, whole_day=True),
        query.skip, query.limit,
    )  # fmt: skip
    lines, has_more = statements.listing(portal, asked)
    owners = directory.owners(portal, {line.account_id for line in lines})
    return shapes.Transactions(
        data=[telling.transaction(line, owners[line.account_id]) for line in lines],
        has_more=has_more,
        page_start_balance=None if account_id is None else _start(portal, account_id, lines),
    )


@router.get(f"{PATH}/{{transaction_id}}", summary="Read a transaction", responses=refuses(NotFound, validation=True))
def transaction(
    request: Request,
    transaction_id: Annotated[str, Path(description="Its id.", json_schema_extra={"pattern": "^[0-9]{1,18}$"})],
    principal: Principal = door(Action.VIEW_ACCOUNT),
) -> shapes.Transaction:
    """One transaction. Somebody else's looks like one that does not exist."""
    if not _ID.fullmatch(transaction_id):
        raise NotFound("There is no such transaction.")
    portal = portal_of(request)
    line = statements.line(portal, int(transaction_id))
    if not may(principal, Action.VIEW_ACCOUNT, line.account_id):
        raise NotFound("There is no such transaction.")
    return telling.transaction(line, directory.owners(portal, [line.account_id])[line.account_id])


def user_id(value: object) -> str:
    """A person's or an account's id. What cannot be one is as unknown as one that does not exist."""
    if not isinstance(value, str) or not value:
        raise BadInput("Say which user, by their id.", field="user_id")
    if not _USER.fullmatch(value):
        raise NotFound("There is no such user.")
    return value


def _grant(found: Fields, account_id: str, key: str, principal: Principal) -> Grant:
    removal = REMOVES.get(bodies.text(found, "transaction_type") or "")
    if removal is None:
        raise BadInput("The transaction_type must be admin_grant or admin_removal.", field="transaction_type")
    described = bodies.text(found, "description") if found.get("description") is not None else None
    return Grant(
        account_id=account_id,
        amount=bodies.amount(found),
        reason=(described or "").strip() or f"{'Removed' if removal else 'Granted'} by {principal.name}",
        by=principal.id,
        key=key,
        removal=removal,
        own_account_id=principal.account_id,
        # A person has a page for this and is asked there why; a program keeps to the document it was written by.
        brief=principal.session is None,
    )


def _account(portal: Portal, principal: Principal, named: str) -> str:
    """The account whose list is asked for. Who may see only their own learns nothing about other ids."""
    if named in ("", principal.id, principal.account_id):
        account_id = account_of(principal, None)
    elif may(principal, Action.SEARCH_ACCOUNTS) or principal.account_id is None:
        account_id = directory.find(portal, named).account_id
    else:
        raise Forbidden("Only managers may see other people's transactions.")
    authorize(principal, Action.VIEW_ACCOUNT, account_id)
    return account_id


def _start(portal: Portal, account_id: str, lines: list[Line]) -> str:
    return str(lines[0].balance_after if lines else accounts.view(portal, account_id).balance)
