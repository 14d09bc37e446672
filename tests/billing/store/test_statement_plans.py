"""A statement of a million lines costs what a short one does: every question it asks is answered by an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from billing import explanations, forecasts, grants, statements
from billing.grants import Grant
from billing.rules.kinds import Kind
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.rules.views import Filters
from tests.world.portals import START, World, open_world

SINCE, UNTIL = START - DAY, START + DAY
PAGES = {
    "first": Filters(), "deep": Filters(cursor=2), "oldest": Filters(oldest_first=True, cursor=1),
    "period": Filters(since=SINCE, until=UNTIL), "bought": Filters(kinds=(Kind.PURCHASE, Kind.GRANT)),
    "in": Filters(direction="in"),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path: Path = tmp_path_factory.mktemp("plans") / "scrip.db"
    with open_world(f"sqlite:///{path}") as made:
        yield made


@pytest.fixture(scope="module")
def account(world: World) -> str:
    opened = world.account()
    for number in range(3):
        grants.give(world.portal, Grant(opened, Credits.whole(1), "a line for a plan", "usr_x", f"{opened}{number}"))
    return opened


def plans(world: World, ask: Callable[[], object]) -> list[str]:
    """How SQLite would find the rows of every question that `ask()` asks."""
    asked: list[tuple[str, Any]] = []
    engine = world.portal.database.engine

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        steps = [
            row[3]
            for statement, parameters in asked
            if statement.lstrip().upper().startswith(("SELECT", "WITH"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert steps
    return steps


def is_slow(step: str) -> bool:
    """A whole table read, or a history sorted by hand. What is grouped are a few types or moments."""
    scans = step.startswith("SCAN ") and step.split()[1] in TABLES and " USING " not in step
    return scans or "B-TREE FOR ORDER BY" in step


TABLES = {"transfers", "t", "entries", "lots", "accounts", "a"}
"""Those that grow, by their names in the questions."""


@pytest.mark.parametrize("filters", PAGES.values(), ids=PAGES)
def test_a_page_is_found_by_indexes_alone(world: World, account: str, filters: Filters) -> None:
    steps = plans(world, lambda: statements.page(world.portal, account, filters))
    assert [step for step in steps if is_slow(step)] == []


def test_what_came_in_leaves_every_debit_of_usage_unread(world: World, account: str) -> None:
    steps = plans(world, lambda: statements.page(world.portal, account, Filters()))
    assert any("COVERING INDEX transfers_but_usage" in step for step in steps)


def test_an_explanation_and_a_forecast_are_found_by_indexes_too(world: World, account: str) -> None:
    world.clock.pass_by(8 * DAY)
    steps = plans(world, lambda: forecasts.run_out(world.portal, account))
    steps += plans(world, lambda: explanations.balance(world.portal, account, since=SINCE, until=UNTIL))
    assert [step for step in steps if is_slow(step)] == []
