"""One account with a million lines and a hundred thousand others, made as fast as the ledger writes. For benchmarks.

Everything goes through the store's own functions, so that `scrip check` finds nothing afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import insert

from benchmarks import wire
from billing.portal import Portal
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.rules.postings import Posting
from billing.store import ledger
from billing.store.tables import accounts

AT_ONCE = 1_000
DAYS = 90
"""The history ends now and began so many days ago."""

GRANTED_EVERY = 500
"""One line in so many brings credits, all others are uses."""

KEYS, MODELS, PROJECTS = 12, 40, 7
RARE_EVERY = 100_000
RARE = "needle"
"""A word that stands in one line of a hundred thousand: what a search has to find."""


def write(portal: Portal, account_id: str, lines: int) -> None:
    """Gives the account a history of so many lines."""
    now, told = portal.clock(), _lines(account_id, lines)
    for first in range(0, lines, AT_ONCE):
        at = now - DAYS * DAY + DAYS * DAY * first // lines
        some = [each._replace(happened_at=at) for each in islice(told, AT_ONCE)]
        portal.till.write(lambda tx, some=some, at=at: ledger.post(tx, some, at))  # type: ignore[misc]


def crowd(portal: Portal, first: int, count: int) -> None:
    """Opens accounts with numbers from `first` on, a tenth of them with some credits."""
    now = portal.clock()
    terms = LotTerms(LotSource.GRANT)
    for start in range(first, first + count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, first + count))
        rows = [
            {"id": wire.account(number), "kind": "person", "name": f"Person {number * 7919 % 1_000_003:07}",
             "email": f"person{number}@example.org", "balance_micro": 0, "created_at": now - number * 1_000_000}
            for number in numbers
        ]  # fmt: skip
        given = [
            Posting(wire.account(number), Kind.GRANT, "grant", f"crowd:{number}", Credits.whole(number % 977 + 1).micro,
                    "usr_bench", now, reason="For the benchmarks", terms=terms)
            for number in numbers if number % 10 == 0
        ]  # fmt: skip
        portal.till.write(lambda tx, rows=rows: tx.connection.execute(insert(accounts), rows))  # type: ignore[misc]
        portal.till.write(lambda tx, given=given: ledger.post(tx, given, now))  # type: ignore[misc]


def _lines(account_id: str, count: int) -> Iterator[Posting]:
    for number in range(count):
        cause = f"{account_id}:history{number}"
        if number % GRANTED_EVERY == 0:
            terms = LotTerms(LotSource.GRANT)
            yield Posting(
                account_id, Kind.GRANT, "grant", cause, Credits.whole(10_000).micro, f"usr_{number % 3}", 0,
                reason="A gift of the house", terms=terms,
            )  # fmt: skip
            continue
        model, project = f"model-{number % MODELS}", f"project-{number % PROJECTS}"
        reason = RARE if number % RARE_EVERY == 1 else f"Answered with {model}"
        details = f'{{"model":"{model}","project":"{project}"}}'
        yield Posting(
            account_id, Kind.USAGE, "usage", cause, -(1_000 + number % 9_000), f"key_{number % KEYS}", 0,
            reason=reason, details=details,
        )  # fmt: skip
