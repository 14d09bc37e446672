"""The plan of whoever has no other: without Stripe, with its starting credits once, and with its limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.policy import Role
from billing import check, entitlements, organisations, standing, statements
from billing.entitlements import Asked
from billing.organisations import Founding
from billing.rules.errors import LimitReached
from billing.rules.kinds import Kind
from billing.rules.organisations import Actor
from billing.rules.views import Filters
from billing.store import organisations as rows
from tests.world.databases import Databases, migrated
from tests.world.groups import ABOVE, founded, person
from tests.world.portals import World, open_world

PLANS = """
plans:
  - {name: starter, title: Starter, credits: {on_start: 12.5}, limits: {robots: 1}, seats: {limit: 2}}
  - name: pro
    prices: [{amount: "10.00", currency: USD, interval: month}]
    limits: {robots: unlimited}
"""


@pytest.fixture
def offline(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """A portal whose provider cannot be reached, and whose organisations it must not hear of."""
    (tmp_path / "plans.yml").write_text(PLANS, "utf-8")
    changes = {
        "SCRIP_CATALOG__PLAN_FILES": str(tmp_path / "plans.yml"), "SCRIP_CATALOG__DEFAULT_PLAN": "starter",
        "SCRIP_ORGANISATIONS__OFFLINE": "true", "SCRIP_ORGANISATIONS__AUTO_CREATE_ACCOUNT": "true",
        "SCRIP_CREDITS__WELCOME_ORGANISATION": "100",
    }  # fmt: skip
    with open_world(databases.prepared("schema", migrated), clock=None, **changes) as world:
        yield world


def given(world: World, account_id: str) -> dict[str, str]:
    """What came by itself, by its kind."""
    lines = statements.page(world.portal, account_id, Filters(limit=100)).lines
    return {each.kind: f"{each.amount}: {each.reason}" for each in lines}


def test_an_offline_organisation_has_the_default_plan_its_credits_and_its_limits(offline: World) -> None:
    account = founded(offline, person(offline, "Ada"))
    with offline.portal.database.read() as connection:
        assert rows.is_offline(connection, account)
    assert given(offline, account) == {
        Kind.WELCOME: "100: Welcome credits", Kind.PLAN: "12.5: Starter: starting credits",
    }  # fmt: skip
    seen = standing.now(offline.portal, account)
    assert (seen.plan, seen.subscription) == (offline.portal.catalogue.default_plan, None)
    entitlements.take(offline.portal, Asked(account, "robots", "r1", "key"))
    with pytest.raises(LimitReached, match=r"allows 1 robots, and 1 are in use\. pro allows any number"):
        entitlements.take(offline.portal, Asked(account, "robots", "r2", "key"))
    assert check.run(offline.portal.database) == []


def test_starting_credits_come_where_a_welcome_gift_would_and_never_by_founding_again(offline: World) -> None:
    assert given(offline, offline.account("Bo")) == {Kind.PLAN: "12.5: Starter: starting credits"}
    ada = person(offline, "Ada")
    first, second = (founded(offline, ada, title) for title in ("One", "Two"))
    assert (set(given(offline, first)), given(offline, second)) == ({Kind.WELCOME, Kind.PLAN}, {})
    for title in ("Three", "Four"):
        made, _ = organisations.create(offline.portal, Founding(title, ada, ABOVE, title))
        again, is_new = organisations.create(offline.portal, Founding(title, ada, ABOVE, title))
        assert (again.account_id, is_new) == (made.account_id, False)
        assert set(given(offline, made.account_id)) == {Kind.WELCOME, Kind.PLAN}
    managed, _ = organisations.create(offline.portal, Founding("Own", ada, Actor(ada), None))
    assert given(offline, managed.account_id) == {}


def test_a_manager_gets_no_gift(offline: World) -> None:
    with offline.portal.database.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM transfers").scalar()
    person(offline, "Mia", role=Role.MANAGER)
    with offline.portal.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM transfers").scalar() == before
