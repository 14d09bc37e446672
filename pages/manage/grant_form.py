"""The fields of a grant or a removal, and what is read from them. The dialog uses it.

The form comes as one message and is read here, letter by letter: whatever the browser checked counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from billing.grants import REFERENCE_MAX
from billing.rules.errors import BadInput
from billing.rules.moments import NEVER, from_datetime
from billing.rules.money import Credits
from billing.rules.sentences import sentence
from billing.rules.texts import REASON_MAX, REASON_MIN, clean, reason
from billing.settings import Settings
from pages.parts import format as written
from pages.parts.modal import Field, PlainSelect, told
from pages.parts.tags import Tag
from pages.words import N_, _, n_, worded

GRANT, REMOVE = "grant", "remove"
CAUSES = (
    N_("Goodwill"), N_("Compensation for a fault"), N_("Correction of a mistake"), N_("Paid in another way"),
    N_("Part of a contract"), N_("Test"),
)  # fmt: skip
"""What a manager may say with one choice; it stands, in English, before the reason in the audit log."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a form begins with. `corrects` is the transfer it takes back; then the direction is given."""

    direction: str = GRANT
    amount: str = ""
    reason: str = ""
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was read from a form, every part of it fit to be asked for."""

    amount: Credits
    reason: str
    told: str
    reference: str
    expires_at: int


class GrantForm:
    """The fields, built in the current slot."""

    def __init__(self, settings: Settings) -> None:
        self._confirm_above = settings.grants.confirm_above
        self._most = settings.grants.max_credits_per_grant
        self.directions = _directions()
        self.amount = Field("input", "amount", _("Amount"), inputmode="decimal")
        twice = _("Above {amount} it is typed twice.", amount=self._confirm_above)
        self.again = Field("input", "again", _("The amount again"), twice, inputmode="decimal")
        options = [("", _("Other")), *((each, _(each)) for each in CAUSES)]
        Field(lambda **props: PlainSelect(options, **props), "cause", _("Cause"))
        least = n_(
            "At least {n} character. It stands in the audit log.",
            "At least {n} characters. It stands in the audit log.",
            REASON_MIN,
        )
        self.reason = Field("textarea", "reason", _("Reason"), least, rows=2, maxlength=REASON_MAX, data_draft="reason")
        with Tag("div", classes="tell"):
            with Tag("label", classes="check"):
                Tag("input", type="checkbox", name="shown", value="1")
                Tag("span", _("Tell the customer why"))
            stands = _("It stands in their statement.")
            self.told = Field("input", "told", _("What the customer reads"), stands, maxlength=REASON_MAX)
        with Tag("div", classes="pair"):
            self.expires = Field("input", "expires", _("Last day"), _("Left empty: they never expire."), type="date")
            self.reference = Field(
                "input", "reference", _("Reference"), _("Such as a ticket."), maxlength=REFERENCE_MAX
            )

    def clear(self) -> None:
        """Nothing is wrong (any more)."""
        for field in (self.amount, self.again, self.reason, self.told, self.expires, self.reference):
            field.clear()

    def describe(self, direction: str, amount: Credits | None) -> None:
        """Shows the fields that this direction and this amount need."""
        self.expires.element.set_visibility(direction == GRANT)
        self.again.element.set_visibility(amount is not None and self._is_confirmed(amount))

    def allow(self, left: Credits) -> None:
        """Says how much may be moved at once, and how much may be granted within the day."""
        said = _("At most {most} at once; {left} more can be granted today.", most=self._most, left=left)
        self.amount.hint.text = said

    def read(self, given: object, direction: str) -> Wanted | None:
        """What it says, or None once every wrong field says what is wrong with it; the first of them has the focus."""
        expires_at = self._checked(
            self.expires, lambda: _last_day(told(given, "expires")) if direction == GRANT else NEVER
        )
        reference = self._checked(
            self.reference, lambda: clean(told(given, "reference"), "reference", most=REFERENCE_MAX)
        )
        note = self._checked(self.told, lambda: _note(given))
        why = self._checked(self.reason, lambda: _reason(given))
        amount = self._checked(self.amount, lambda: Credits.of(told(given, "amount")))
        if amount is None or not self._checked(self.again, lambda: self._confirmed(amount, told(given, "again"))):
            return None
        if expires_at is None or reference is None or note is None or why is None:
            return None
        return Wanted(amount, why, note, reference, expires_at)

    def refuse(self, refused: BadInput) -> None:
        """What the verb found wrong, beside the field it is about."""
        fields = {"reason": self.reason, "told": self.told, "expires": self.expires, "reference": self.reference}
        fields.get(str(refused.details.get("field")), self.amount).refuse(worded(refused.sentence))

    def _is_confirmed(self, amount: Credits) -> bool:
        """What is above the limit is refused anyhow; nobody types that twice."""
        return self._confirm_above < amount <= self._most

    def _confirmed(self, amount: Credits, again: str) -> bool:
        if self._is_confirmed(amount) and _or_none(again) != amount:
            raise BadInput(
                sentence("Type {amount} again, so that no digit is one too many.", amount=amount), field="again"
            )
        return True

    def _checked(self, field: Field, read: Callable[[], Any]) -> Any:
        """What `read` makes of the field, or None once the field says what is wrong with it."""
        try:
            value = read()
        except BadInput as refused:
            field.refuse(worded(refused.sentence))
            return None
        field.clear()
        return value


def typed(given: object) -> tuple[str, Credits | None]:
    """Direction and amount as they stand in a form that is not sent yet."""
    direction = REMOVE if told(given, "direction") == REMOVE else GRANT
    return direction, _or_none(told(given, "amount"))


def _or_none(text: str) -> Credits | None:
    try:
        return Credits.of(text)
    except BadInput:
        return None


def _reason(given: object) -> str:
    cause, words = told(given, "cause"), reason(told(given, "reason"))
    return f"{cause}: {words}" if cause in CAUSES else words


def _note(given: object) -> str:
    """What the customer reads: nothing unless it was asked for, and then something."""
    if told(given, "shown") != "1":
        return ""
    return clean(told(given, "told"), "text for the customer", least=3, most=REASON_MAX)


def _last_day(text: str) -> int:
    if not text.strip():
        return NEVER
    day = written.day_start(text.strip())
    if day is None:
        raise BadInput("The last day is no date such as 2026-11-20.", field="expires")
    return from_datetime(day + timedelta(days=1))


def _directions() -> dict[str, Tag]:
    words = {GRANT: _("Grant: add credits"), REMOVE: _("Remove: take credits")}
    with Tag("fieldset", classes="radios") as fieldset:
        Tag("legend", _("Direction"), "scrip-heard")
        radios = {"": fieldset}
        for name, text in words.items():
            with Tag("label"):
                radios[name] = Tag("input", type="radio", name="direction", value=name)
                Tag("span", text)
    return radios
