"""The doors of signing in and out, as plain routes outside NiceGUI. Only app.py imports it.

The demo people's door does not exist beside a Stripe key: it is not registered, so nothing can open it.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import structlog
from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from auth import acting_doors, csrf, devices, people, sessions, signing, staying
from auth.oidc import CALLBACK, Provider
from auth.pace import Pace, again_in
from auth.plain import STYLESHEET, kept_file, plain_page
from auth.requests import OLD_FORM, address, form, nonce, refused, who_asks
from auth.returning import SESSION, SIGN_IN, safe_path, sign_in_path
from auth.speaking import TELL_ZONE, speech_of
from billing.portal import Portal
from billing.rules.errors import Forbidden, NotFound, ScripError, SignedOut, Unavailable
from billing.rules.moments import SECOND
from billing.rules.sentences import sentence

REASONS = {
    "ended": sentence("Your session has ended. Please sign in again; nothing you bought or spent is affected."),
    "signed-out": sentence("You are signed out."),
    "needed": sentence("Please sign in to see that page."),
}
"""Why somebody stands at the door, by the word in the address: no text of a stranger is ever shown."""

PRACTISED = {
    "user": sentence("Buys and spends credits"),
    "manager": sentence("Manager: grants credits, sees every account"),
    "billing_manager": sentence("Billing manager: grants credits, sees every account, runs nothing"),
}
"""What can be practised as each of the demo people."""

FAILURES_AT_ONCE, FAILURES_PER_SECOND = 10, 1 / 60
"""After ten tries to sign in that failed, an address waits a minute before each other one."""

_STALE = sentence("This sign-in was begun too long ago, or in another browser. Please try again.")
_STATUS = {Unavailable: 503, Forbidden: 403}

log = structlog.get_logger("doors")


def router(portal: Portal) -> APIRouter:
    """All doors of this portal; which ones there are depends on its settings alone."""
    routes = APIRouter(include_in_schema=False)
    _sign_in(routes, portal)
    provider = Provider(portal) if portal.settings.oidc.configured else None
    _leave(routes, portal, provider)
    acting_doors.add(routes, portal)
    failures = Pace(FAILURES_AT_ONCE, FAILURES_PER_SECOND)
    if provider is not None:
        _provider(routes, portal, provider, failures)
    if portal.settings.is_play:
        _demo(routes, portal, failures)
    return routes


def _sign_in(routes: APIRouter, portal: Portal) -> None:
    @routes.get(SIGN_IN)
    def sign_in(request: Request) -> Response:
        wanted = safe_path(request.query_params.get("next"))
        if who_asks(request) is not None:
            return RedirectResponse(wanted, 303)
        return _page(portal, request, wanted, notice=REASONS.get(request.query_params.get("why", "")))

    @routes.get(SESSION)
    @routes.post(SESSION)
    def session(request: Request) -> Response:
        """For open pages that want to know whether they still may, and for how long; posting here is a click.

        No token of a form: all that a stranger could do with it is to keep somebody signed in.
        """
        who = who_asks(request)
        if who is None:
            return Response(status_code=401)
        left = staying.left(portal, who)
        return Response(status_code=204, headers={"Session-Ends-In": f"{left.seconds}, {left.at_most}"})

    @routes.get("/static/plain.css")
    def plain_sheet() -> Response:
        return kept_file(STYLESHEET.read_bytes(), 3600)


def _leave(routes: APIRouter, portal: Portal, provider: Provider | None) -> None:
    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        who = who_asks(request)
        response: Response = RedirectResponse(sign_in_path(why="signed-out"), 303)
        if who is None or who.session is None:
            return response
        if not csrf.is_token_of(who, (await form(request)).get(csrf.FIELD, "")):
            return refused(portal, request, 403, OLD_FORM)
        await to_thread.run_sync(sessions.end, portal, who.session)
        there = await provider.leave() if provider is not None else None
        if there is not None:
            # No redirect: browsers hold one after a form to the places that forms may go to, which are ours.
            product, speech = portal.settings.product_name, speech_of(request)
            response = plain_page("leaving.html", 200, nonce(request), product, speech, there=there)
        sessions.forget(response, portal.settings)
        return response


def _provider(routes: APIRouter, portal: Portal, provider: Provider, failures: Pace) -> None:
    @routes.get("/sign-in/oidc")
    async def begin(request: Request) -> Response:
        wanted = safe_path(request.query_params.get("next"))
        try:
            url, under_way = await provider.begin(wanted)
        except (SignedOut, Unavailable) as error:
            return _page(portal, request, wanted, error=error)
        response = RedirectResponse(url, 303)
        _remember(response, portal, [*_begun(portal, request), under_way])
        return response

    @routes.get(CALLBACK)
    async def callback(request: Request) -> Response:
        if seconds := failures.wait(address(request)):
            return _too_often(portal, request, seconds)
        begun = _begun(portal, request)
        under_way = signing.take(begun, request.query_params.get("state", ""))
        if under_way is None:
            failures.take(address(request))
            return _page(portal, request, "/", error=SignedOut(_STALE))
        response: Response
        try:
            found = await provider.finish(request.query_params, under_way)
            person_id = await to_thread.run_sync(people.arrive, portal, found)
            response = await _let_in(portal, request, person_id, under_way.next)
        except ScripError as error:
            if not isinstance(error, Unavailable):
                failures.take(address(request))
            response = _page(portal, request, under_way.next, error=error)
        # Used once, whatever came of it.
        _remember(response, portal, [one for one in begun if one is not under_way])
        return response


def _demo(routes: APIRouter, portal: Portal, failures: Pace) -> None:
    @routes.post("/sign-in/demo")
    async def demo(request: Request) -> Response:
        if seconds := failures.wait(address(request)):
            return _too_often(portal, request, seconds)
        given = await form(request)
        try:
            person_id = await to_thread.run_sync(people.sign_in_demo, portal, given.get("subject", ""))
        except (NotFound, Forbidden) as error:
            failures.take(address(request))
            return _page(portal, request, safe_path(given.get("next")), error=error)
        return await _let_in(portal, request, person_id, safe_path(given.get("next")))


async def _let_in(portal: Portal, request: Request, person_id: str, wanted: str) -> Response:
    came_with = request.cookies.get(sessions.cookie_name(portal.settings))
    device = devices.of(request.headers.get("user-agent", ""))
    cookie = await to_thread.run_sync(lambda: sessions.begin(portal, person_id, replaces=came_with, device=device))
    log.info("signed_in", person=person_id)
    response = RedirectResponse(wanted, 303)
    sessions.keep(response, portal.settings, cookie)
    return response


def _page(
    portal: Portal, request: Request, wanted: str, *, notice: str | None = None, error: ScripError | None = None
) -> Response:
    settings, speech = portal.settings, speech_of(request)
    issuer = settings.oidc.issuer if settings.oidc.configured else None
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return plain_page(
        "sign_in.html", 200 if error is None else status, nonce(request), settings.product_name, speech,
        provider=urlsplit(issuer).hostname if issuer else None,
        begin=f"/sign-in/oidc?next={quote(wanted, safe='')}",
        people=people.DEMO if settings.is_play else (), words=PRACTISED, tell_zone=TELL_ZONE,
        next=wanted, notice=notice and speech.tell(notice), error=error and speech.tell(error.sentence),
    )  # fmt: skip


def _too_often(portal: Portal, request: Request, seconds: int) -> Response:
    """The same for everybody, before it is known whether this try would have worked."""
    return refused(portal, request, 429, again_in(seconds), seconds)


def _begun(portal: Portal, request: Request) -> list[signing.UnderWay]:
    cookie = request.cookies.get(signing.login_cookie(portal.settings))
    return signing.unpack(portal.settings, cookie, portal.clock())


def _remember(response: Response, portal: Portal, begun: list[signing.UnderWay]) -> None:
    name, secure = signing.login_cookie(portal.settings), portal.settings.public_url.startswith("https://")
    if begun:
        value, age = signing.pack(portal.settings, begun), signing.UNDER_WAY_FOR // SECOND
        response.set_cookie(name, value, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")
    else:
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
