"""Who is in the pictures. Only tests/gallery uses it."""

from __future__ import annotations

from dataclasses import dataclass

from auth import people, sessions
from auth.policy import Role
from tests.gallery.stand import Stand

ISSUER = "https://people.example.org"


@dataclass(frozen=True)
class Person:
    """Somebody in the pictures."""

    id: str
    account_id: str


@dataclass(frozen=True)
class Cast:
    """Who plays. `places` are the addresses of what has an id, by the name of its parameter."""

    people: dict[str, Person]
    organisation: str
    places: dict[str, str]


def arrived(stand: Stand, subject: str) -> Person:
    """One of the demo people."""
    return _person(stand, people.sign_in_demo(stand.portal, subject))


def newcomer(stand: Stand, name: str) -> Person:
    """A customer nobody knew before."""
    mail = f"{name.lower().replace(' ', '.')}@example.org"
    made = people.sign_in(stand.portal, issuer=ISSUER, subject=name, name=name, email=mail, role=Role.USER)
    return _person(stand, made)


def _person(stand: Stand, person_id: str) -> Person:
    cookie = sessions.begin(stand.portal, person_id)
    principal = sessions.principal(stand.portal, cookie)
    assert principal is not None
    sessions.end(stand.portal, str(principal.session))
    return Person(person_id, str(principal.person_account_id))
