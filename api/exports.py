"""Exports: GET /exports/..., what is on the screen as a file for whoever is signed in. api/doors.py opens it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.asking import account_of, door, portal_of
from api.filters import InvoicesQuery, PeriodQuery, StatementQuery, UsageQuery
from auth.policy import Action, Principal, authorize, whose_uses
from auth.speaking import speech_of
from billing import accounts, explanations, papers, printouts, statements, usage_reports
from billing.portal import Portal
from billing.rules.calendars import zone_of
from billing.rules.moments import iso
from billing.rules.usage_reports import Grouping
from billing.rules.views import Filters

PIECE_CHARACTERS = 64_000
MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json"}

router = APIRouter(include_in_schema=False)


@router.get("/exports/transactions.csv")
def transactions(
    request: Request, query: Annotated[StatementQuery, Query()], principal: Principal = door(Action.EXPORT)
) -> StreamingResponse:
    """Everything that matches, however long: it is read and sent a piece at a time."""
    portal, asked = _admitted(request, principal, query.account)
    rows = statements.csv_rows(portal, asked, _shown(principal, asked, query), zone_of(query.zone))
    return file_of(portal, rows, f"transactions-{asked}", "csv")


@router.get("/exports/transactions.json")
def transactions_as_json(
    request: Request, query: Annotated[StatementQuery, Query()], principal: Principal = door(Action.EXPORT)
) -> StreamingResponse:
    """The same for programs that read JSON."""
    portal, asked = _admitted(request, principal, query.account)
    rows = statements.json_rows(portal, asked, _shown(principal, asked, query), zone_of(query.zone))
    return file_of(portal, rows, f"transactions-{asked}", "json")


@router.get("/exports/balance.csv")
def balance(
    request: Request, query: Annotated[PeriodQuery, Query()], principal: Principal = door(Action.EXPORT)
) -> StreamingResponse:
    """How the balance at one moment became that at another, by type."""
    portal, asked = _admitted(request, principal, query.account)
    rows = explanations.csv_rows(explanations.balance(portal, asked, *query.bounds()))
    return file_of(portal, rows, f"balance-{asked}", "csv")


@router.get("/exports/statement.pdf")
def statement(
    request: Request, query: Annotated[PeriodQuery, Query()], principal: Principal = door(Action.EXPORT)
) -> Response:
    """The statement on paper, in the language and zone of whoever asks."""
    portal, asked = _admitted(request, principal, query.account)
    content = printouts.statement_pdf(portal, asked, *query.bounds(), speech_of(request))
    return Response(content, media_type="application/pdf", headers=_named(portal, f"statement-{asked}", "pdf"))


@router.get("/exports/usage.csv")
def usage(
    request: Request, query: Annotated[UsageQuery, Query()], principal: Principal = door(Action.EXPORT)
) -> StreamingResponse:
    """What was used, by day or hour and by whatever it is grouped by."""
    portal, asked = _admitted(request, principal, query.account)
    grouping = replace(Grouping.of(query.by), whose=whose_uses(principal, asked))
    rows = usage_reports.csv_rows(portal, asked, query.window(portal.clock()), grouping)
    return file_of(portal, rows, f"usage-{asked}", "csv")


@router.get("/exports/invoices.csv")
def invoices(
    request: Request, query: Annotated[InvoicesQuery, Query()], principal: Principal = door(Action.EXPORT)
) -> StreamingResponse:
    """The invoices that the payment provider has of the account; its plain members do not see what it pays."""
    portal, asked = _admitted(request, principal, query.account)
    if asked == principal.account_id:
        authorize(principal, Action.BUY, asked)
    return file_of(portal, papers.csv_rows(portal, asked, query.year), f"invoices-{asked}", "csv")


def _admitted(request: Request, principal: Principal, account: str) -> tuple[Portal, str]:
    """The portal and the account, which exists and whose things this person may take away."""
    portal, asked = portal_of(request), account_of(principal, account)
    authorize(principal, Action.EXPORT, asked)
    accounts.view(portal, asked)
    return portal, asked


def _shown(principal: Principal, account_id: str, query: StatementQuery) -> Filters:
    return replace(query.filters(), whose=whose_uses(principal, account_id))


def file_of(portal: Portal, rows: Iterator[str], name: str, ending: str = "csv") -> StreamingResponse:
    """Rows as a file named after what they are and the day, sent while they are read."""
    pieces = _pieces(rows)
    # The first piece is read before the answer begins, so that a database that is away is still told as a problem.
    first = next(pieces, "")
    return StreamingResponse(chain([first], pieces), media_type=MEDIA[ending], headers=_named(portal, name, ending))


def _named(portal: Portal, name: str, ending: str) -> dict[str, str]:
    whole = f"{name}-{iso(portal.clock())[:10]}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{whole}"', "Cache-Control": "no-store"}


def _pieces(rows: Iterator[str]) -> Iterator[str]:
    """Rows joined into larger pieces: each piece costs the server one change of thread."""
    waiting: list[str] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= PIECE_CHARACTERS:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)
