"""The managers' lists as files: GET /exports/accounts.csv and its like, filtered as the pages are. For api/doors.py.

They are asked for by a link in a page, so a browser session opens them as well as a manager's key.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.asking import door, portal_of
from api.exports import file_of
from api.filters import DaysQuery
from auth.policy import Action, Principal
from billing import account_lists, acts, grant_batches
from billing.rules.console import AccountFilters, AccountSort, AccountStatus, AuditFilters
from billing.rules.errors import NotFound
from billing.rules.moments import DAY
from billing.rules.texts import NAME_MAX, looks_like_id

IDLE = 30 * DAY
Search = Annotated[str, Field(default="", max_length=NAME_MAX)]
Sort = Literal["", "name", "-name", "balance", "-balance", "opened", "-opened"]

router = APIRouter()


class AccountQuery(BaseModel):
    """The filters of /manage."""

    model_config = ConfigDict(extra="forbid")

    search: Search
    kind: Literal["", "person", "organisation"] = ""
    status: Literal["", "active", "past_due", "disabled"] = ""
    plan: Search
    negative: Literal["", "1"] = ""
    idle: Literal["", "1"] = ""
    sort: Sort = ""

    def filters(self, now: int) -> AccountFilters:
        """The same as the list reads it."""
        return AccountFilters(
            search=self.search.strip(),
            kind=self.kind,
            status=AccountStatus(self.status) if self.status else None,
            plan=self.plan,
            negative=bool(self.negative),
            idle_since=now - IDLE if self.idle else None,
            sort=AccountSort(self.sort.removeprefix("-") or "name"),
            descending=self.sort.startswith("-"),
        )


class AuditQuery(DaysQuery):
    """The filters of /manage/audit."""

    search: Search
    actor: Search
    action: Search
    account: Search

    def filters(self) -> AuditFilters:
        """The same as the log reads it. Raises BadInput."""
        since, until = self.bounds()
        return AuditFilters(
            search=self.search.strip(),
            actor=self.actor.strip(),
            action=self.action,
            account_id=self.account.strip(),
            since=since,
            until=until,
        )


@router.get("/exports/accounts.csv", include_in_schema=False)
def accounts(
    request: Request,
    query: Annotated[AccountQuery, Query()],
    _principal: Principal = door(Action.SEARCH_ACCOUNTS),
) -> StreamingResponse:
    """Every account that matches, in the order of the list."""
    portal = portal_of(request)
    return file_of(portal, account_lists.csv_rows(portal, query.filters(portal.clock())), "accounts")


@router.get("/exports/audit.csv", include_in_schema=False)
def audit(
    request: Request, query: Annotated[AuditQuery, Query()], _principal: Principal = door(Action.VIEW_AUDIT)
) -> StreamingResponse:
    """Every act that matches, newest first."""
    portal = portal_of(request)
    return file_of(portal, acts.csv_rows(portal, query.filters()), "audit")


@router.get("/exports/grant-batches/{batch_id}.csv", include_in_schema=False)
def grant_batch(
    request: Request, batch_id: str, _principal: Principal = door(Action.ADJUST_CREDITS)
) -> StreamingResponse:
    """Every row of a batch: what was found, and later what became of it."""
    portal = portal_of(request)
    if not looks_like_id(batch_id, "bat"):
        raise NotFound("There is no such batch.")
    return file_of(portal, grant_batches.csv_rows(portal, batch_id), f"grants-{batch_id}")
