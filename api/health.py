"""How the portal is: /livez, /readyz and /metrics. api/doors.py opens it.

/livez asks nobody, so that a database that is away does not get a living process killed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import anyio
import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.asking import asker, metrics_of, portal_of
from auth.policy import Action, authorize
from billing import accounts
from billing.portal import Portal
from billing.rules.errors import NotFound, ScripError

STALLED_SECONDS = 5.0
ANSWER_SECONDS = 5.0
FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded")

Check = Callable[[Portal], bool]
"""True when the database is there with the newest schema; may raise when it is not there at all."""

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("health")


@router.api_route("/livez", methods=["GET", "HEAD"])
async def live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


@router.api_route("/readyz", methods=["GET", "HEAD"])
async def ready(request: Request) -> Response:
    """Whether this process can do its work now; 503 names the checks that failed."""
    portal = portal_of(request)
    checks = {
        "till": portal.till.alive and portal.till.stalled_seconds <= STALLED_SECONDS,
        **await _database(portal, request.app.state.schema_check, request.app.state.probes),
    }
    failed = [name for name, passed in checks.items() if not passed]
    told = {"status": "not ready" if failed else "ready", "failed": failed}
    return JSONResponse(told, 503 if failed else 200, headers={"Cache-Control": "no-store"})


@router.api_route("/metrics", methods=["GET", "HEAD"])
async def metrics(request: Request) -> Response:
    """For the operator's own collector on this machine, or with a manager's key."""
    if not _from_here(request):
        authorize(await asker(request), Action.VIEW_INBOX)
    return Response(metrics_of(request).text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def accounts_answer(portal: Portal) -> bool:
    """The check when app hands in none: asks for an account that cannot exist."""
    try:
        accounts.view(portal, "acc_0")
    except NotFound:
        return True
    return True


async def _database(portal: Portal, check: Check, probes: CapacityLimiter) -> dict[str, bool]:
    """Both checks from one look, which ends in time even when the database does not answer at all.

    A look that hangs keeps its thread; the limiter keeps the next ones from using up the threads that requests need.
    """
    try:
        with anyio.fail_after(ANSWER_SECONDS):
            current = await to_thread.run_sync(check, portal, abandon_on_cancel=True, limiter=probes)
    except (TimeoutError, ScripError, SQLAlchemyError) as error:
        log.warning("database_unready", error=type(error).__name__)
        return {"database": False}
    return {"database": True, "schema": current}


def _from_here(request: Request) -> bool:
    """Asked on this machine by this machine: a proxy on it speaks for somebody else."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
