"""Members and invitations: /api/v1/organisations/{id}/members and around it. api/doors.py opens them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api import organisation_shapes as told
from api.asking import door, portal_of
from api.bodies import ACCOUNT_PATTERN, Fields
from api.organisations import AccountId, body, named
from auth.policy import Action, Principal, Role, authorize
from billing import invitations, members
from billing.portal import Portal
from billing.rules.errors import BadInput, Conflict, Forbidden, NotFound, TooLarge
from billing.rules.moments import iso
from billing.rules.organisations import Actor, Invitation, standing

PersonId = Annotated[str, Path(description="The person's id.", json_schema_extra={"pattern": ACCOUNT_PATTERN})]
InvitationId = Annotated[str, Path(description="The invitation's id.", json_schema_extra={"pattern": ACCOUNT_PATTERN})]

router = APIRouter(prefix="/api/v1", tags=["organisations"])


@router.get(
    "/organisations/{account_id}/members", summary="List members", responses=shapes.refuses(NotFound, validation=True)
)
def listing(request: Request, account_id: AccountId, principal: Principal = door(Action.VIEW_MEMBERS)) -> told.Members:
    """Everybody in it, by name."""
    found = members.listing(portal_of(request), named(principal, Action.VIEW_MEMBERS, account_id))
    return told.Members(
        items=[
            told.Member(
                person=each.person_id, name=each.name, email=each.email, standing=each.standing,
                joined_at=iso(each.joined_at),
            )
            for each in found
        ]
    )  # fmt: skip


@router.post(
    "/organisations/{account_id}/members",
    summary="Invite or add a member",
    status_code=201,
    response_model=told.Joined,
    responses=shapes.refuses(NotFound, Conflict, TooLarge, validation=True),
    openapi_extra=shapes.takes(told.NewMember, {"standing": "member", "email": "bo@example.org"}),
)
async def invite(
    request: Request, account_id: AccountId, principal: Principal = door(Action.MANAGE_MEMBERS)
) -> Response:
    """Makes a link for one person to accept, told only now; programs and managers may add a person without asking."""
    portal, asked = portal_of(request), named(principal, Action.MANAGE_MEMBERS, account_id)
    found = bodies.fields(await body(request), told.NewMember.model_fields)
    answer = await run_in_threadpool(_join, portal, principal.actor, asked, found)
    return Response(answer.model_dump_json(), 201, media_type="application/json")


@router.patch(
    "/organisations/{account_id}/members/{person}",
    summary="Change a member",
    response_model=told.Joined,
    responses=shapes.refuses(NotFound, Conflict, TooLarge, validation=True),
    openapi_extra=shapes.takes(told.Restanding, {"standing": "admin"}),
)
async def change(
    request: Request, account_id: AccountId, person: PersonId, principal: Principal = door(Action.MANAGE_MEMBERS)
) -> told.Joined:
    """Makes them owner, admin or member; `transfer` hands the organisation over. There is always an owner."""
    portal, asked = portal_of(request), named(principal, Action.MANAGE_MEMBERS, account_id)
    found = bodies.fields(await body(request), told.Restanding.model_fields)
    wanted, hands_over = standing(found.get("standing")), found.get("transfer", False)
    if not isinstance(hands_over, bool) or (hands_over and wanted != "owner"):
        raise BadInput("Only ownership is transferred: true, with the standing owner, or false.", field="transfer")
    whom = bodies.account(person)
    if hands_over:
        await run_in_threadpool(members.transfer, portal, asked, whom, principal.actor)
    else:
        await run_in_threadpool(members.change, portal, asked, whom, wanted, principal.actor)
    return told.Joined(account=asked, person=whom, standing=wanted)


@router.delete(
    "/organisations/{account_id}/members/{person}",
    summary="Remove a member, or leave",
    responses=shapes.refuses(NotFound, Conflict, validation=True),
)
def remove(
    request: Request, account_id: AccountId, person: PersonId, principal: Principal = door(Action.VIEW_MEMBERS)
) -> told.Joined:
    """Everybody may leave; owners and admins remove others. It counts from the next request of theirs."""
    whom = bodies.account(person)
    action = Action.VIEW_MEMBERS if whom == principal.id else Action.MANAGE_MEMBERS
    asked = named(principal, action, account_id)
    members.remove(portal_of(request), asked, whom, principal.actor)
    return told.Joined(account=asked, person=whom, standing=None)


@router.get(
    "/organisations/{account_id}/invitations",
    summary="List open invitations",
    responses=shapes.refuses(NotFound, validation=True),
)
def invited(
    request: Request, account_id: AccountId, principal: Principal = door(Action.MANAGE_MEMBERS)
) -> told.Invitations:
    """Those that can still be accepted, newest first, without their links."""
    found = invitations.listing(portal_of(request), named(principal, Action.MANAGE_MEMBERS, account_id))
    return told.Invitations(items=[_shown(each) for each in found])


@router.delete(
    "/organisations/{account_id}/invitations/{invitation}",
    summary="End an invitation",
    responses=shapes.refuses(NotFound, validation=True),
)
def end(
    request: Request,
    account_id: AccountId,
    invitation: InvitationId,
    principal: Principal = door(Action.MANAGE_MEMBERS),
) -> told.Invitations:
    """Its link lets nobody in any more; the answer is what is still open."""
    portal, asked = portal_of(request), named(principal, Action.MANAGE_MEMBERS, account_id)
    invitations.revoke(portal, asked, bodies.account(invitation), principal.actor)
    return told.Invitations(items=[_shown(each) for each in invitations.listing(portal, asked)])


@router.post(
    "/invitations",
    summary="Accept an invitation",
    response_model=told.Joined,
    responses=shapes.refuses(NotFound, Conflict, TooLarge),
    openapi_extra=shapes.takes(told.Taking, {"token": "0" * 64}),
)
async def accept(request: Request, principal: Principal = door(Action.VIEW_MEMBERS)) -> told.Joined:
    """For people: makes them a member, if the link is for anybody or for the address their provider vouches for."""
    authorize(principal, Action.VIEW_MEMBERS)
    if principal.person_account_id is None or principal.role is Role.PROGRAM:
        raise Forbidden("Only people accept invitations.")
    token = bodies.text(bodies.fields(await body(request), told.Taking.model_fields), "token") or ""
    taken = await run_in_threadpool(invitations.accept, portal_of(request), token, principal.id, principal.email)
    return told.Joined(account=taken.account_id, person=principal.id, standing=taken.standing)


def _join(portal: Portal, by: Actor, account_id: str, found: Fields) -> told.Joined:
    wanted = standing(found.get("standing"))
    person, email = bodies.text(found, "person"), bodies.text(found, "email")
    if person is not None and email is not None:
        raise BadInput("Name a person, or an address to invite, not both.", field="person")
    if person is not None:
        members.add(portal, account_id, bodies.account(person), wanted, by)
        return told.Joined(account=account_id, person=person, standing=wanted)
    made, token = invitations.invite(portal, account_id, wanted, by, email)
    shown = _shown(made, invitations.link(portal, token))
    return told.Joined(account=account_id, person="", standing=None, invitation=shown)


def _shown(each: Invitation, link: str | None = None) -> told.Invitation:
    return told.Invitation(
        id=each.id, email=each.email, standing=each.standing, expires_at=iso(each.expires_at), link=link
    )
