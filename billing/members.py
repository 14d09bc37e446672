"""Members: who is in an organisation, what they are there, and how that changes. Doors and pages call it.

Every change locks the organisation and asks again what its actor is there, so that of two changes at once the later
one is judged by what the earlier one left. None of them leaves an organisation without an owner.
"""

from __future__ import annotations

from billing import seats
from billing.organisations import UNKNOWN, entered, note
from billing.portal import Portal
from billing.rules.errors import Conflict, Forbidden, NotFound
from billing.rules.organisations import Actor, Member, Standing, may_change
from billing.rules.sentences import sentence, word
from billing.standing import Heard, decided
from billing.store import organisations as rows
from billing.store.writer import Tx

NEEDS_AN_OWNER = sentence("An organisation needs an owner: make somebody else one first.")
ONLY_OWNERS = sentence("Only an owner can do this to an owner, or make one.")
OWNERS_AND_ADMINS = sentence("Only owners and admins can change its members.")
NO_MEMBER = sentence("There is no such member.")

_CALLED = {Standing.OWNER: word("owner"), Standing.ADMIN: word("admin"), Standing.MEMBER: word("member")}


def listing(portal: Portal, account_id: str) -> list[Member]:
    """Everybody in it, by name. Raises NotFound for an account that is no organisation's."""
    with portal.database.read() as connection:
        if rows.get(connection, account_id) is None:
            raise NotFound(UNKNOWN)
        return rows.members_of(connection, account_id)


def add(portal: Portal, account_id: str, person_id: str, standing: Standing, by: Actor) -> None:
    """Puts somebody in who was not asked: for managers and programs; members invite. The same again changes nothing.

    Raises Forbidden, NotFound, Conflict for somebody who is there as something else, LimitReached when the plan has no
    more room, GatewayUnavailable.
    """
    if not by.is_above:
        raise Forbidden("Members join by invitation.")
    if person_id == by.id:
        raise Forbidden("Nobody puts themselves into an organisation; ask another manager.")

    def work(tx: Tx, heard: Heard) -> None:
        entered(tx, account_id, by)
        if not rows.is_person(tx.connection, person_id):
            raise NotFound("There is no such person.")
        now_is = rows.standing_of(tx.connection, account_id, person_id)
        if now_is is None:
            seats.assert_room(tx, portal, account_id, heard)
            join(tx, portal, account_id, person_id, standing, by)
        elif now_is is not standing:
            raise Conflict(sentence("They are in it already, as {standing}.", standing=_CALLED[now_is]))

    decided(portal, account_id, work)


def change(portal: Portal, account_id: str, person_id: str, standing: Standing, by: Actor) -> None:
    """Makes a member something else. Raises Forbidden, NotFound, Conflict for the last owner."""

    def work(tx: Tx) -> None:
        _change(tx, portal, account_id, person_id, standing, by)
        _keep_an_owner(tx, account_id)

    portal.till.write(work)


def remove(portal: Portal, account_id: str, person_id: str, by: Actor) -> None:
    """Ends a membership, at once in every open page; whoever removes themselves leaves. Raises as `change` does."""

    def work(tx: Tx) -> None:
        actor = entered(tx, account_id, by)
        before = _standing(tx, account_id, person_id)
        if person_id != by.id and not may_change(actor, (before,)):
            raise _refusal(actor)
        rows.leave(tx, account_id, person_id)
        rows.close(tx, account_id, "revoked", by=person_id)
        _keep_an_owner(tx, account_id)
        seats.owe(tx, portal, account_id, "somebody left")
        note(tx, portal, by, "member.left" if person_id == by.id else "member.removed", account_id,
             before=f"{person_id} {before.value}", after=None)  # fmt: skip

    portal.till.write(work)


def transfer(portal: Portal, account_id: str, person_id: str, by: Actor) -> None:
    """An owner makes another member the owner and stays on as an admin, both or neither. Raises as `change` does."""

    def work(tx: Tx) -> None:
        owner = Actor(by.id)  # a manager hands over what they own, and nothing else
        if entered(tx, account_id, owner) is not Standing.OWNER:
            raise Forbidden("Only an owner can hand an organisation over.")
        if person_id == by.id:
            raise Conflict("You own it already.")
        _change(tx, portal, account_id, person_id, Standing.OWNER, owner)
        _change(tx, portal, account_id, by.id, Standing.ADMIN, owner)

    portal.till.write(work)


def join(tx: Tx, portal: Portal, account_id: str, person_id: str, standing: Standing, by: Actor) -> None:
    """Makes somebody a member, in the caller's transaction, which found that there is room."""
    rows.join(tx, account_id, person_id, standing, portal.clock())
    seats.owe(tx, portal, account_id, "somebody joined")
    note(tx, portal, by, "member.joined", account_id, after=f"{person_id} {standing.value}")


def _change(tx: Tx, portal: Portal, account_id: str, person_id: str, standing: Standing, by: Actor) -> None:
    actor = entered(tx, account_id, by)
    before = _standing(tx, account_id, person_id)
    if before is standing:
        return
    if by.is_above and person_id == by.id:
        raise Forbidden("Nobody changes what they are themselves; ask another manager.")
    if not may_change(actor, (before, standing)):
        raise _refusal(actor)
    rows.set_standing(tx, account_id, person_id, standing)
    if standing is not Standing.OWNER:
        # What they invited others to, or themselves, must not outlive what allowed it.
        rows.close(tx, account_id, "revoked", by=person_id)
    note(tx, portal, by, "member.changed", account_id,
         before=f"{person_id} {before.value}", after=f"{person_id} {standing.value}")  # fmt: skip


def _standing(tx: Tx, account_id: str, person_id: str) -> Standing:
    found = rows.standing_of(tx.connection, account_id, person_id)
    if found is None:
        raise NotFound(NO_MEMBER)
    return found


def _keep_an_owner(tx: Tx, account_id: str) -> None:
    """Raised after the change, which is undone with it."""
    if rows.count(tx.connection, account_id, Standing.OWNER) == 0:
        raise Conflict(NEEDS_AN_OWNER)


def _refusal(actor: Standing) -> Forbidden:
    return Forbidden(ONLY_OWNERS if actor is Standing.ADMIN else OWNERS_AND_ADMINS)
