"""What managers ask of lists, and the lines they get. Anyone may import it.

A page of a list is named by the last line of the page before, not by a number: lines that come or go meanwhile shift
nothing, and the thousandth page costs as much as the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from billing.rules.errors import BadInput
from billing.rules.money import Credits
from billing.rules.views import AuditLine

T = TypeVar("T")

ROWS = 50
CURSOR_MOST = 600
COUNTED = 10_000
"""Beyond this many a list says "more than": counting a million lines would cost more than showing fifty."""

_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of a list. `after` leads to the next one, None at the end; `matching` counts as far as COUNTED + 1."""

    lines: Sequence[T]
    after: str | None
    matching: int


def cursor(*values: str | int) -> str:
    """The place of a line in its list."""
    return json.dumps(values, separators=(",", ":"))


def read_cursor(text: str, *kinds: type[str] | type[int]) -> tuple[str | int, ...] | None:
    """The values of `cursor`, None for no text. Raises BadInput for what never was one: an address holds anything."""
    if not text:
        return None
    try:
        found = json.loads(text) if len(text) <= CURSOR_MOST else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list) and len(found) == len(kinds) and all(map(_fits, found, kinds)):
        return tuple(found)
    raise BadInput("This page of the list does not exist. Begin with the first.", field="after")


def _fits(value: object, kind: type[str] | type[int]) -> bool:
    return type(value) is kind and (not isinstance(value, int) or -_LARGEST <= value < _LARGEST)


class AccountSort(StrEnum):
    """In which order accounts stand; a "-" before it turns it round."""

    NAME = "name"
    BALANCE = "balance"
    OPENED = "opened"


class AccountStatus(StrEnum):
    """DISABLED: the person may not sign in any more."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class AccountFilters:
    """Which accounts. Empty means all; `plan` is a plan's key, or NO_PLAN for those without a subscription.

    `idle_since`: nothing moved on the account after that moment. `after` is the `Listed.after` of the page before.
    """

    search: str = ""
    kind: str = ""
    status: AccountStatus | None = None
    plan: str = ""
    negative: bool = False
    idle_since: int | None = None
    sort: AccountSort = AccountSort.NAME
    descending: bool = False
    after: str = ""
    limit: int = ROWS


NO_PLAN = "none"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account in the managers' list. `plan` is the key of what it is subscribed to, else the price's id."""

    id: str
    kind: str
    name: str
    email: str | None
    balance: Credits
    held: Credits
    customer_ref: str | None
    created_at: int
    last_at: int | None
    plan: str | None = None
    status: AccountStatus = AccountStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A set of filters somebody keeps: `query` as it stands in the address."""

    id: str
    page: str
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """Which acts. Empty means all; moments bound when it was recorded, `until` exclusive."""

    search: str = ""
    actor: str = ""
    action: str = ""
    account_id: str = ""
    since: int | None = None
    until: int | None = None
    after: str = ""
    limit: int = ROWS


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the audit log with the names behind its ids, as far as there are any.

    `names` are those of whom `before` and `after` speak, by id; a file of the log goes without.
    """

    line: AuditLine
    actor_name: str | None
    account_name: str | None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment on and up to another, which is not in it; None for no bound."""

    since: int | None = None
    until: int | None = None

    def holds(self, moment: int) -> bool:
        """Whether the moment lies in it."""
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)
