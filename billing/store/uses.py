"""Uses as the ledger keeps them: what they were sent with, and whose they are. Verbs may import it.

A program says whose a use is by the dimension `user`; a use that a person sent themselves is theirs as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSON

from billing.rules.kinds import Kind
from billing.rules.usage_reports import PERSON_DIMENSION
from billing.rules.views import Line
from billing.store.tables import transfers


def dimension(connection: Connection, name: str) -> ColumnElement[Any]:
    """One dimension of a use; a line that is none may have details of another form."""
    if connection.dialect.name == "sqlite":
        return func.json_extract(transfers.c.details, f'$."{name}"')
    found: ColumnElement[Any] = cast(transfers.c.details, JSON)[name].astext
    return found


def nobody_elses(connection: Connection, whose: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a line is no use of anybody but the person with these names."""
    theirs = or_(transfers.c.actor.in_(whose), dimension(connection, PERSON_DIMENSION).in_(whose))
    return case((transfers.c.kind == Kind.USAGE, func.coalesce(theirs, False)), else_=true())


def is_shown(connection: Connection, line: Line, whose: Sequence[str] | None) -> bool:
    """Whether it is no use of anybody else.

    None for `whose` is somebody who sees everybody's.
    """
    if whose is None or line.kind is not Kind.USAGE:
        return True
    own = select(transfers.c.id).where(transfers.c.id == line.id, nobody_elses(connection, whose))
    return connection.scalar(own) is not None
