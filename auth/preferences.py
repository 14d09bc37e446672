"""What a person prefers: the language they are spoken to in, and the zone moments are told in. Pages call it.

Nothing but words and clocks depends on it. Both are checked before they are kept, as they come from a browser.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from auth.policy import Principal
from billing.portal import Portal
from billing.rules.errors import BadInput
from billing.store.tables_people import preferences
from billing.store.writer import Tx
from locales.catalogues import LANGUAGES, SOURCE
from locales.speech import Speech, zone_names


@dataclass(frozen=True, slots=True)
class Preferences:
    """None: as the browser says."""

    language: str | None = None
    zone: str | None = None


def choose(portal: Portal, who: Principal, wanted: Preferences) -> Preferences:
    """Keeps what a person chose, for every browser they sign in with. Raises BadInput."""
    if wanted.language is not None and wanted.language not in LANGUAGES:
        raise BadInput("This portal does not speak that language.", field="language")
    if wanted.zone is not None and wanted.zone not in zone_names():
        raise BadInput("This is no time zone.", field="zone")
    person = preferences.c.person_id == who.id
    row = {"language": wanted.language, "zone": wanted.zone, "changed_at": portal.clock()}

    def work(tx: Tx) -> None:
        if tx.connection.execute(update(preferences).where(person).values(row)).rowcount == 0:
            tx.connection.execute(insert(preferences).values(person_id=who.id, **row))

    try:
        portal.till.write(work)
    except IntegrityError:
        # Another process kept a choice of the same person in the same moment; the later one counts.
        portal.till.write(work)
    return wanted


def of_person(portal: Portal, person_id: str) -> Preferences:
    """What somebody prefers who is not asking now."""
    query = select(preferences.c.language, preferences.c.zone).where(preferences.c.person_id == person_id)
    with portal.database.read() as connection:
        row = connection.execute(query).first()
    return Preferences() if row is None else Preferences(row.language, row.zone)


def speech_to(portal: Portal, person_id: str) -> Speech:
    """How to write to somebody: without a choice in English, as no browser says otherwise."""
    found = of_person(portal, person_id)
    return Speech(found.language or SOURCE, found.zone or "UTC")
