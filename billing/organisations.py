"""Organisations: founding them, naming them, finding them. Doors, pages and the verbs that count seats call it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from billing.accounts import give_welcome, open_account
from billing.portal import Portal
from billing.rules.errors import Forbidden, NotFound
from billing.rules.organisations import Actor, Belonging, Organisation, Standing, external, may_change
from billing.rules.sentences import sentence
from billing.rules.texts import NAME_MAX, clean, new_id
from billing.store import audit, duties
from billing.store import organisations as rows
from billing.store.writer import Tx

REGISTER = "register_customer"
"""The duty of telling the payment provider about an organisation."""

FOUNDER = "organisation_welcome"
"""What a person may claim once: welcome credits for an organisation of their own making.

Whoever founds a hundred organisations gets one gift; those a manager or program founds for others get theirs each.
"""

UNKNOWN = sentence("There is no such organisation.")


@dataclass(frozen=True, slots=True)
class Founding:
    """A new organisation. `owner_id`: the person who owns it first. `external_id`: another system's name of it."""

    title: str
    owner_id: str
    by: Actor
    external_id: str | None = None


def create(portal: Portal, founding: Founding) -> tuple[Organisation, bool]:
    """The organisation, and whether it is new: the same external id again finds what is there and changes nothing.

    Raises BadInput, NotFound for an owner nobody knows.
    """
    title, external_id = clean(founding.title, "title", least=1, most=NAME_MAX), external(founding.external_id)

    def work(tx: Tx) -> tuple[Organisation, bool]:
        known = rows.by_external(tx.connection, external_id) if external_id else None
        return (known, False) if known else (_found(tx, portal, founding, title, external_id), True)

    try:
        return portal.till.write(work)
    except IntegrityError:
        # Another process founded it in the same moment; now it is there.
        return portal.till.write(work)


def view(portal: Portal, account_id: str) -> Organisation:
    """Raises NotFound, also for the account of a person."""
    with portal.database.read() as connection:
        return _known(rows.get(connection, account_id))


def find(portal: Portal, external_id: str) -> Organisation:
    """By the id another system gave it. Raises NotFound."""
    with portal.database.read() as connection:
        return _known(rows.by_external(connection, external_id))


def of_person(portal: Portal, person_id: str) -> list[Belonging]:
    """The organisations somebody is a member of, by title."""
    with portal.database.read() as connection:
        return rows.of_person(connection, person_id)


def rename(portal: Portal, account_id: str, title: str, by: Actor) -> Organisation:
    """Gives it another title. Raises BadInput, Forbidden, NotFound."""
    cleaned = clean(title, "title", least=1, most=NAME_MAX)

    def work(tx: Tx) -> Organisation:
        standing = entered(tx, account_id, by)
        if not may_change(standing, ()):
            raise Forbidden("Only owners and admins can rename an organisation.")
        before = _known(rows.get(tx.connection, account_id))
        if before.title != cleaned:
            rows.rename(tx, account_id, cleaned)
            note(tx, portal, by, "organisation.renamed", account_id, before=before.title, after=cleaned)
        return _known(rows.get(tx.connection, account_id))

    return portal.till.write(work)


def assert_buys(portal: Portal, account_id: str) -> None:
    """Raises Forbidden for any other account where only organisations buy and subscribe."""
    if not portal.settings.organisations.only:
        return
    with portal.database.read() as connection:
        is_one = rows.get(connection, account_id) is not None
    if is_one:
        return
    raise Forbidden(
        "Only organisations buy here: choose one to act for, or found one.",
        organisations=f"{portal.settings.public_url}/organisation",
    )


def count_members(connection: Connection, account_id: str) -> int:
    """How many people are in it: its seats. Zero for an account that is no organisation's."""
    return rows.count(connection, account_id)


def entered(tx: Tx, account_id: str, by: Actor) -> Standing:
    """Locks the organisation for a change, and says what `by` is in it now. Raises NotFound to whoever is nothing."""
    if not rows.lock(tx, account_id):
        raise NotFound(UNKNOWN)
    if by.is_above:
        return Standing.OWNER
    standing = rows.standing_of(tx.connection, account_id, by.id)
    if standing is None:
        raise NotFound(UNKNOWN)
    return standing


def note(
    tx: Tx, portal: Portal, by: Actor, action: str, account_id: str, *, before: str | None = None, after: str | None
) -> None:
    """Audits an act, and tells the open pages of the organisation."""
    audit.add(tx, actor=by.id, action=action, now=portal.clock(), account_id=account_id, before=before, after=after)
    tx.changed.add(account_id)


def _found(tx: Tx, portal: Portal, founding: Founding, title: str, external_id: str | None) -> Organisation:
    now, account_id, settings = portal.clock(), new_id("acc"), portal.settings.organisations
    if not rows.is_person(tx.connection, founding.owner_id):
        raise NotFound("There is no such person.")
    open_account(tx, portal, account_id=account_id, kind="organisation", name=title, email=None, welcome=False)
    rows.add(tx, account_id, external_id, founding.by.id, now, offline=settings.offline)
    rows.join(tx, account_id, founding.owner_id, Standing.OWNER, now)
    note(tx, portal, founding.by, "organisation.created", account_id, after=f"{title}, owned by {founding.owner_id}")
    is_for_others = founding.by.is_above and founding.by.id != founding.owner_id
    if is_for_others or duties.claim(tx, FOUNDER, founding.owner_id, account_id, now):
        give_welcome(tx, portal, account_id, portal.settings.credits.welcome_organisation)
    if settings.auto_create_account and not settings.offline:
        cause = f"{REGISTER}:{account_id}"
        duties.owe(
            tx, kind=REGISTER, cause=cause, account_id=account_id, body={"reason": "a new organisation"}, now=now
        )
    return _known(rows.get(tx.connection, account_id))


def _known(found: Organisation | None) -> Organisation:
    if found is None:
        raise NotFound(UNKNOWN)
    return found
