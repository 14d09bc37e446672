"""People and their personal accounts: who came in through a provider. Doors, the command line and sessions use it.

Issuer and subject together are a person. An e-mail address is only shown: two people with the same one stay two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from auth.policy import Role
from billing.accounts import open_account
from billing.portal import Portal
from billing.rules.errors import BadInput, Forbidden, NotFound
from billing.rules.texts import NAME_MAX, clean, new_id
from billing.store import audit
from billing.store.tables import accounts
from billing.store.tables_trade import people, sessions
from billing.store.writer import Tx

SANDBOX_ISSUER = "sandbox"
SUBJECT_MAX = 255
EMAIL_MAX = 254
_TURNS_TEXT = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
"""Characters that reverse the text around them; in a name they could make one account read as another."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody as the provider describes them now; its text is not yet fit to keep."""

    issuer: str
    subject: str
    name: str
    email: str | None
    role: Role


DEMO = (
    Arrival(SANDBOX_ISSUER, "ada", "Ada Lovelace", "ada@example.org", Role.USER),
    Arrival(SANDBOX_ISSUER, "bo", "Bo Lindqvist", "bo@example.org", Role.USER),
    Arrival(SANDBOX_ISSUER, "mia", "Mia Okafor", "mia@example.org", Role.MANAGER),
    Arrival(SANDBOX_ISSUER, "ben", "Ben Castellan", "ben@example.org", Role.BILLING_MANAGER),
)
"""The people of a portal for play; a portal with a real Stripe key refuses them."""


def sign_in(portal: Portal, *, issuer: str, subject: str, name: str | None, email: str | None, role: Role) -> str:
    """The id of the person, who gets an account the first time, and today's name and role always.

    The welcome gift is for those who come as users: who hands credits out needs none, and a role that changes later
    neither brings the gift nor takes it back.
    Raises Forbidden when they are disabled, BadInput for a subject no provider should send.
    """
    return arrive(portal, Arrival(issuer, subject, name or email or subject, email, role))


def arrive(portal: Portal, who: Arrival) -> str:
    """The same for an arrival."""
    arrival = Arrival(who.issuer, _subject(who.subject), _shown(who.name), _address(who.email), _for_people(who.role))

    def work(tx: Tx) -> str:
        known = tx.connection.execute(select(people).where(_is(arrival))).first()
        return _welcome(tx, portal, arrival) if known is None else _greet(tx, portal, known, arrival)

    try:
        return portal.till.write(work)
    except IntegrityError:
        # Another process met the same newcomer in the same moment and won; now they are known.
        return portal.till.write(work)


def sign_in_demo(portal: Portal, subject: str) -> str:
    """The id of a demo person. Raises NotFound for anybody else, and for everybody beside a real key."""
    found = next((person for person in DEMO if person.subject == subject), None)
    if found is None or not portal.settings.is_play:
        raise NotFound("There is no such person.")
    return arrive(portal, found)


def disable(portal: Portal, person_id: str, *, by: str, reason: str) -> None:
    """Ends every session of a person and lets them in no more. Audited. Raises NotFound."""

    def work(tx: Tx) -> None:
        now = portal.clock()
        account_id = tx.connection.scalar(select(people.c.account_id).where(people.c.id == person_id))
        if account_id is None:
            raise NotFound("There is no such person.")
        tx.connection.execute(update(people).where(people.c.id == person_id).values(disabled_at=now))
        open_ones = (sessions.c.person_id == person_id, sessions.c.revoked_at.is_(None))
        tx.changed.update(_acted_for(tx, person_id))
        tx.connection.execute(update(sessions).where(*open_ones).values(revoked_at=now))
        audit.add(tx, actor=by, action="person_disabled", now=now, account_id=account_id, reason=reason)
        tx.changed.add(account_id)

    portal.till.write(work)


def _acted_for(tx: Tx, person_id: str) -> Iterable[str]:
    """The accounts of others that their open pages listen to."""
    acting = select(func.coalesce(sessions.c.viewing_account_id, sessions.c.acting_account_id))
    acted_for = tx.connection.scalars(acting.where(sessions.c.person_id == person_id))
    return [account_id for account_id in acted_for if account_id is not None]


def _welcome(tx: Tx, portal: Portal, arrival: Arrival) -> str:
    person_id, account_id = new_id("usr"), new_id("acc")
    open_account(
        tx, portal, account_id=account_id, kind="person", name=arrival.name, email=arrival.email,
        welcome=arrival.role is Role.USER,
    )  # fmt: skip
    tx.connection.execute(
        insert(people).values(
            id=person_id, issuer=arrival.issuer, subject=arrival.subject, name=arrival.name, email=arrival.email,
            role=arrival.role.value, account_id=account_id, created_at=portal.clock(),
        )
    )  # fmt: skip
    return person_id


def _greet(tx: Tx, portal: Portal, known: Row[Any], arrival: Arrival) -> str:
    if known.disabled_at is not None:
        raise Forbidden("This person may no longer sign in. Please ask whoever runs this portal.")
    person_id: str = known.id
    if (known.name, known.email, known.role) != (arrival.name, arrival.email, arrival.role.value):
        shown: dict[str, str | None] = {"name": arrival.name, "email": arrival.email}
        renewed = {**shown, "role": arrival.role.value}
        tx.connection.execute(update(people).where(people.c.id == person_id).values(renewed))
        tx.connection.execute(update(accounts).where(accounts.c.id == known.account_id).values(shown))
        tx.changed.add(known.account_id)
    if known.role != arrival.role.value:
        audit.add(
            tx, actor=person_id, action="role_changed", now=portal.clock(), account_id=known.account_id,
            reason="as the sign-in provider says", before=known.role, after=arrival.role.value,
        )  # fmt: skip
    return person_id


def _is(arrival: Arrival) -> Any:
    return (people.c.issuer == arrival.issuer) & (people.c.subject == arrival.subject)


def _subject(subject: str) -> str:
    # Kept letter by letter: trimming it would make two people one.
    if clean(subject, "subject", least=1, most=SUBJECT_MAX) != subject:
        raise BadInput("The subject must not begin or end with space.", field="subject")
    return subject


def _shown(name: str) -> str:
    """A name somebody else wrote, fit to stand in a list: never refused, for nobody may be locked out by their name."""
    kept = "".join(one for one in name if unicodedata.category(one) not in ("Cc", "Cs") and ord(one) not in _TURNS_TEXT)
    return kept.strip()[:NAME_MAX].strip() or "Somebody"


def _address(email: str | None) -> str | None:
    plain = email is not None and email.isprintable() and " " not in email and 0 < email.find("@") < len(email) - 1
    return email if plain and email is not None and len(email) <= EMAIL_MAX else None


def _for_people(role: Role) -> Role:
    if role is Role.PROGRAM:
        raise BadInput("A person cannot be a program.", field="role")
    return role
