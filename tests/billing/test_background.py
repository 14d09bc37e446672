"""What runs beside the requests hears of every change, and tells what came of it without being asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from billing import alerts, background
from billing.portal import Portal
from billing.rules.alerts import AlertKind
from billing.rules.errors import LedgerUnavailable
from tests.world.portals import World
from tests.world.watchers import ada_of, spent, told_of

LONG = 3_600


def awake(world: World, seconds: int = LONG) -> Portal:
    """The portal as a server has it: it sweeps, here too seldom to matter."""
    settings = world.portal.settings.model_copy(update={"sweep_seconds": seconds})
    return replace(world.portal, settings=settings)


def until(holds: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "GATHER_SECONDS", 0.01)


def test_a_debit_that_passes_a_threshold_is_mailed_without_anybody_asking(world: World) -> None:
    box, _, ada = ada_of(world)
    told_of(world, ada, AlertKind.BALANCE, 100)
    with background.running(awake(world)):
        spent(world, ada, 950)
        if not world.portal.database.is_sqlite:
            world.portal.bell.ring([ada])  # no listener runs here
        until(lambda: box.told)
    assert [subject for _, subject in box.told] == ["50 credits left"]
    assert world.portal.bell._to_all == set()


def test_trouble_with_the_database_is_survived(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    box, _, ada = ada_of(sqlite_world)
    told_of(sqlite_world, ada, AlertKind.BALANCE, 100)
    tried: list[int] = []
    real = alerts.look

    def once_away(portal: Portal, accounts: set[str], **how: bool) -> int:
        tried.append(1)
        if len(tried) == 1:
            raise LedgerUnavailable("The database is away.")
        return real(portal, accounts, **how)

    monkeypatch.setattr(alerts, "look", once_away)
    with background.running(awake(sqlite_world)):
        spent(sqlite_world, ada, 950)
        sqlite_world.portal.bell.ring([ada])
        until(lambda: tried)
        sqlite_world.portal.bell.ring([ada])
        until(lambda: box.told)
    assert len(box.told) == 1


def test_a_portal_that_does_not_sweep_looks_at_nothing(sqlite_world: World) -> None:
    _, _, ada = ada_of(sqlite_world)
    told_of(sqlite_world, ada, AlertKind.BALANCE, 100)
    with background.running(awake(sqlite_world, 0)):
        spent(sqlite_world, ada, 950)
        sqlite_world.portal.bell.ring([ada])
        time.sleep(0.1)
    assert alerts.look(sqlite_world.portal, [ada]) == 1
