"""In which language, and by whose clock, somebody is written to. `mail_texts.py` says everything through a Voice.

The one place where mail learns to speak: a catalogue behind `say` and `count`, and what a person prefers in `voice_of`,
is all that another language needs. Until then everybody is written to in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from sqlalchemy import Connection

from billing.rules.moments import to_datetime
from billing.rules.money import Credits, Money

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Voice:
    """How one person is written to."""

    language: str = "en"
    locale: str = "en_GB"

    def say(self, template: str, /, **values: object) -> str:
        """The sentence with its {places} filled; amounts are written as the language writes them."""
        shown = {name: self._shown(value) for name, value in values.items()}
        return _filled(template, shown)

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The form that fits the number, which fills the place {n}."""
        return self.say(one if n == 1 else many, n=n, **values)

    def day(self, moment: int) -> str:
        """20 November 2026."""
        return format_date(to_datetime(moment).astimezone(UTC).date(), "d MMMM y", locale=self.locale)

    def month(self, moment: int) -> str:
        """November 2026."""
        return format_date(to_datetime(moment).astimezone(UTC).date(), "LLLL y", locale=self.locale)

    def moment(self, moment: int) -> str:
        """20 Nov 2026, 15:04 UTC."""
        return f"{format_datetime(to_datetime(moment), 'd MMM y, HH:mm', locale=self.locale)} UTC"

    def _shown(self, value: object) -> str:
        if isinstance(value, Credits):
            return str(format_decimal(Decimal(value.micro).scaleb(-6), "#,##0.######", locale=self.locale))
        if isinstance(value, Money):
            return str(format_currency(value.major, value.currency, "#,##0.00 ¤¤", locale=self.locale))
        if isinstance(value, int):
            return str(format_decimal(value, "#,##0", locale=self.locale))
        return str(value)


def voice_of(_connection: Connection, _person_id: str | None) -> Voice:
    """How this person is written to; None is somebody nobody knows yet, such as who is invited."""
    return Voice()


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)
