"""The doors of acting for somebody else: an organisation's account, or a customer's as its manager sees it. Only doors
imports it.
"""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from auth import csrf, sessions, viewing
from auth.requests import OLD_FORM, form, refused, who_asks
from auth.returning import ACTING, START, VIEWING, sign_in_path
from billing.portal import Portal
from billing.rules.errors import Forbidden, NotFound, SignedOut


def add(routes: APIRouter, portal: Portal) -> None:
    """Those that this portal has."""
    _viewing(routes, portal)
    if portal.settings.organisations.enabled:
        _acting(routes, portal)


def _acting(routes: APIRouter, portal: Portal) -> None:
    @routes.post(ACTING)
    async def act_for(request: Request) -> Response:
        """The account picker: the session goes on, for another account of the same person."""
        who, given = who_asks(request), await form(request)
        if who is None:
            return RedirectResponse(sign_in_path(why="needed"), 303)
        if not csrf.is_token_of(who, given.get(csrf.FIELD, "")):
            return refused(portal, request, 403, OLD_FORM)
        try:
            await to_thread.run_sync(sessions.act_for, portal, who, given.get("account", ""))
        except (NotFound, SignedOut) as error:
            return refused(portal, request, 404 if isinstance(error, NotFound) else 401, error.sentence)
        return RedirectResponse(START, 303)


def _viewing(routes: APIRouter, portal: Portal) -> None:
    @routes.post(VIEWING)
    async def view_as(request: Request) -> Response:
        """A manager looks at an account as its customer does; without an account they stop."""
        who, given = who_asks(request), await form(request)
        if who is None:
            return RedirectResponse(sign_in_path(why="needed"), 303)
        if not csrf.is_token_of(who, given.get(csrf.FIELD, "")):
            return refused(portal, request, 403, OLD_FORM)
        account_id = given.get("account") or None
        try:
            await to_thread.run_sync(viewing.view_as, portal, who, account_id)
        except (Forbidden, NotFound, SignedOut) as error:
            status = {Forbidden: 403, NotFound: 404}.get(type(error), 401)
            return refused(portal, request, status, error.sentence)
        seen = who.account_id if who.is_viewing else None
        return RedirectResponse(f"/manage/accounts/{seen}" if seen and account_id is None else START, 303)
