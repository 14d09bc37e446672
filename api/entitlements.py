"""What an account may do by its plan: /api/v1/entitlements. api/doors.py opens it.

A program asks before it does something, and takes a place before it makes something that is counted. People may look.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api import shapes_plans as own
from api.asking import account_of, door, portal_of
from api.balance import OneAccount
from api.bodies import Fields
from api.usage import REPLAYED
from auth.policy import Action, Principal, authorize
from billing import entitlements
from billing.entitlements import Asked, Verdict
from billing.portal import Portal
from billing.rules.errors import BadInput, KeyReused, LimitReached, NotFound, TooLarge
from billing.rules.moments import iso

CHECK_FIELDS = frozenset({"account", "feature", "limit", "count"})
TAKE_FIELDS = frozenset({"account", "limit", "holder", "count"})
RELEASE_FIELDS = frozenset({"account", "limit", "holder"})
_ACCOUNT = "acc_7kq2m0x9f3v5c8n1b4d6"
_PLACE = {"account": _ACCOUNT, "limit": "pipelines", "holder": "pipeline-2041"}

router = APIRouter(prefix="/api/v1/entitlements", tags=["entitlements"])


@router.post(
    "/check",
    summary="Ask what a plan allows",
    response_model=own.Allowance,
    responses=shapes.refuses(NotFound, TooLarge),
    openapi_extra=shapes.takes(own.AllowanceAsked, {"account": _ACCOUNT, "limit": "pipelines", "count": 1}),
)
async def check(request: Request, principal: Principal = door(Action.VIEW_ACCOUNT)) -> Response:
    """Whether the account's plan has a feature, or room for so many more; if not, which plan has and what it costs.

    It holds nothing: between this answer and a place taken, somebody else may take the last one.
    """
    portal, found = portal_of(request), await _body(request, CHECK_FIELDS)
    account_id = bodies.account(found.get("account"))
    authorize(principal, Action.VIEW_ACCOUNT, account_id)
    verdict = await run_in_threadpool(_judged, portal, account_id, found)
    return _answer(_allowance(verdict))


@router.post(
    "/take",
    summary="Take a place",
    status_code=201,
    response_model=own.PlaceTaken,
    responses={
        200: {"description": "The holder had it before.", "model": own.PlaceTaken},
        **shapes.refuses(NotFound, LimitReached, KeyReused, TooLarge),
    },
    openapi_extra=shapes.takes(own.PlaceAsked, {**_PLACE, "count": 1}),
)
async def take(request: Request, principal: Principal = door(Action.TAKE_PLACES)) -> Response:
    """Takes places of a limit for a holder, the caller's own name of what is registered; once, however often asked.

    Refused with `limit_reached` or `not_in_plan`, and then with the same fields as a check.
    """
    portal, asked = portal_of(request), _asked(await _body(request, TAKE_FIELDS), principal)
    taken = await run_in_threadpool(entitlements.take, portal, asked)
    place = {"holder": taken.place.holder, "count": taken.place.count, "taken_at": iso(taken.place.taken_at)}
    told = own.PlaceTaken.model_validate({**_allowance(taken.verdict).model_dump(), **place})
    status, headers = (201, None) if taken.fresh else (200, REPLAYED)
    return Response(told.model_dump_json(), status, headers, "application/json")


@router.post(
    "/release",
    summary="Give a place back",
    response_model=own.PlaceReleased,
    responses=shapes.refuses(NotFound, TooLarge),
    openapi_extra=shapes.takes(own.PlaceNamed, _PLACE),
)
async def release(request: Request, principal: Principal = door(Action.TAKE_PLACES)) -> Response:
    """Gives back what the holder has; doing it twice changes nothing, and no plan can refuse it."""
    portal, asked = portal_of(request), _asked(await _body(request, RELEASE_FIELDS), principal)
    was_held = await run_in_threadpool(entitlements.release, portal, asked)
    return _answer(own.PlaceReleased(holder=asked.holder.strip(), released=was_held))


@router.get("", summary="Read a plan and what is used of it", responses=shapes.refuses(NotFound, validation=True))
def overview(
    request: Request, account: OneAccount = "", principal: Principal = door(Action.VIEW_ACCOUNT)
) -> own.Entitlements:
    """The account's plan, its features, each limit with what is in use, and the newest 1,000 places."""
    asked = account_of(principal, account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    seen = entitlements.overview(portal_of(request), asked)
    plan = seen.standing.tier
    return own.Entitlements(
        account=asked,
        plan=plan.key if plan else None,
        closed=seen.standing.closed,
        features=sorted(plan.features) if plan else [],
        limits=[
            own.LimitState(name=name, used=seen.used.get(name, 0), limit=plan.most(name) if plan else 0)
            for name in sorted(seen.offer.limits)
        ],
        places=[
            own.Place(limit=each.limit, holder=each.holder, count=each.count, taken_at=iso(each.taken_at))
            for each in seen.places
        ],
    )


def _judged(portal: Portal, account_id: str, found: Fields) -> Verdict:
    feature, limit = bodies.text(found, "feature"), bodies.text(found, "limit")
    if (feature is None) == (limit is None):
        raise BadInput("Ask about one feature or about one limit.", field="feature")
    if limit is not None:
        return entitlements.check_room(portal, account_id, limit, found.get("count", 1))
    if "count" in found:
        raise BadInput("A feature is had or not: leave the count out.", field="count")
    return entitlements.check(portal, account_id, feature or "")


def _asked(found: Fields, principal: Principal) -> Asked:
    account_id = bodies.account(found.get("account"))
    authorize(principal, Action.TAKE_PLACES, account_id)
    limit, holder = bodies.text(found, "limit") or "", bodies.text(found, "holder") or ""
    return Asked(account_id, limit, holder, principal.id, found.get("count", 1))


def _allowance(verdict: Verdict) -> own.Allowance:
    better = entitlements.upgrade_of(verdict)
    return own.Allowance(
        allowed=verdict.allowed,
        reason=verdict.reason,
        plan=verdict.plan.key if verdict.plan else None,
        used=verdict.used if verdict.counted else None,
        limit=verdict.limit if verdict.counted else None,
        upgrade=own.Upgrade.model_validate(better) if better else None,
    )


async def _body(request: Request, allowed: frozenset[str]) -> Fields:
    return bodies.fields(await bodies.read(request, portal_of(request).settings.api.body_limit_bytes), allowed)


def _answer(told: own.Told) -> Response:
    return Response(told.model_dump_json(), media_type="application/json")
