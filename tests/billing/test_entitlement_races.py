"""Nobody takes a place that is not there, however many try at once, from however many processes."""

from __future__ import annotations

import pytest

from billing import check, entitlements
from billing.entitlements import Asked
from billing.rules.errors import LimitReached
from tests.world.databases import Databases, migrated
from tests.world.portals import open_world, rounds
from tests.world.registrars import LIMITED, race

pytestmark = pytest.mark.campaign

ROUNDS = rounds(2, 5)


def test_fifty_registrations_from_two_processes_take_three_places_exactly_three_times(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url, clock=None, **LIMITED) as world:
        accounts = [world.account(f"round {each}") for each in range(ROUNDS)]
    assert race(url, accounts, threads=25) == dict.fromkeys(accounts, 3)
    with open_world(url, clock=None, **LIMITED) as world:
        for account in accounts:
            with pytest.raises(LimitReached):
                entitlements.take(world.portal, Asked(account, "pipelines", "late", "key_race"))
        assert check.run(world.portal.database) == []
    assert counted(url, accounts) == [{"pipelines": 3}] * ROUNDS


def counted(url: str, accounts: list[str]) -> list[dict[str, int]]:
    """What a third process counts afterwards."""
    with open_world(url, clock=None, **LIMITED) as world:
        return [entitlements.overview(world.portal, each).used for each in accounts]


def test_the_same_two_pipelines_registered_by_both_processes_take_two_places(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url, clock=None, **LIMITED) as world:
        accounts = [world.account(f"round {each}") for each in range(ROUNDS)]
    assert race(url, accounts, threads=2, same_holders=True) == dict.fromkeys(accounts, 2)
    assert counted(url, accounts) == [{"pipelines": 2}] * ROUNDS
