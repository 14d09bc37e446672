"""In which language, and by whose clock, somebody is written to. `mail.py` and `mail_texts.py` alone say things so.

Pages speak for the rest of the house; but a mail is written when nobody looks at a page, so what it says is said here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC

from babel.dates import format_date, format_skeleton
from sqlalchemy import Connection

from billing.rules.moments import to_datetime
from billing.rules.money import Credits
from billing.store import people
from locales import figures
from locales.catalogues import LANGUAGES, SOURCE
from locales.speech import Speech

CREDITS = "credits"
"""What they are called unless a portal has a name of its own for them."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How one person is written to. Moments are microseconds UTC."""

    speech: Speech = field(default_factory=Speech)

    @property
    def language(self) -> str:
        """Its code."""
        return self.speech.language

    def counted(self, amount: Credits, unit: str) -> str:
        """500 credits, in the form that fits the number; or the portal's own name for them."""
        if unit != CREDITS:
            return f"{figures.credits(amount, self.language)} {unit}"
        form = figures.form_of(amount, self.language)
        return self.speech.count("{amount} credit", "{amount} credits", form, amount=amount)

    def day(self, moment: int) -> str:
        """20 November 2026, as it is in the person's zone."""
        local = to_datetime(moment).astimezone(self.speech.zone)
        return str(format_date(local.date(), "long", locale=self.speech.locale))

    def month(self, moment: int) -> str:
        """November 2026: a month of use, which is counted in UTC."""
        local = to_datetime(moment).astimezone(UTC)
        return str(format_skeleton("yMMMM", local, tzinfo=UTC, locale=self.speech.locale))

    def moment(self, moment: int) -> str:
        """20 Nov 2026, 15:04 (Europe/Paris)."""
        local = to_datetime(moment).astimezone(self.speech.zone)
        day = format_date(local.date(), "medium", locale=self.speech.locale)
        return f"{day}, {local:%H:%M} ({self.speech.zone_name})"


def voice_of(connection: Connection, person_id: str | None) -> Voice:
    """How this person is written to: as they chose, else in English. Nobody knows how, who is only invited."""
    language, zone = people.preferred(connection, person_id) if person_id else (None, None)
    return Voice(Speech(language if language in LANGUAGES else SOURCE, zone or "UTC"))
