"""Usage is told in days and hours of a zone, and whatever it is grouped by, it sums to the ledger's debits."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from billing import usage_reports
from billing.rules.errors import BadInput, NotFound
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY, HOUR, MINUTE, from_datetime
from billing.rules.money import Credits
from billing.rules.postings import Posting
from billing.rules.usage_reports import GROUPS_MOST, SERIES_MOST, TOGETHER, Grouping, UsageReport
from billing.rules.windows import Window, days, hours_of, last_days, last_hours
from billing.store import ledger
from tests.world.databases import Databases, migrated
from tests.world.portals import World, open_world

PARIS, KOLKATA, LORD_HOWE = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe")
ZONES = (UTC, PARIS, KOLKATA, LORD_HOWE, ZoneInfo("America/Santiago"))
BY_MODEL, BY_ACTOR = Grouping(dimension="model"), Grouping(by_actor=True)
CHANGE = date(2026, 3, 29)
"""The Sunday on which Paris has 23 hours."""


@pytest.fixture(scope="module")
def used(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    path: Path = tmp_path_factory.mktemp("usage") / "scrip.db"
    with open_world(f"sqlite:///{path}") as world:
        yield world, lived(world)


def lived(world: World) -> str:
    """Two months of uses around the change of clocks, in eight models and by three keys, and something else between."""
    dice, account = random.Random(4), world.account()
    world.clock.now = from_datetime(datetime(2026, 2, 25, tzinfo=UTC))
    post(
        world,
        Posting(account, Kind.GRANT, "grant", account, 10**15, "usr_x", world.clock(), terms=LotTerms(LotSource.GRANT)),
    )
    for number in range(400):
        world.clock.pass_by(dice.randint(1, 300) * MINUTE)
        use(world, account, f"u{number}", dice.randint(1, 10**9), dice.choice((None, *"abcdefgh")), f"key_{number % 3}")
    post(world, Posting(
        account, Kind.USAGE_REVERT, "usage_revert", account, 10**6, "key_0", world.clock(),
        terms=LotTerms(LotSource.USAGE_REFUND),
    ))  # fmt: skip
    return account


def post(world: World, posting: Posting) -> None:
    world.portal.till.write(lambda tx: ledger.post(tx, [posting], world.clock()))


def use(world: World, account: str, key: str, micro: int, model: str | None = None, actor: str = "key_0") -> None:
    details = None if model is None else json.dumps({"model": model})
    post(
        world, Posting(account, Kind.USAGE, "usage", f"{account}:{key}", -micro, actor, world.clock(), details=details)
    )


def debits(world: World, account: str, since: int, until: int) -> list[tuple[int, int, str | None, str]]:
    """The ledger's own debits of usage: when, how much, details, who."""
    query = (
        "SELECT recorded_at, -amount_micro, details, actor FROM transfers WHERE kind = 'usage'"
        f" AND account_id = '{account}' AND recorded_at >= {since} AND recorded_at < {until}"
    )
    with world.portal.database.read() as connection:
        return [(row[0], row[1], row[2], row[3]) for row in connection.exec_driver_sql(query)]


def should_be_the_ledgers(world: World, account: str, told: UsageReport) -> None:
    window = told.window
    rows = debits(world, account, window.since, window.until)
    assert told.total.micro == sum(row[1] for row in rows)
    assert told.events == len(rows)
    listed = [*told.groups, *([told.others] if told.others else [])]
    assert sum((each.used for each in listed), Credits(0)) == told.total
    assert sum(each.events for each in listed) == told.events
    for step, bar in enumerate(told.bars):
        local = [row[1] for row in rows if window.edges[step] <= row[0] < window.edges[step + 1]]
        assert bar.total.micro == sum(local)
    for place, group in enumerate(told.series):
        assert sum((bar.used[place] for bar in told.bars), Credits(0)) == group.used


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_use_1_bars_and_groups_sum_to_the_debits_of_the_ledger(used: tuple[World, str], zone: ZoneInfo) -> None:
    world, account = used
    dice = random.Random(str(zone))
    for grouping in (TOGETHER, BY_ACTOR, BY_MODEL):
        first = date(2026, 2, 20) + timedelta(days=dice.randint(0, 50))
        window = days(first, first + timedelta(days=dice.randint(0, 40)), zone, world.clock())
        should_be_the_ledgers(world, account, usage_reports.report(world.portal, account, window, grouping))
    should_be_the_ledgers(
        world, account, usage_reports.report(world.portal, account, last_hours(zone, world.clock()), BY_MODEL)
    )


