"""The words of each notice, and the one way that leads out of it. Only pages/warnings and banner use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from billing.alert_notices import Notice, Warnings
from billing.rules.alerts import AlertKind
from billing.rules.money import Credits
from billing.rules.notices import ALARMS, About
from pages.parts import format as written
from pages.words import _, n_


@dataclass(frozen=True, slots=True)
class Said:
    """One notice. `way` is the one thing to do about it, a word and an address; what has a `notice` can be put away.

    `adds` draws what is no link.
    """

    tone: str
    heading: str
    sentence: str
    way: tuple[str, str] | None = None
    notice: Notice | None = None
    adds: Callable[[], None] | None = None


def said(about: About, found: Warnings) -> Said:
    """What is said about it, of what was found of the account."""
    if about in STOPS:
        return STOPS[about](found)
    kind, words = PASSED[about]
    each = next(each for each in found.shown if each.kind is kind)
    heading, sentence, way = words(each, found)
    return Said("warn", heading, sentence, way, each)


def _to_confirm(_found: Warnings) -> Said:
    sentence = _("Your bank wants you to confirm it. Until then the plan has not begun.")
    return Said("warn", _("A payment waits for you."), sentence, (_("Confirm the payment"), "/plan"))


def _past_due(_found: Warnings) -> Said:
    sentence = _("What the plan gives may end if it stays unpaid.")
    return Said("danger", _("The last payment of your plan failed."), sentence, (_("Pay now"), "/plan"))


def _disputed(found: Warnings) -> Said:
    heading = _("Held by a dispute: {credits}.", credits=written.counted(found.disputed))
    sentence = _("Nobody can use them until the bank has decided; buying more frees none.")
    return Said("warn", heading, sentence, (_("See transactions"), "/transactions"))


def _owed(found: Warnings) -> Said:
    heading = _("You owe {credits}.", credits=written.counted(found.owed))
    return Said("danger", heading, _("The next credits you buy pay them first."), _buying())


def _empty(_found: Warnings) -> Said:
    blocked = _("Whatever spends credits is refused until you buy some.")
    return Said("warn", _("No credits are available."), blocked, _buying())


Way = tuple[str, str]
Words = Callable[[Notice, Warnings], tuple[str, str, Way]]


def _low(each: Notice, found: Warnings) -> tuple[str, str, Way]:
    level, left = written.counted(Credits(each.level)), written.counted(found.left)
    return _("Fewer than {level} left.", level=level), _("Now: {credits}.", credits=left), _buying()


def _runs_out(each: Notice, _found: Warnings) -> tuple[str, str, Way]:
    heading = n_("Your credits last less than {n} day.", "Your credits last less than {n} days.", each.level)
    return heading, _("That is at the rate of the last 7 days."), _buying()


def _expire(each: Notice, _found: Warnings) -> tuple[str, str, Way]:
    credits, day = written.counted(each.amount), written.day(each.ends)
    heading = _("{credits} expire on {day}.", credits=credits, day=day)
    return heading, _("They are used before all others."), _buying()


def _spent(each: Notice, _found: Warnings) -> tuple[str, str, Way]:
    heading = _("This month's use has reached {level}.", level=written.counted(Credits(each.level)))
    return heading, _("An alert stops nothing."), (_("Usage"), "/usage")


def _buying() -> Way:
    return _("Buy credits"), "/buy"


STOPS: dict[About, Callable[[Warnings], Said]] = {
    About.TO_CONFIRM: _to_confirm,
    About.PAST_DUE: _past_due,
    About.DISPUTED: _disputed,
    About.OWED: _owed,
    About.EMPTY: _empty,
}

WORDS: dict[AlertKind, Words] = {
    AlertKind.BALANCE: _low,
    AlertKind.RUNWAY: _runs_out,
    AlertKind.EXPIRY: _expire,
    AlertKind.SPENDING: _spent,
}
PASSED: dict[About, tuple[AlertKind, Words]] = {about: (kind, WORDS[kind]) for kind, about in ALARMS.items()}
