"""Everybody's payments and transactions, and what they add up to, as files: GET /exports/insights.csv and its like.

A browser session opens them as well as a manager's key. For api/doors.py.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.asking import door, portal_of
from api.exports import file_of
from api.filters import DaysQuery, window_of
from auth.policy import Action, Principal
from billing import insights, trade_lists
from billing.rules.errors import BadInput
from billing.rules.insights import MovementFilters, PaymentFilters, kinds_of
from billing.rules.texts import NAME_MAX

Search = Annotated[str, Field(default="", max_length=NAME_MAX)]
State = Literal["", "new", "open", "processing", "failed", "credited", "canceled"]

router = APIRouter(include_in_schema=False)


class InsightsQuery(DaysQuery):
    """The period of /manage/insights."""

    step: Literal["day", "hour"] = "day"


class PaymentQuery(DaysQuery):
    """The filters of /manage/payments."""

    search: Search
    state: State = ""
    currency: Search
    failure: Search

    def filters(self) -> PaymentFilters:
        """The same as the list reads it. Raises BadInput."""
        since, until = self.bounds()
        return PaymentFilters(self.search.strip(), self.state, self.currency, self.failure.strip(), since, until)


class MovementQuery(DaysQuery):
    """The filters of /manage/transactions."""

    search: Search
    kind: Search

    def filters(self) -> MovementFilters:
        """The same as the list reads it. Raises BadInput."""
        kinds = kinds_of(self.kind)
        if self.kind and not kinds:
            raise BadInput("There is no such type of transactions.", field="kind")
        return MovementFilters(self.search.strip(), kinds, *self.bounds())


@router.get("/exports/insights.csv")
def figures(
    request: Request, query: Annotated[InsightsQuery, Query()], _principal: Principal = door(Action.VIEW_INSIGHTS)
) -> StreamingResponse:
    """What each day or hour brought: credits by what moved them, money by currency."""
    portal = portal_of(request)
    return file_of(portal, insights.csv_rows(portal, window_of(query, query.step, portal.clock())), "insights")


@router.get("/exports/payments.csv")
def payments(
    request: Request, query: Annotated[PaymentQuery, Query()], _principal: Principal = door(Action.VIEW_INSIGHTS)
) -> StreamingResponse:
    """Every order that matches, newest first."""
    portal = portal_of(request)
    return file_of(portal, trade_lists.payment_csv(portal, query.filters()), "payments")


@router.get("/exports/movements.csv")
def movements(
    request: Request, query: Annotated[MovementQuery, Query()], _principal: Principal = door(Action.VIEW_INSIGHTS)
) -> StreamingResponse:
    """Every transaction that matches, newest first."""
    portal = portal_of(request)
    return file_of(portal, trade_lists.movement_csv(portal, query.filters()), "movements")
