"""What was used, when, and by whom or for what: GET /api/v1/usage/report. api/doors.py opens it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from api import shapes
from api import shapes_explained as own
from api.asking import account_of, door, portal_of
from api.filters import UsageQuery
from auth.policy import Action, Principal, authorize, whose_uses
from billing import usage_reports
from billing.rules.errors import NotFound
from billing.rules.moments import iso, to_datetime
from billing.rules.usage_reports import Bar, Group, Grouping
from billing.rules.windows import Window

router = APIRouter(prefix="/api/v1", tags=["usage"])


@router.get("/usage/report", summary="Report usage", responses=shapes.refuses(NotFound, validation=True))
def report(
    request: Request, query: Annotated[UsageQuery, Query()], principal: Principal = door(Action.VIEW_ACCOUNT)
) -> own.UsageReport:
    """Uses by day or hour of a zone and by group, with what they are compared with."""
    portal, asked = portal_of(request), account_of(principal, query.account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    grouping = replace(Grouping.of(query.by), whose=whose_uses(principal, asked))
    found = usage_reports.report(portal, asked, query.window(portal.clock()), grouping)
    return own.UsageReport(
        account=asked,
        since=iso(found.window.since),
        until=iso(found.window.until),
        events=found.events,
        credits=str(found.total),
        before=str(found.before),
        given_back=str(found.given_back),
        groups=[_group(each) for each in found.groups],
        others=None if found.others is None else _group(found.others),
        steps=[_step(found.window, place, each) for place, each in enumerate(found.bars)],
        dimensions=list(found.dimensions),
    )


def _group(each: Group) -> own.UsageGroup:
    return own.UsageGroup(name=each.name, events=each.events, credits=str(each.used), before=str(each.before))


def _step(window: Window, place: int, bar: Bar) -> own.UsageStep:
    start, end = window.edges[place : place + 2]
    return own.UsageStep(
        start=iso(start),
        end=iso(end),
        local=to_datetime(start).astimezone(window.zone).isoformat(),
        events=bar.events,
        credits=str(bar.total),
        groups=[str(each) for each in bar.used],
    )
