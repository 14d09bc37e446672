"""Papers: an account's statement as it is printed, in the words of whoever reads it. Doors call it.

What was used is told by the day, everything else line by line: paper is read by people, and the file has every line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from babel.dates import format_skeleton
from sqlalchemy import Connection

from billing import accounts, explanations
from billing.mail_words import Voice
from billing.portal import Portal
from billing.printing import printed
from billing.rules.errors import BadInput
from billing.rules.explanations import Explanation
from billing.rules.kinds import NAMES, Kind
from billing.rules.moments import to_datetime
from billing.rules.money import Credits
from billing.rules.printouts import Column, Printout, Table
from billing.rules.usage_reports import TOGETHER
from billing.rules.views import Filters, Line
from billing.store import periods, statements, usage_reports
from locales import figures
from locales.speech import Speech

LINES_MOST = 2_000
NAME_SHOWN = 40
"""More of a name would push its account's id off the paper."""
BUT_USAGE = tuple(kind for kind in Kind if kind is not Kind.USAGE)
TYPED = (Kind.GRANT, Kind.REMOVAL)
"""Whose reasons are somebody's own words."""


def statement_pdf(portal: Portal, account_id: str, since: int | None, until: int | None, speech: Speech) -> bytes:
    """The statement as a PDF. Raises NotFound, BadInput for a period that does not fit on paper, Unavailable."""
    return printed(statement(portal, account_id, since, until, speech))


def statement(portal: Portal, account_id: str, since: int | None, until: int | None, speech: Speech) -> Printout:
    """The account's credits from `since` up to `until`: what they add up to by type, then day by day."""
    account = accounts.view(portal, account_id)
    told = explanations.balance(portal, account_id, since, until)
    with portal.database.read() as connection:
        days = _days(connection, account_id, since, until, speech)
    return _Teller(portal, speech, _places(told, days.values())).paper(account.name, told, days)


@dataclass(slots=True)
class _Day:
    """What happened on one day of the reader's zone."""

    lines: list[Line]
    uses: int = 0
    used: Credits = Credits(0)  # noqa: RUF009  frozen

    @property
    def moved(self) -> Credits:
        return sum((each.amount for each in self.lines), -self.used)


def _days(
    connection: Connection, account_id: str, since: int | None, until: int | None, speech: Speech
) -> dict[date, _Day]:
    """Every day on which something happened, in order."""
    found = periods.span(connection, account_id, since, until)
    days: dict[date, _Day] = {}
    wanted = Filters(kinds=BUT_USAGE, since=since, until=until, oldest_first=True)
    lines = list(islice(statements.stream(connection, account_id, wanted), LINES_MOST + 1))
    for line in lines:
        days.setdefault(_day(line.recorded_at, speech), _Day([])).lines.append(line)
    for piece in usage_reports.pieces(connection, found, TOGETHER):
        day = days.setdefault(_day(piece.at, speech), _Day([]))
        day.uses, day.used = day.uses + piece.events, day.used + piece.used
    if len(lines) + len(days) > LINES_MOST:
        raise BadInput("That is more than fits on paper: choose a shorter period, or take the CSV.", field="since")
    return dict(sorted(days.items()))


def _day(moment: int, speech: Speech) -> date:
    return to_datetime(moment).astimezone(speech.zone).date()


