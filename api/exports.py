"""Exports: GET /exports/transactions.csv, a statement as a file for whoever is signed in. api/doors.py opens it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.asking import account_of, door, portal_of
from api.filters import StatementQuery
from auth.policy import Action, Principal, authorize
from billing import accounts, statements
from billing.rules.moments import iso

PIECE_CHARACTERS = 64_000

router = APIRouter()


@router.get("/exports/transactions.csv", include_in_schema=False)
def transactions(
    request: Request, query: Annotated[StatementQuery, Query()], principal: Principal = door(Action.EXPORT)
) -> StreamingResponse:
    """Everything that matches, newest first, however long: it is read and sent a piece at a time."""
    portal, asked = portal_of(request), account_of(principal, query.account)
    authorize(principal, Action.EXPORT, asked)
    filters = query.filters()
    accounts.view(portal, asked)
    pieces = _pieces(statements.csv_rows(portal, asked, filters))
    # The first piece is read before the answer begins, so that a database that is away is still told as a problem.
    first = next(pieces, "")
    name = f"transactions-{asked}-{iso(portal.clock())[:10]}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(chain([first], pieces), media_type="text/csv; charset=utf-8", headers=headers)


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
