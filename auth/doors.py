"""The doors of signing in and out, as plain routes outside NiceGUI. Only app.py imports it.

The demo people's door does not exist beside a Stripe key: it is not registered, so nothing can open it.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, RedirectResponse

from auth import csrf, devices, people, sessions, signing, staying, viewing
from auth.oidc import CALLBACK, Provider
from auth.plain import STYLESHEET, error_page, plain_page
from auth.policy import Principal
from auth.returning import ACTING, SESSION, SIGN_IN, START, VIEWING, safe_path, sign_in_path
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

_STALE = sentence("This sign-in was begun too long ago, or in another browser. Please try again.")
_OLD_FORM = sentence("This form is no longer valid. Go back, reload the page, and try again.")
_STATUS = {Unavailable: 503, Forbidden: 403}

log = structlog.get_logger("doors")


def router(portal: Portal) -> APIRouter:
    """All doors of this portal; which ones there are depends on its settings alone."""
    routes = APIRouter(include_in_schema=False)
    _sign_in(routes, portal)
    _leave(routes, portal)
    _viewing(routes, portal)
    if portal.settings.organisations.enabled:
        _acting(routes, portal)
    if portal.settings.oidc.configured:
        _provider(routes, portal, Provider(portal))
    if portal.settings.is_play:
        _demo(routes, portal)
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
    def stylesheet() -> Response:
        return FileResponse(STYLESHEET, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


def _leave(routes: APIRouter, portal: Portal) -> None:
    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        who = who_asks(request)
        response = RedirectResponse(sign_in_path(why="signed-out"), 303)
        if who is None or who.session is None:
            return response
        if not csrf.is_token_of(who, (await _form(request)).get(csrf.FIELD, "")):
            return _refused(portal, request, 403, _OLD_FORM)
        await to_thread.run_sync(sessions.end, portal, who.session)
        sessions.forget(response, portal.settings)
        return response


def _acting(routes: APIRouter, portal: Portal) -> None:
    @routes.post(ACTING)
    async def act_for(request: Request) -> Response:
        """The account picker: the session goes on, for another account of the same person."""
        who, form = who_asks(request), await _form(request)
        if who is None:
            return RedirectResponse(sign_in_path(why="needed"), 303)
        if not csrf.is_token_of(who, form.get(csrf.FIELD, "")):
            return _refused(portal, request, 403, _OLD_FORM)
        try:
            await to_thread.run_sync(sessions.act_for, portal, who, form.get("account", ""))
        except (NotFound, SignedOut) as refused:
            return _refused(portal, request, 404 if isinstance(refused, NotFound) else 401, refused.sentence)
        return RedirectResponse(START, 303)


def _viewing(routes: APIRouter, portal: Portal) -> None:
    @routes.post(VIEWING)
    async def view_as(request: Request) -> Response:
        """A manager looks at an account as its customer does; without an account they stop."""
        who, form = who_asks(request), await _form(request)
        if who is None:
            return RedirectResponse(sign_in_path(why="needed"), 303)
        if not csrf.is_token_of(who, form.get(csrf.FIELD, "")):
            return _refused(portal, request, 403, _OLD_FORM)
        account_id = form.get("account") or None
        try:
            await to_thread.run_sync(viewing.view_as, portal, who, account_id)
        except (Forbidden, NotFound, SignedOut) as refused:
            status = {Forbidden: 403, NotFound: 404}.get(type(refused), 401)
            return _refused(portal, request, status, refused.sentence)
        seen = who.account_id if who.is_viewing else None
        return RedirectResponse(f"/manage/accounts/{seen}" if seen and account_id is None else START, 303)


def _provider(routes: APIRouter, portal: Portal, provider: Provider) -> None:
    @routes.get("/sign-in/oidc")
    async def begin(request: Request) -> Response:
        wanted = safe_path(request.query_params.get("next"))
        try:
            url, under_way = await provider.begin(wanted)
        except (SignedOut, Unavailable) as refused:
            return _page(portal, request, wanted, error=refused)
        response = RedirectResponse(url, 303)
        _remember(response, portal, [*_begun(portal, request), under_way])
        return response

    @routes.get(CALLBACK)
    async def callback(request: Request) -> Response:
        begun = _begun(portal, request)
        under_way = signing.take(begun, request.query_params.get("state", ""))
        if under_way is None:
            return _page(portal, request, "/", error=SignedOut(_STALE))
        response: Response
        try:
            found = await provider.finish(request.query_params, under_way)
            person_id = await to_thread.run_sync(people.arrive, portal, found)
            response = await _let_in(portal, request, person_id, under_way.next)
        except ScripError as refused:
            response = _page(portal, request, under_way.next, error=refused)
        # Used once, whatever came of it.
        _remember(response, portal, [one for one in begun if one is not under_way])
        return response


def _demo(routes: APIRouter, portal: Portal) -> None:
    @routes.post("/sign-in/demo")
    async def demo(request: Request) -> Response:
        form = await _form(request)
        try:
            person_id = await to_thread.run_sync(people.sign_in_demo, portal, form.get("subject", ""))
        except (NotFound, Forbidden) as refused:
            return _page(portal, request, safe_path(form.get("next")), error=refused)
        return await _let_in(portal, request, person_id, safe_path(form.get("next")))


def who_asks(request: Request) -> Principal | None:
    """The principal the middleware found."""
    found: Principal | None = getattr(request.state, "principal", None)
    return found


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
    refused = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return plain_page(
        "sign_in.html", 200 if error is None else refused, _nonce(request), settings.product_name, speech,
        provider=urlsplit(issuer).hostname if issuer else None,
        begin=f"/sign-in/oidc?next={quote(wanted, safe='')}",
        people=people.DEMO if settings.is_play else (), words=PRACTISED, tell_zone=TELL_ZONE,
        next=wanted, notice=notice and speech.tell(notice), error=error and speech.tell(error.sentence),
    )  # fmt: skip


def _refused(portal: Portal, request: Request, status: int, said: str) -> Response:
    product = portal.settings.product_name
    return error_page(status, said, None, _nonce(request), product=product, speech=speech_of(request))


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


def _nonce(request: Request) -> str:
    return str(getattr(request.state, "csp_nonce", ""))


async def _form(request: Request) -> dict[str, str]:
    """A small form of ours; anything else reads as an empty one."""
    try:
        return dict(parse_qsl((await request.body()).decode(), max_num_fields=10))
    except ValueError:
        return {}
