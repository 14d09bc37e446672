"""Organisations, their members and invitations as values, and who among them may change whom. Anyone may import it.

Owners do everything. Admins do everything but what makes, changes or ends an owner. Members look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from billing.rules.errors import BadInput
from billing.rules.moments import DAY
from billing.rules.texts import clean

OPEN_FOR = 7 * DAY
"""How long an invitation can be accepted."""

EXTERNAL_MAX = 120
EMAIL_MAX = 254


class Standing(StrEnum):
    """What somebody is in the account they act for; in their own they are its owner."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes an organisation. `is_above` it stands a manager or a program, whom no membership is asked of."""

    id: str
    is_above: bool = False


@dataclass(frozen=True, slots=True)
class Organisation:
    """An account that several people share. `is_offline`: the payment provider must not hear of it yet."""

    account_id: str
    title: str
    external_id: str | None
    is_offline: bool
    created_by: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Member:
    """A person in an organisation."""

    person_id: str
    name: str
    email: str | None
    standing: Standing
    joined_at: int


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organisation as one of its members sees it among theirs."""

    account_id: str
    title: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation; without an address it is for whoever holds the link."""

    id: str
    account_id: str
    title: str
    email: str | None
    standing: Standing
    created_by: str
    expires_at: int

    def is_for(self, email: str | None) -> bool:
        """Whether somebody with this verified address may take it."""
        return self.email is None or (email is not None and email.casefold() == self.email.casefold())


def may_change(actor: Standing, touched: Iterable[Standing | None]) -> bool:
    """Whether `actor` may do what turns somebody's standing from or into those `touched`."""
    return actor is Standing.OWNER or (actor is Standing.ADMIN and Standing.OWNER not in touched)


def standing(text: object) -> Standing:
    """The standing of this name. Raises BadInput."""
    try:
        return Standing(str(text))
    except ValueError:
        raise BadInput("The standing must be owner, admin or member.", field="standing") from None


def address(text: str | None) -> str | None:
    """A mail address to invite; None when it is left empty. Raises BadInput for what cannot be one."""
    given = clean(text or "", "email", most=EMAIL_MAX)
    if not given:
        return None
    name, at, host = given.rpartition("@")
    if not (name and at and host) or any(one.isspace() for one in given):
        raise BadInput("This is no mail address.", field="email")
    return given


def external(text: str | None) -> str | None:
    """The id another system knows an organisation by, letter by letter."""
    return None if text is None else clean(text, "external_id", least=1, most=EXTERNAL_MAX)
