"""What an account may owe, by program: GET and POST /api/v1/accounts/{id}/credit-limit. api/doors.py opens it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes, shapes_credit
from api.asking import door, portal_of
from api.bodies import ACCOUNT_PATTERN, Fields
from auth.policy import Action, Principal, authorize
from billing import credit_limits
from billing.credit_limits import NewTerms, Standing
from billing.rules.errors import BadInput, NotFound, TooLarge
from billing.rules.moments import iso
from billing.rules.money import Credits
from billing.rules.overdraft import OverdraftInvoice

FIELDS = frozenset({"limit", "minimum", "due_in_days", "reason"})
ADDRESS = "/accounts/{account_id}/credit-limit"
_CREDITS = re.compile(shapes.LIMIT_PATTERN.removesuffix("$"), re.ASCII)
_EXAMPLE = {"limit": "500", "due_in_days": 14, "reason": "Agreed in the contract of 3 March"}

AccountId = Annotated[str, Path(description="The account's id.", json_schema_extra={"pattern": ACCOUNT_PATTERN})]

router = APIRouter(prefix="/api/v1", tags=["management"])


@router.get(
    ADDRESS, summary="Read a credit limit and its invoices", responses=shapes.refuses(NotFound, validation=True)
)
def read(
    request: Request, account_id: AccountId, principal: Principal = door(Action.VIEW_ACCOUNT)
) -> shapes_credit.CreditStanding:
    """What the account may owe, what it owes, and every invoice that asked for it, newest first."""
    asked = bodies.account(account_id)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    return _told(asked, credit_limits.standing(portal_of(request), asked))


@router.post(
    ADDRESS,
    summary="Set a credit limit",
    response_model=shapes_credit.CreditStanding,
    responses=shapes.refuses(NotFound, TooLarge, validation=True),
    openapi_extra=shapes.takes(shapes.CreditLimit, _EXAMPLE),
)
async def change(
    request: Request, account_id: AccountId, principal: Principal = door(Action.SET_CREDIT_LIMIT)
) -> Response:
    """Sets what the account may owe, or must keep; what is left out is none. Doing it twice changes nothing."""
    portal = portal_of(request)
    found = bodies.fields(await bodies.read(request, portal.settings.api.body_limit_bytes), FIELDS)
    asked = _terms(found, bodies.account(account_id), principal)
    authorize(principal, Action.SET_CREDIT_LIMIT, asked.account_id)
    standing = await run_in_threadpool(credit_limits.set_terms, portal, asked)
    return Response(_told(asked.account_id, standing).model_dump_json(), 200, None, "application/json")


def _terms(found: Fields, account_id: str, principal: Principal) -> NewTerms:
    return NewTerms(
        account_id=account_id,
        reason=bodies.text(found, "reason") or "",
        by=principal.id,
        limit=_credits(found, "limit"),
        minimum=_credits(found, "minimum"),
        due_in_days=_days(found.get("due_in_days")),
        own_account_id=principal.account_id,
    )


def _credits(found: Fields, name: str) -> Credits:
    """Zero or more, as text or as a whole number."""
    value = found.get(name, "0")
    if type(value) is int and 0 <= value <= bodies.INTEGER_MOST:
        return Credits.whole(value)
    if isinstance(value, str) and _CREDITS.fullmatch(value):
        return Credits.of(value)
    raise BadInput(f'The {name} must be zero or more credits, as text such as "500".', field=name)


def _days(value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    raise BadInput("The due_in_days must be a whole number.", field="due_in_days")


def _told(account_id: str, standing: Standing) -> shapes_credit.CreditStanding:
    next_at = standing.next_invoice_at
    return shapes_credit.CreditStanding(
        account=account_id,
        mode=standing.mode.value,
        limit=str(standing.limit),
        minimum=str(standing.minimum),
        owed=str(standing.owed),
        not_invoiced=str(standing.unasked),
        due_in_days=standing.due_in_days,
        next_invoice_at=None if next_at is None else iso(next_at),
        invoices=[_invoice(each) for each in standing.invoices],
    )


def _invoice(each: OverdraftInvoice) -> shapes_credit.OverdraftInvoice:
    return shapes_credit.OverdraftInvoice(
        id=each.id,
        state=each.state.value,
        period_start=iso(each.period_start),
        period_end=iso(each.period_end),
        credits=str(each.credits),
        amount=str(each.amount.major),
        currency=each.amount.currency,
        invoice=each.invoice_ref,
        number=each.number,
        url=each.url,
        due_at=None if each.due_at is None else iso(each.due_at),
        note=each.note,
    )
