"""Invitations: a link that makes whoever may take it a member, once, within a week. Doors and pages call it.

One that names a mail address is only for a person whose provider vouches for that address; one that names none is for
whoever holds the link. The database keeps the SHA-256 of the link's token, so the link is shown once.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from billing import mail, seats
from billing.mail import Fact, Owed
from billing.members import join
from billing.organisations import entered, note
from billing.portal import Portal
from billing.rules.errors import Conflict, Forbidden, NotFound
from billing.rules.moments import DAY
from billing.rules.organisations import OPEN_FOR, Actor, Invitation, Standing, address, may_change
from billing.rules.sentences import sentence
from billing.rules.texts import new_id
from billing.standing import Heard, decided
from billing.store import organisations as rows
from billing.store import people
from billing.store.writer import Tx

OPEN_MOST = 100
PATH = "/invitation"
MAILED = "invitation"
MAILED_MOST = 20
"""So many mails a day an organisation may send to strangers; after that its links are sent by hand."""

_TOKEN = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TOO_MANY = sentence("At most {most} invitations can be open at once: end some of them first.", most=OPEN_MOST)
_GONE = sentence("This invitation is no longer valid. Please ask for a new one.")


def invite(
    portal: Portal, account_id: str, standing: Standing, by: Actor, email: str | None = None
) -> tuple[Invitation, str]:
    """A new invitation and its token, which nobody can read again; an older one to the same address ends.

    One that names an address is mailed there, where the portal sends mail.

    Raises BadInput, Forbidden, NotFound, Conflict when too many are open, LimitReached when the plan has no more room
    as it is; whoever accepts may find it full all the same.
    """
    to, id_ = address(email), new_id("inv")
    by_mail = to is not None and portal.mailer is not None
    token = mail.token(portal, f"{MAILED}:{id_}") if by_mail else secrets.token_hex(32)

    def work(tx: Tx, heard: Heard) -> Invitation:
        actor, now = entered(tx, account_id, by), portal.clock()
        if not may_change(actor, (standing,)):
            raise Forbidden("Only owners and admins can invite, and only owners another owner.")
        seats.assert_room(tx, portal, account_id, heard)
        if to is not None:
            rows.close(tx, account_id, "revoked", email=to)
        if len(rows.invitations_of(tx.connection, account_id, now)) >= OPEN_MOST:
            raise Conflict(_TOO_MANY)
        made = Invitation(id_, account_id, "", to, standing, by.id, now + OPEN_FOR)
        if to is not None and by_mail and rows.invited_since(tx.connection, account_id, now - DAY) < MAILED_MOST:
            _mail(tx, portal, made, to)
        rows.invite(tx, made, _hash(token), now)
        note(tx, portal, by, "invitation.made", account_id, after=f"{made.id} {standing.value} {to or 'anybody'}")
        return made

    return decided(portal, account_id, work), token


def link(portal: Portal, token: str) -> str:
    """What the person invited opens."""
    return f"{portal.settings.public_url}{PATH}/{token}"


def shown(portal: Portal, token: str) -> Invitation:
    """What a link stands for. Raises NotFound for one that is used, over, ended or made up."""
    with portal.database.read() as connection:
        found = rows.invited(connection, _hash(token), portal.clock()) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise NotFound(_GONE)
    return found


def accept(portal: Portal, token: str, person_id: str, email: str | None) -> Invitation:
    """Makes the person a member. `email` is the address their provider vouches for.

    Raises NotFound as `shown` does, Forbidden for another address than the invited one, Conflict for a member,
    LimitReached when the plan has no more room: then the invitation stays open; GatewayUnavailable.
    """
    account_id = shown(portal, token).account_id

    def work(tx: Tx, heard: Heard) -> Invitation:
        rows.lock(tx, account_id)
        found = rows.invited(tx.connection, _hash(token), portal.clock())
        if found is None:
            raise NotFound(_GONE)
        if not found.is_for(email):
            raise Forbidden("This invitation was made for another mail address. Sign in with that one.")
        if rows.standing_of(tx.connection, account_id, person_id) is not None:
            raise Conflict("You are a member of this organisation already.")
        seats.assert_room(tx, portal, account_id, heard)
        rows.close(tx, account_id, "accepted", id_=found.id)
        join(tx, portal, account_id, person_id, found.standing, Actor(person_id))
        return found

    return decided(portal, account_id, work)


def listing(portal: Portal, account_id: str) -> list[Invitation]:
    """Those that can still be accepted, newest first."""
    with portal.database.read() as connection:
        return rows.invitations_of(connection, account_id, portal.clock())


def revoke(portal: Portal, account_id: str, invitation_id: str, by: Actor) -> None:
    """Ends an invitation. Raises Forbidden, NotFound."""

    def work(tx: Tx) -> None:
        if not may_change(entered(tx, account_id, by), ()):
            raise Forbidden("Only owners and admins can end an invitation.")
        if not rows.close(tx, account_id, "revoked", id_=invitation_id):
            raise NotFound("There is no such invitation.")
        note(tx, portal, by, "invitation.revoked", account_id, before=invitation_id, after=None)

    portal.till.write(work)


def _mail(tx: Tx, portal: Portal, made: Invitation, to: str) -> None:
    """The link goes to the address itself; whoever invites sees it as well, and may send it by another way."""
    inviter = people.contact(tx.connection, made.created_by)
    facts: dict[str, Fact] = {
        "organisation": people.shared_title(tx.connection, made.account_id), "ends": made.expires_at,
        "inviter": inviter.name if inviter is not None else portal.settings.product_name,
    }  # fmt: skip
    owed = Owed("invitation", made.id, made.account_id, facts, PATH, f"{MAILED}:{made.id}")
    mail.owe(tx, portal, owed, to=to)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
