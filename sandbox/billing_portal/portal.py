"""The customer portal's page and what it asks of the sandbox. Mounted by `server`; the link is the only key."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from sandbox import desk
from sandbox.billing_portal.acts import ACTS, Wish
from sandbox.billing_portal.configurations import NOUN as CONFIGURATION
from sandbox.billing_portal.portal_links import IDLE_SECONDS, NOUN, recoverable, session_by_secret
from sandbox.billing_portal.visits import visit
from sandbox.errors import Json, invalid, missing, unknown_route
from sandbox.machine import Machine
from sandbox.pages import page_file

WRONG_ADDRESS = "No customer with a subscription or a payment has this e-mail address."


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: str


def portal(machine: Machine) -> APIRouter:
    """The page, its state, its acts, and the two ways to sign in by e-mail address."""
    router = APIRouter(include_in_schema=False)
    _add_visits(router, machine)
    _add_sign_in(router, machine)
    return router


def _add_visits(router: APIRouter, machine: Machine) -> None:
    @router.get("/p/session/{secret}")
    async def page() -> Response:
        return page_file("portal.html")

    @router.get("/_sandbox/portal/{secret}")
    async def look(secret: str, request: Request) -> Json:
        return visit(machine, secret, _origin(request)).shown()

    @router.post("/_sandbox/portal/{secret}/act/{name}")
    async def act(secret: str, name: str, wish: Wish, request: Request) -> Json:
        """Carries out one act and answers with what it led to, and with the page as it is now."""
        come = visit(machine, secret, _origin(request))
        if name not in ACTS:
            raise unknown_route("POST", name)
        done = ACTS[name](come, wish)
        return {"done": done, "shown": come.shown()}


def _add_sign_in(router: APIRouter, machine: Machine) -> None:
    """Stripe mails a link; here it opens at once, because nothing leaves this machine."""

    @router.get("/p/login/{token}")
    async def page() -> Response:
        return page_file("portal_login.html")

    @router.post("/_sandbox/portal/{secret}/recover")
    async def recover(secret: str, body: SignIn) -> Json:
        session = session_by_secret(machine.world, secret)
        if session is None:
            raise missing(NOUN, f"{secret[:8]}…", "session")
        customer = machine.world.table("customer").get(session["customer"], {})
        if not recoverable(machine.world, session) or customer.get("email") != body.email:
            raise invalid(WRONG_ADDRESS, "email")
        session["_expires_at"] = machine.world.now() + IDLE_SECONDS
        return {"url": session["url"]}

    @router.post("/_sandbox/portal-login/{token}")
    async def sign_in(token: str, body: SignIn, request: Request) -> Json:
        configuration = _by_login(machine, token)
        people = [row for row in machine.world.table("customer").values() if row.get("email") == body.email]
        if not people:
            raise invalid(WRONG_ADDRESS, "email")
        params = {"customer": people[-1]["id"], "configuration": configuration["id"]}
        return {"url": desk.ask(machine, "POST", "/v1/billing_portal/sessions", params, _origin(request))["url"]}


def _by_login(machine: Machine, token: str) -> Json:
    for row in machine.world.table(CONFIGURATION).values():
        if (row["login_page"]["url"] or "").endswith(f"/p/login/{token}"):
            return row
    raise missing(CONFIGURATION, f"{token[:8]}…", "login_page")


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}"