class _Teller:
    """Says everything in one person's language and zone."""

    def __init__(self, portal: Portal, speech: Speech, places: int) -> None:
        self._portal, self._speech, self._voice, self._places = portal, speech, Voice(speech), places
        own = portal.settings.credits.kind_words
        self._words = {kind: speech.tell(name) for kind, name in NAMES.items()} | {each.kind: each.word for each in own}

    def paper(self, name: str, told: Explanation, days: dict[date, _Day]) -> Printout:
        """The whole of it."""
        _ = self._speech.say
        return Printout(
            title=_("Statement of credits"),
            product=self._portal.settings.product_name,
            facts=tuple(self._facts(name, told)),
            tables=(self._parts(told), self._list(told, days)),
            note=_("Credits that were used are told by the day; the CSV of the same period has every line."),
            page=_("Page {n}"),
            unprintable=_("{n} letters could not be printed, for no font of this portal has them. The CSV has them."),
            direction=self._speech.direction,
        )

    def _facts(self, name: str, told: Explanation) -> Iterator[tuple[str, str]]:
        _ = self._speech.say
        first = _("the beginning") if told.since is None else self._voice.day(told.since)
        short = name if len(name) <= NAME_SHOWN else f"{name[:NAME_SHOWN]}…"
        yield _("Account"), f"{short} ({told.account_id})"
        yield _("Period"), f"{first} – {self._voice.day(told.until - 1)}"
        yield _("As of"), self._voice.moment(min(told.until, self._portal.clock()))
        yield _("Amounts in"), self._portal.settings.credits.unit_name

    def _parts(self, told: Explanation) -> Table:
        _, p_ = self._speech.say, self._speech.say_of
        columns = (
            Column(_("Type"), 36), Column(_("Transactions"), 16, True), Column(p_("credits", "In"), 16, True),
            Column(p_("credits", "Out"), 16, True), Column(_("Together"), 16, True),
        )  # fmt: skip
        middle = [
            (self._words[part.kind], figures.number(part.lines, self._speech.language), self._credits(part.credits_in),
             self._credits(part.credits_out), self._signed(part.amount))
            for part in told.parts
        ]  # fmt: skip
        rows = (
            (_("Opening"), "", "", "", self._credits(told.opening)), *middle,
            (_("Closing"), "", "", "", self._credits(told.closing)),
        )  # fmt: skip
        return Table(_("What the period adds up to"), columns, rows, (0, len(rows) - 1))

    def _list(self, told: Explanation, days: dict[date, _Day]) -> Table:
        """Each day's lines; the last one carries the balance at its end."""
        _ = self._speech.say
        columns = (
            Column(_("Day"), 18), Column(_("What"), 50), Column(_("Amount"), 16, True), Column(_("Balance"), 16, True),
        )  # fmt: skip
        rows: list[tuple[str, ...]] = []
        balance = told.opening
        for day, what in days.items():
            balance = balance + what.moved
            named = str(format_skeleton("yMMMd", day, locale=self._speech.locale))
            texts = [(self._about(line), self._signed(line.amount)) for line in what.lines]
            if what.uses:
                texts.append((self._used(what.uses), self._signed(-what.used)))
            for place, (text, amount) in enumerate(texts, 1):
                last = self._credits(balance) if place == len(texts) else ""
                rows.append((named if place == 1 else "", text, amount, last))
        return Table(_("Day by day, with the balance at the end of each"), columns, tuple(rows))

    def _about(self, line: Line) -> str:
        reason = line.reason if line.kind in TYPED else self._speech.tell(line.reason)
        return f"{self._words[line.kind]}: {reason}" if reason else self._words[line.kind]

    def _used(self, uses: int) -> str:
        n_ = self._speech.count
        return n_("{what}, {n} time", "{what}, {n} times", uses, what=self._words[Kind.USAGE])

    def _credits(self, amount: Credits) -> str:
        return figures.credits(amount, self._speech.language, self._places)

    def _signed(self, amount: Credits) -> str:
        plus = figures.signed_mark("+", self._speech.language) if amount.micro > 0 else ""
        return f"{plus}{self._credits(amount)}"


def _places(told: Explanation, days: Iterable[_Day]) -> int:
    """How many decimals the paper needs, so that all its numbers stand under each other."""
    moved = [amount for each in days for amount in (each.used, *(line.amount for line in each.lines))]
    return max(len(str(each).partition(".")[2]) for each in (told.opening, told.closing, *moved))
