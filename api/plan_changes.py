"""Plans and their changes by program: /api/v1/plans and /api/v1/subscription. api/doors.py opens it.

A change is looked at first. Its preview names everything it means, and only what was previewed can be confirmed.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api import shapes_changes as own
from api.asking import account_of, door, portal_of
from api.balance import OneAccount
from api.bodies import Fields
from api.telling_changes import offered, shown, state
from auth.policy import Action, Principal, authorize
from billing import plan_changes, plan_choices
from billing.plan_changes import When, Wish
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, NotFound, PaymentRefused, TooLarge
from billing.rules.texts import clean

ACCOUNT_FIELDS = frozenset({"account"})
PREVIEW_FIELDS = frozenset({"account", "plan", "interval", "seats", "when", "promotion_code", "coupon"})
CHANGE_FIELDS = PREVIEW_FIELDS | {"as_previewed"}
TOKEN_MAX, NAME_MAX, CODE_MAX = 200, 100, 200
_ACCOUNT = "acc_7kq2m0x9f3v5c8n1b4d6"
_ASKED = {"account": _ACCOUNT, "plan": "team", "interval": "year", "when": "period_end"}
_TOKEN = "1700000000000000-0f3a9c5e7d1b2a4c6e8f0a1b2c3d4e5f60718293"  # noqa: S105  it names what was shown

router = APIRouter(prefix="/api/v1", tags=["plans"])


@router.get("/plans", summary="List the plans an account can have", responses=shapes.refuses(NotFound, validation=True))
def plans(request: Request, account: OneAccount = "", principal: Principal = door(Action.VIEW_ACCOUNT)) -> own.Plans:
    """Each plan on sale in each of its intervals, in the currency of the account, cheapest first."""
    asked = _readable(principal, account)
    found = plan_choices.choices(portal_of(request), asked)
    default = found.default.name if found.default else None
    catalogue = portal_of(request).catalogue
    return own.Plans(account=asked, default=default, plans=[offered(each, catalogue) for each in found.offers])


@router.get("/subscription", summary="Read an account's plan", responses=shapes.refuses(NotFound, validation=True))
def subscription(
    request: Request, account: OneAccount = "", principal: Principal = door(Action.VIEW_ACCOUNT)
) -> own.SubscriptionState:
    """The plan, how it stands, and the one that is planned for the end of the period."""
    asked = _readable(principal, account)
    return state(asked, plan_choices.choices(portal_of(request), asked))


@router.post(
    "/subscription/preview",
    summary="Look at a change of plan",
    response_model=own.ChangeShown,
    responses=shapes.refuses(NotFound, Conflict, PaymentRefused, TooLarge),
    openapi_extra=shapes.takes(own.ChangeAsked, _ASKED),
)
async def preview(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """What the change would cost now and next, the credits, features and limits that come and go. Changes nothing."""
    account_id, found = await _asked(request, principal, PREVIEW_FIELDS)
    seen = await run_in_threadpool(plan_changes.preview, portal_of(request), account_id, _wish(found))
    return _answer(shown(seen))


@router.post(
    "/subscription/change",
    summary="Change a plan as it was previewed",
    response_model=own.SubscriptionState,
    responses=shapes.refuses(NotFound, Conflict, PaymentRefused, TooLarge),
    openapi_extra=shapes.takes(own.ChangeConfirmed, {**_ASKED, "as_previewed": _TOKEN}),
)
async def change(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """Makes the change exactly as its preview showed it, or nothing of it; the same token again asks no second time."""
    account_id, found = await _asked(request, principal, CHANGE_FIELDS)
    token = clean(found.get("as_previewed"), "as_previewed", least=1, most=TOKEN_MAX)
    told = await run_in_threadpool(_changed, portal_of(request), account_id, _wish(found), token, principal.id)
    return _answer(told)


@router.post(
    "/subscription/undo",
    summary="Take a planned change back",
    response_model=own.SubscriptionState,
    responses=shapes.refuses(NotFound, Conflict, TooLarge),
    openapi_extra=shapes.takes(own.AccountNamed, {"account": _ACCOUNT}),
)
async def undo(request: Request, principal: Principal = door(Action.BUY)) -> Response:
    """The plan goes on as it is when its period ends."""
    account_id, _ = await _asked(request, principal, ACCOUNT_FIELDS)
    return _answer(await run_in_threadpool(_undone, portal_of(request), account_id, principal.id))


def _changed(portal: Portal, account_id: str, wish: Wish, token: str, by: str) -> own.SubscriptionState:
    plan_changes.change(portal, account_id, wish, token, by=by)
    return state(account_id, plan_choices.choices(portal, account_id))


def _undone(portal: Portal, account_id: str, by: str) -> own.SubscriptionState:
    plan_changes.undo(portal, account_id, by=by)
    return state(account_id, plan_choices.choices(portal, account_id))


def _readable(principal: Principal, account: str) -> str:
    asked = account_of(principal, account)
    authorize(principal, Action.VIEW_ACCOUNT, asked)
    return asked


async def _asked(request: Request, principal: Principal, allowed: frozenset[str]) -> tuple[str, Fields]:
    most = portal_of(request).settings.api.body_limit_bytes
    found = bodies.fields(await bodies.read(request, most), allowed)
    account_id = bodies.account(found.get("account"))
    authorize(principal, Action.BUY, account_id)
    if "coupon" in found:
        # Codes are for customers; the id of a coupon may be easy to guess.
        authorize(principal, Action.ADJUST_CREDITS, account_id)
    return account_id, found


def _wish(found: Fields) -> Wish:
    when = bodies.text(found, "when") or When.NOW.value
    if when not in list(When):
        raise BadInput("A plan is changed `now` or at the `period_end`.", field="when")
    texts = {name: bodies.text(found, name) for name in ("interval", "promotion_code", "coupon")}
    named = {name: clean(text, name, least=1, most=CODE_MAX) for name, text in texts.items() if text is not None}
    seats = found.get("seats")
    if "seats" in found and type(seats) is not int:
        raise BadInput("The seats must be a whole number.", field="seats")
    plan = clean(found.get("plan"), "plan", least=1, most=NAME_MAX)
    return Wish(plan, seats=seats, when=When(when), **named)


def _answer(told: own.Told) -> Response:
    return Response(told.model_dump_json(), media_type="application/json")
