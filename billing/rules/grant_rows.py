"""Many grants and removals in one file: how it is read, and what is wrong with its rows. Anyone may import it; pure.

A row is judged by what it says and by the account as the rows above it leave it, so a preview shows what will happen.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from billing.rules.errors import BadInput
from billing.rules.grant_batches import Row, RowState
from billing.rules.moments import from_datetime
from billing.rules.money import Credits
from billing.rules.sentences import sentence
from billing.rules.texts import REASON_MIN, clean

ROWS_MOST = 10_000
REFERENCE_MOST = 120
TEXT_MOST = 500
COLUMNS = ("account", "amount", "reason", "expires", "reference")
_NAMES = {name: name for name in COLUMNS} | {"expiry": "expires", "expires_at": "expires", "ref": "reference"}
_DELIMITERS = (",", ";", "\t")
_MINUS = "\N{MINUS SIGN}"

NO_ACCOUNT = "There is no such account."
SEVERAL = "Several accounts have this mail address; give the account's id."
OWN = "It is your own account, or one you belong to."
NO_NUMBER = "The amount is no plain number such as 12.5 or -3."
NOTHING = "The amount moves nothing."
TOO_MUCH = "It is more than may be moved at once."
SHORT_REASON = "The reason is too short or holds a character that cannot be kept."
NO_DAY = "The expiry is no day in the future, such as 2027-06-30."
EXPIRES_NOTHING = "Only what is granted can expire."
LONG_REFERENCE = "The reference is too long or holds a character that cannot be kept."
TOO_LITTLE_THERE = "More would be removed than is there."
TWICE = "It is the same as a row above."
PROBLEMS = (
    NO_ACCOUNT, SEVERAL, OWN, NO_NUMBER, NOTHING, TOO_MUCH, SHORT_REASON, NO_DAY, EXPIRES_NOTHING, LONG_REFERENCE,
    TOO_LITTLE_THERE, TWICE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row as it was given, every part of it text."""

    place: int
    account: str
    amount: str
    reason: str = ""
    expires: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Purse:
    """What is known of an account a row names: its balance less what is reserved, and its floor."""

    account_id: str
    balance_micro: int
    floor_micro: int
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What judging needs to know besides the accounts. `now`: microseconds UTC."""

    most: Credits
    now: int


def read(text: str, usual: GivenRow) -> list[GivenRow]:
    """Rows of a file or of what was pasted; what a row leaves empty is taken from `usual`. Raises BadInput.

    Commas, semicolons or tabs; with a line of column names in any order, or without one in the order of COLUMNS.
    """
    lines = [line for line in csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=_delimiter(text)) if any(line)]
    columns, body = _columns(lines)
    if not body:
        raise BadInput("There is no row in it.", field="rows")
    if len(body) > ROWS_MOST:
        raise BadInput(sentence("At most {n} rows are taken at once.", n=ROWS_MOST), field="rows")
    return [_given(place, columns, cells, usual) for place, cells in enumerate(body, 1)]


def judge(rows: Iterable[GivenRow], purses: Mapping[str, Purse | str], limits: Limits) -> list[Row]:
    """Each row with what is wrong with it, if anything. `purses` by what rows call accounts; a text says why none."""
    balances: dict[str, int] = {}
    seen: set[tuple[str, int, str, str]] = set()
    judged = []
    for given in rows:
        row = _judged(given, purses.get(given.account, NO_ACCOUNT), limits, balances)
        same = (row.account_id or "", row.amount.micro if row.amount else 0, row.reason, row.reference)
        if row.state is RowState.WAITING and same in seen:
            row = replace(row, state=RowState.BAD, problem=TWICE)
        if row.state is RowState.WAITING and row.account_id and row.after:
            seen.add(same)
            balances[row.account_id] = row.after.micro
        judged.append(row)
    return judged


def _judged(given: GivenRow, purse: Purse | str, limits: Limits, balances: Mapping[str, int]) -> Row:
    row = Row(given.place, given.account, given.amount, given.reason, given.reference, RowState.BAD)
    amount = _amount(given.amount)
    if isinstance(purse, str):
        return replace(row, problem=purse)
    before = balances.get(purse.account_id, purse.balance_micro)
    row = replace(row, account_id=purse.account_id, amount=amount, before=Credits(before))
    problem = _wrong(given, amount, purse, limits)
    if problem or amount is None:
        return replace(row, problem=problem)
    if amount.micro < 0 and before + amount.micro < purse.floor_micro:
        return replace(row, problem=TOO_LITTLE_THERE)
    return replace(row, state=RowState.WAITING, after=Credits(before + amount.micro), expires_at=_expiry(given.expires))


def _wrong(given: GivenRow, amount: Credits | None, purse: Purse, limits: Limits) -> str:
    expires_at = _expiry(given.expires)
    checks = (
        (purse.is_own, OWN),
        (amount is None, NO_NUMBER),
        (amount is not None and amount.micro == 0, NOTHING),
        (amount is not None and abs(amount.micro) > limits.most.micro, TOO_MUCH),
        (not _fits(given.reason, REASON_MIN, TEXT_MOST), SHORT_REASON),
        (bool(given.expires) and (expires_at is None or expires_at <= limits.now), NO_DAY),
        (bool(given.expires) and amount is not None and amount.micro < 0, EXPIRES_NOTHING),
        (not _fits(given.reference, 0, REFERENCE_MOST), LONG_REFERENCE),
    )
    return next((why for is_wrong, why in checks if is_wrong), "")


def _fits(text: str, least: int, most: int) -> bool:
    try:
        clean(text, "text", least=least, most=most)
    except BadInput:
        return False
    return True


def _amount(text: str) -> Credits | None:
    plain = text.strip().replace(_MINUS, "-")
    sign = -1 if plain.startswith("-") else 1
    try:
        return Credits(sign * Credits.of(plain.removeprefix("-").removeprefix("+")).micro)
    except BadInput:
        return None


def _expiry(text: str) -> int | None:
    """The moment at which the day is over, UTC."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2027-06-30") else None
        return None if day is None else from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(1))
    except (ValueError, OverflowError):
        return None


def _delimiter(text: str) -> str:
    """The one the first line has most of."""
    first = text.lstrip("\ufeff\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _columns(lines: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], Sequence[Sequence[str]]]:
    named = [cell.strip().lower() for cell in lines[0]] if lines else []
    if not {"account", "amount"} & set(named):
        return COLUMNS, lines
    unknown = [name for name in named if name and name not in _NAMES]
    if unknown or not {"account", "amount"} <= set(named):
        known = ", ".join(COLUMNS)
        raise BadInput(sentence("The first line must name columns out of {known}.", known=known), field="rows")
    return tuple(_NAMES.get(name, "") for name in named), lines[1:]


def _given(place: int, columns: Sequence[str], cells: Sequence[str], usual: GivenRow) -> GivenRow:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        raise BadInput(sentence("Row {n} has more cells than there are columns.", n=place), field="rows")
    found = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
    return replace(usual, place=place, **found)
