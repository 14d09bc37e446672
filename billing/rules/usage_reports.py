"""What was used, when, and by whom or for what, as values. Anyone may import it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from billing.rules.errors import BadInput
from billing.rules.moments import MINUTE
from billing.rules.money import Credits
from billing.rules.windows import Window

SERIES_MOST = 6
"""So many groups get a colour of their own; the rest are others."""
GROUPS_MOST = 50
NEWEST = 100
"""So many uses are told one by one."""
LATE_AFTER = 5 * MINUTE
PERSON_DIMENSION = "user"
"""What a use is sent with that says which person it is of, by their id or address of mail."""
_DIMENSION = "dimension."


@dataclass(frozen=True, slots=True)
class Grouping:
    """How uses are told apart: not at all, by who sent them, or by one dimension that programs give with them.

    `whose` are the names of the only person whose uses are told; None tells everybody's.
    """

    by_actor: bool = False
    dimension: str = ""
    whose: tuple[str, ...] | None = None

    @property
    def is_together(self) -> bool:
        """Whether all uses are one."""
        return not self.by_actor and not self.dimension

    @classmethod
    def of(cls, text: str) -> Grouping:
        """From an address: "", "actor" or "dimension.model". Raises BadInput."""
        if text in ("", "actor"):
            return cls(by_actor=bool(text))
        name = text.removeprefix(_DIMENSION)
        if name == text or not can_group(name):
            raise BadInput("Group by actor or by dimension.<name>.", field="by")
        return cls(dimension=name)

    def __str__(self) -> str:
        """The same as an address has it."""
        return f"{_DIMENSION}{self.dimension}" if self.dimension else "actor" if self.by_actor else ""


TOGETHER = Grouping()
"""All uses as one."""


def can_group(name: str) -> bool:
    """Whether both databases can look a dimension of that name up."""
    return 0 < len(name) <= 40 and name.isprintable() and not set(name) & {'"', "\\"}


@dataclass(frozen=True, slots=True)
class Group:
    """The uses of one key, person or value of a dimension; `name` is empty where none was given."""

    name: str
    events: int
    used: Credits
    before: Credits
    """What it used in the window before."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use as it was sent. `given_back` came back of it; `dimensions` are what its program said about it."""

    id: int
    amount: Credits
    given_back: Credits
    actor: str
    reason: str
    dimensions: Mapping[str, str]
    happened_at: int
    recorded_at: int

    @property
    def is_late(self) -> bool:
        """Whether it came to be known long after it happened."""
        return self.recorded_at - self.happened_at > LATE_AFTER


@dataclass(frozen=True, slots=True)
class Bar:
    """One day or hour. `used` stands in the order of the report's series; `others` is the rest."""

    used: tuple[Credits, ...]
    others: Credits
    events: int

    @property
    def total(self) -> Credits:
        """All of it."""
        return sum(self.used, self.others)


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The bars sum to the groups with the others, and both to the ledger's debits of the window.

    `given_back` are credits of uses, whenever they were, that came back within the window; they are not subtracted.
    """

    window: Window
    grouping: Grouping
    groups: tuple[Group, ...]
    others: Group | None
    others_count: int
    bars: tuple[Bar, ...]
    before: Credits
    given_back: Credits
    dimensions: tuple[str, ...]
    last_at: int | None

    @property
    def series(self) -> tuple[Group, ...]:
        """The groups that the bars tell apart."""
        return self.groups[:SERIES_MOST]

    @property
    def total(self) -> Credits:
        """What was used in the window."""
        return sum((each.total for each in self.bars), Credits(0))

    @property
    def events(self) -> int:
        """How many uses there were."""
        return sum(each.events for each in self.bars)
