"""Organisations: /api/v1/organisations and their titles. api/doors.py opens it where organisations are enabled.

An organisation is named by its account's id. Whoever acts for another account hears that there is none.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api import organisation_shapes as told
from api.asking import door, portal_of
from api.bodies import ACCOUNT_PATTERN
from auth import directory
from auth.policy import Action, Principal, Role, authorize, may
from billing import organisations
from billing.organisations import Founding
from billing.portal import Portal
from billing.rules.errors import BadInput, Forbidden, NotFound, TooLarge
from billing.rules.moments import iso
from billing.rules.organisations import EXTERNAL_MAX, Actor, Organisation, Standing

AccountId = Annotated[
    str, Path(description="The organisation's account.", json_schema_extra={"pattern": ACCOUNT_PATTERN})
]
ExternalId = Annotated[str, Query(max_length=EXTERNAL_MAX, description="For programs and managers: find one by it.")]

router = APIRouter(prefix="/api/v1/organisations", tags=["organisations"])


@router.post(
    "",
    summary="Create an organisation",
    status_code=201,
    response_model=told.Organisation,
    responses={
        200: {"description": "It was there under this external id; nothing changed.", "model": told.Organisation},
        **shapes.refuses(NotFound, TooLarge),
    },
    openapi_extra=shapes.takes(told.NewOrganisation, {"title": "Analytical Engines"}),
)
async def create(request: Request, principal: Principal = door(Action.VIEW_MEMBERS)) -> Response:
    """A person founds one and owns it. Programs and managers found them for an owner, once for each external id."""
    portal = portal_of(request)
    found = bodies.fields(await body(request), told.NewOrganisation.model_fields)
    title, owner, external_id = (bodies.text(found, name) for name in ("title", "owner", "external_id"))
    if title is None:
        raise BadInput("Give it a title.", field="title")
    founding = await run_in_threadpool(_founding, portal, principal, title, owner, external_id)
    made, fresh = await run_in_threadpool(organisations.create, portal, founding)
    if not fresh:
        authorize(principal, Action.VIEW_MEMBERS, made.account_id)
    is_own = founding.owner_id == principal.id
    answer = shown(made, Standing.OWNER if is_own else None)
    return Response(answer.model_dump_json(), 201 if fresh else 200, media_type="application/json")


@router.get("", summary="List one's organisations", responses=shapes.refuses(NotFound, validation=True))
def listing(
    request: Request, external_id: ExternalId = "", principal: Principal = door(Action.VIEW_MEMBERS)
) -> told.Organisations:
    """Those a person belongs to, or a key is bound to; programs and managers find one by its external id."""
    portal = portal_of(request)
    if external_id:
        one = organisations.find(portal, external_id)
        authorize(principal, Action.VIEW_MEMBERS, one.account_id)
        return told.Organisations(items=[shown(one, standing_in(portal, principal, one.account_id))])
    belongs = {each.account_id: each.standing for each in organisations.of_person(portal, principal.id)}
    found = [organisations.view(portal, account_id) for account_id in belongs]
    return told.Organisations(items=[shown(each, belongs[each.account_id]) for each in found])


@router.get("/{account_id}", summary="Read an organisation", responses=shapes.refuses(NotFound, validation=True))
def read(
    request: Request, account_id: AccountId, principal: Principal = door(Action.VIEW_MEMBERS)
) -> told.Organisation:
    """The one acted for; programs and managers read any."""
    portal, asked = portal_of(request), named(principal, Action.VIEW_MEMBERS, account_id)
    return shown(organisations.view(portal, asked), standing_in(portal, principal, asked))


@router.patch(
    "/{account_id}",
    summary="Rename an organisation",
    response_model=told.Organisation,
    responses=shapes.refuses(NotFound, TooLarge, validation=True),
    openapi_extra=shapes.takes(told.Renaming, {"title": "Difference Engines"}),
)
async def rename(
    request: Request, account_id: AccountId, principal: Principal = door(Action.MANAGE_MEMBERS)
) -> told.Organisation:
    """Its account, receipts still to come and pages carry the new title."""
    portal, asked = portal_of(request), named(principal, Action.MANAGE_MEMBERS, account_id)
    found = bodies.fields(await body(request), told.Renaming.model_fields)
    title = bodies.text(found, "title") or ""
    made = await run_in_threadpool(organisations.rename, portal, asked, title, principal.actor)
    return shown(made, await run_in_threadpool(standing_in, portal, principal, asked))


def named(principal: Principal, action: Action, account_id: str) -> str:
    """The organisation in the path, once the policy allows it. Raises NotFound, Forbidden."""
    asked = bodies.account(account_id)
    authorize(principal, action, asked)
    return asked


async def body(request: Request) -> bytes:
    """The body of a request, within the limit."""
    return await bodies.read(request, portal_of(request).settings.api.body_limit_bytes)


def shown(found: Organisation, standing: Standing | None) -> told.Organisation:
    """As the API tells it."""
    return told.Organisation(
        account=found.account_id, title=found.title, external_id=found.external_id, offline=found.is_offline,
        standing=standing, created_at=iso(found.created_at),
    )  # fmt: skip


def standing_in(portal: Portal, principal: Principal, account_id: str) -> Standing | None:
    """What the asker is there; None for keys, and for managers who look at others'."""
    if principal.account_id == account_id and principal.role is not Role.PROGRAM:
        return principal.standing
    belongs = organisations.of_person(portal, principal.id)
    return next((each.standing for each in belongs if each.account_id == account_id), None)


def _founding(portal: Portal, principal: Principal, title: str, owner: str | None, external_id: str | None) -> Founding:
    """For oneself, or for an owner whose account the asker may act upon. Raises BadInput, Forbidden, NotFound."""
    is_person = principal.person_account_id is not None
    if owner is None and external_id is None and is_person:
        authorize(principal, Action.FOUND_ORGANISATION)
        return Founding(title, principal.id, Actor(principal.id))
    if not may(principal, Action.FOUND_FOR_OTHERS):
        raise Forbidden("Only programs and managers name an owner or an external id.")
    if owner is None:
        raise BadInput("Say who owns it, by the id of a person.", field="owner")
    entry = directory.find(portal, owner)
    authorize(principal, Action.FOUND_FOR_OTHERS, entry.account_id)
    return Founding(title, entry.id, principal.actor, external_id)
