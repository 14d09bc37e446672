"""Reading usage: sums by group and by quarter of an hour. Only verbs may import it.

Wherever people live, their days and hours begin at a full quarter of an hour UTC; so the database sums quarters, and
which day a quarter belongs to is decided by whoever knows the zone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Subquery, case, func, literal, select

from billing.rules.kinds import Kind
from billing.rules.moments import MINUTE
from billing.rules.money import Credits
from billing.rules.usage_reports import TOGETHER, Grouping, Use, can_group
from billing.store.periods import Span, halves, joined
from billing.store.tables import BUT_USAGE, transfers
from billing.store.uses import dimension, nobody_elses

QUARTER = 15 * MINUTE
SAMPLE = 500
"""So many of the newest uses are asked which dimensions there are."""


class Piece(NamedTuple):
    """The uses of one group in one quarter of an hour."""

    at: int
    group: str | None
    events: int
    used: Credits


def groups(connection: Connection, found: Span, grouping: Grouping, most: int) -> list[tuple[str, int, Credits]]:
    """The groups that used most, and one more when others follow: name, uses, credits."""
    uses = _uses(connection, found, grouping)
    high, low = halves(uses.c.used)
    carry = low.op("/")(2**31)
    query = select(uses.c.name, func.count(), high, low).group_by(uses.c.name)
    # An order by the sum itself could overflow; by its two halves it cannot.
    query = query.order_by((high + carry).desc(), low.op("%")(2**31).desc(), uses.c.name).limit(most + 1)
    return [(row[0], row[1], joined(row[2], row[3])) for row in connection.execute(query)]


def count(connection: Connection, found: Span, grouping: Grouping) -> int:
    """How many groups there are."""
    return connection.scalar(select(func.count(_uses(connection, found, grouping).c.name.distinct()))) or 0


def used_by(connection: Connection, found: Span, grouping: Grouping, names: Sequence[str]) -> dict[str, Credits]:
    """What these groups used."""
    uses = _uses(connection, found, grouping)
    query = select(uses.c.name, *halves(uses.c.used)).where(uses.c.name.in_(names)).group_by(uses.c.name)
    return {row[0]: joined(row[1], row[2]) for row in connection.execute(query)}


def pieces(
    connection: Connection, found: Span, grouping: Grouping, names: Sequence[str] | None = None
) -> Iterator[Piece]:
    """The uses by quarter of an hour and group, oldest first; of `names`, if given, with all others as None."""
    uses = _uses(connection, found, grouping)
    name = uses.c.name if names is None else case((uses.c.name.in_(names), uses.c.name))
    named = select(uses.c.quarter, name.label("name"), uses.c.used).subquery()
    query = select(named.c.quarter, named.c.name, func.count(), *halves(named.c.used))
    query = query.group_by(named.c.quarter, named.c.name).order_by(named.c.quarter, named.c.name)
    for row in connection.execution_options(yield_per=1000).execute(query):
        yield Piece(row[0] * QUARTER, row[1], row[2], joined(row[3], row[4]))


def total(connection: Connection, found: Span, grouping: Grouping = TOGETHER) -> Credits:
    """What all uses of the period took: it follows from its balances and all else, so that none of them is read.

    Those of one person alone are read, for no balance tells them.
    """
    if grouping.whose is not None:
        own = connection.execute(select(*halves(_uses(connection, found, grouping).c.used))).one()
        return joined(own[0], own[1])
    others = select(*halves(transfers.c.amount_micro)).where(found.holds(), BUT_USAGE)
    row = connection.execute(others).one()
    return found.opening + joined(row[0], row[1]) - found.closing


def given_back(connection: Connection, found: Span, grouping: Grouping = TOGETHER) -> Credits:
    """What came back of uses; whose they were is not asked, so that of one person's alone nothing is told."""
    if grouping.whose is not None:
        return Credits(0)
    of_uses = (BUT_USAGE, transfers.c.kind == Kind.USAGE_REVERT)
    row = connection.execute(select(*halves(transfers.c.amount_micro)).where(found.holds(), *of_uses)).one()
    return joined(row[0], row[1])


def latest(connection: Connection, found: Span, grouping: Grouping = TOGETHER) -> tuple[int | None, tuple[str, ...]]:
    """When the newest use was recorded, and which dimensions the newest ones have."""
    query = select(transfers.c.recorded_at, transfers.c.details).where(*_wanted(connection, found, grouping))
    rows = connection.execute(query.order_by(transfers.c.version.desc()).limit(SAMPLE)).all()
    names = {name for _, details in rows if details for name in json.loads(details) if can_group(name)}
    return (rows[0][0] if rows else None), tuple(sorted(names))


def newest(connection: Connection, found: Span, grouping: Grouping, most: int) -> list[Use]:
    """The newest uses one by one, with what came back of each."""
    line = transfers.c
    query = select(
        line.id, -line.amount_micro, line.actor, line.reason, line.details, line.happened_at, line.recorded_at
    )
    query = query.where(*_wanted(connection, found, grouping)).order_by(line.version.desc()).limit(most)
    rows = connection.execute(query).all()
    sums = select(line.corrects, *halves(line.amount_micro)).where(line.corrects.in_([row[0] for row in rows]))
    back = {row[0]: joined(row[1], row[2]) for row in connection.execute(sums.group_by(line.corrects))}
    return [
        Use(row[0], Credits(row[1]), back.get(row[0], Credits(0)), *row[2:4], json.loads(row[4] or "{}"), *row[5:])
        for row in rows
    ]


def _uses(connection: Connection, found: Span, grouping: Grouping) -> Subquery:
    """The uses themselves: the name of the group, the quarter of an hour, the credits."""
    name: ColumnElement[Any] = literal("")
    if grouping.by_actor:
        name = transfers.c.actor
    elif grouping.dimension:
        name = func.coalesce(dimension(connection, grouping.dimension), "")
    quarter = transfers.c.recorded_at.op("/")(QUARTER)
    query = select(name.label("name"), quarter.label("quarter"), (-transfers.c.amount_micro).label("used"))
    return query.where(*_wanted(connection, found, grouping)).subquery()


def _wanted(connection: Connection, found: Span, grouping: Grouping) -> list[ColumnElement[bool]]:
    wanted = [found.holds(), transfers.c.kind == Kind.USAGE]
    return wanted if grouping.whose is None else [*wanted, nobody_elses(connection, grouping.whose)]