def test_both_engines_tell_the_same(databases: Databases) -> None:
    with open_world(databases.prepared("schema", migrated)) as world:
        account = world.account()
        post(
            world,
            Posting(account, Kind.GRANT, "g", account, 2**62, "usr_x", world.clock(), terms=LotTerms(LotSource.GRANT)),
        )
        for number, (micro, model) in enumerate([(2**60, "a"), (2**60, "a"), (1, "b"), (2, None), (3, 'odd "name\\')]):
            world.clock.pass_by(HOUR)
            use(world, account, str(number), micro, model, f"key_{number}")
        window = last_days(3, PARIS, world.clock())
        told = usage_reports.report(world.portal, account, window, BY_MODEL)
        assert [(each.name, each.used.micro) for each in told.groups] == [
            ("a", 2**61), ('odd "name\\', 3), ("", 2), ("b", 1),
        ]  # fmt: skip
        assert (told.dimensions, told.last_at) == (("model",), world.clock())
        should_be_the_ledgers(world, account, told)
        should_be_the_ledgers(world, account, usage_reports.report(world.portal, account, window, BY_ACTOR))
        rows = list(
            csv.DictReader(io.StringIO("".join(usage_reports.csv_rows(world.portal, account, window, BY_MODEL))))
        )
        assert sum(Credits.of(row["credits"]).micro for row in rows) == told.total.micro


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [(PARIS, CHANGE, 23), (PARIS, date(2026, 10, 25), 25), (LORD_HOWE, date(2026, 4, 5), 24.5), (KOLKATA, CHANGE, 24)],
)
def test_use_2_a_day_has_as_many_hours_as_its_clocks_say(zone: ZoneInfo, day: date, hours: int) -> None:
    window = days(day, day, zone, 0)
    assert (window.until - window.since) / HOUR == hours
    assert window.day(0) == day
    by_hour = hours_of(day, zone, 0)
    assert (by_hour.since, by_hour.until, by_hour.steps) == (window.since, window.until, ceil(hours))


def test_use_2_a_use_in_the_last_minute_of_a_short_day_is_of_that_day(used: tuple[World, str]) -> None:
    world, _ = used
    account = world.account("Short")
    post(
        world,
        Posting(account, Kind.GRANT, "g", account, 10**9, "usr_x", world.clock(), terms=LotTerms(LotSource.GRANT)),
    )
    kept = world.clock.now
    for number, text in enumerate(("2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T21:59", "2026-03-29T22:00")):
        world.clock.now = from_datetime(datetime.fromisoformat(f"{text}:00+00:00"))
        use(world, account, str(number), 10**number)
    told = usage_reports.report(world.portal, account, days(CHANGE - timedelta(1), CHANGE + timedelta(1), PARIS, kept))
    assert [bar.total.micro for bar in told.bars] == [1, 110, 1000]
    world.clock.now = kept


def test_what_it_is_compared_with_is_as_long_and_no_further_along(used: tuple[World, str]) -> None:
    noon = from_datetime(datetime(2026, 3, 29, 12, tzinfo=PARIS))
    window = last_days(7, PARIS, noon)
    assert window.day(0) == date(2026, 3, 23)
    before = [datetime.fromtimestamp(each / 10**6, PARIS).isoformat() for each in window.before]
    assert before == ["2026-03-16T00:00:00+01:00", "2026-03-22T12:00:00+01:00"]
    world, account = used
    told = usage_reports.report(world.portal, account, days(CHANGE, CHANGE, PARIS, world.clock()), BY_MODEL)
    earlier = sum(row[1] for row in debits(world, account, *told.window.before))
    assert told.before.micro == earlier > 0


def test_groups_beyond_the_list_are_summed_and_counted(used: tuple[World, str]) -> None:
    world, _ = used
    account = world.account("Many")
    post(
        world,
        Posting(account, Kind.GRANT, "g", account, 10**9, "usr_x", world.clock(), terms=LotTerms(LotSource.GRANT)),
    )
    for number in range(GROUPS_MOST + 3):
        use(world, account, str(number), number + 1, f"model {number}")
    told = usage_reports.report(world.portal, account, last_days(1, UTC, world.clock()), BY_MODEL)
    assert told.others is not None
    assert (told.others.used.micro, told.others.events, told.others_count) == (1 + 2 + 3, 3, 3)
    assert (len(told.groups), len(told.series)) == (GROUPS_MOST, SERIES_MOST)
    should_be_the_ledgers(world, account, told)


def test_the_file_holds_every_day_and_group_by_local_clocks(used: tuple[World, str]) -> None:
    world, account = used
    window = days(CHANGE, CHANGE + timedelta(1), PARIS, world.clock())
    rows = list(csv.DictReader(io.StringIO("".join(usage_reports.csv_rows(world.portal, account, window, BY_MODEL)))))
    told = usage_reports.report(world.portal, account, window, BY_MODEL)
    assert sum(Credits.of(row["credits"]).micro for row in rows) == told.total.micro
    assert {row["local"] for row in rows} == {"2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"}


@pytest.mark.parametrize("text", ["model", "dimension.", 'dimension.a"b', "dimension.a\\b", f"dimension.{'x' * 41}"])
def test_what_cannot_be_grouped_by_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Grouping.of(text)


def test_a_period_that_cannot_be_is_refused(used: tuple[World, str]) -> None:
    for last in (CHANGE - timedelta(1), CHANGE + timedelta(366)):
        with pytest.raises(BadInput):
            days(CHANGE, last, UTC, 0)
    with pytest.raises(NotFound):
        usage_reports.report(used[0].portal, "acc_none", last_days(1, UTC, DAY))


def test_a_grouping_survives_its_address() -> None:
    for text in ("", "actor", "dimension.model"):
        assert str(Grouping.of(text)) == text


def test_a_moment_beyond_a_window_belongs_to_the_step_at_its_end() -> None:
    window: Window = last_hours(UTC, 100 * DAY)
    assert (window.step(0), window.step(200 * DAY), window.steps) == (0, 23, 24)
