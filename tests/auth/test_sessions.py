"""Browser sessions on both engines: how they end, what they forget, and that the database alone opens no door."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from auth import people, sessions
from auth.policy import Principal, Role
from auth.staying import Left, left
from billing.rules.errors import LedgerUnavailable, SignedOut
from billing.rules.moments import HOUR, MINUTE, SECOND
from billing.store.tables_trade import sessions as rows
from tests.world.portals import World


def newcomer(world: World, subject: str = "s1", role: Role = Role.USER) -> str:
    return people.sign_in(world.portal, issuer="i", subject=subject, name="Ada", email="a@b.c", role=role)


def signed_in(world: World, subject: str = "s1") -> tuple[str, Principal]:
    cookie = sessions.begin(world.portal, newcomer(world, subject))
    who = sessions.principal(world.portal, cookie)
    assert who is not None
    return cookie, who


def seen_at(world: World) -> list[int]:
    with world.portal.database.read() as connection:
        return list(connection.scalars(select(rows.c.seen_at)))


def test_a_session_is_its_person_with_account_and_address(world: World) -> None:
    cookie, who = signed_in(world)
    assert (who.name, who.email, who.role) == ("Ada", "a@b.c", Role.USER)
    assert who.account_id is not None
    assert len(cookie) == 43


def test_the_database_never_holds_the_cookie(world: World) -> None:
    cookie, who = signed_in(world)
    with world.portal.database.read() as connection:
        stored = [str(value) for row in connection.execute(select(rows)) for value in row]
    assert cookie not in stored
    assert who.session in stored
    assert sessions.principal(world.portal, who.session) is None


@pytest.mark.parametrize(
    "cookie", [None, "", "x", "A" * 43, "A" * 44, "é" * 43, "' OR 1=1 --" + "A" * 32, "\udcff" * 43]
)
def test_a_made_up_cookie_is_nobody(world: World, cookie: str | None) -> None:
    signed_in(world)
    assert sessions.principal(world.portal, cookie) is None


def test_without_a_click_for_the_idle_time_it_ends(world: World) -> None:
    cookie, who = signed_in(world)
    idle = world.portal.settings.session.idle_minutes * MINUTE
    world.clock.pass_by(idle - SECOND)
    assert sessions.principal(world.portal, cookie, is_click=False) is not None
    world.clock.pass_by(SECOND)
    assert sessions.principal(world.portal, cookie) is None
    with pytest.raises(SignedOut):
        sessions.still_valid(world.portal, who)


def test_clicks_keep_it_alive_but_only_to_the_absolute_end(world: World) -> None:
    cookie, _ = signed_in(world)
    hours = world.portal.settings.session.absolute_hours
    for _ in range(hours - 1):
        world.clock.pass_by(HOUR)
        assert sessions.principal(world.portal, cookie) is not None
    world.clock.pass_by(HOUR)
    assert sessions.principal(world.portal, cookie) is None


def test_news_and_probes_are_no_clicks(world: World) -> None:
    cookie, who = signed_in(world)
    begun = seen_at(world)
    world.clock.pass_by(HOUR)
    sessions.principal(world.portal, cookie, is_click=False)
    sessions.still_valid(world.portal, who, is_click=False)
    assert seen_at(world) == begun


def test_a_click_is_written_at_most_once_a_minute(world: World) -> None:
    cookie, who = signed_in(world)
    begun = world.clock.now
    world.clock.pass_by(MINUTE - SECOND)
    sessions.principal(world.portal, cookie)
    assert seen_at(world) == [begun]
    world.clock.pass_by(SECOND)
    sessions.still_valid(world.portal, who)
    world.clock.pass_by(SECOND)
    sessions.principal(world.portal, cookie)
    assert seen_at(world) == [begun + MINUTE]


def test_a_disk_that_takes_no_writes_signs_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, _ = signed_in(world)
    world.clock.pass_by(HOUR)

    def full(*_: Any) -> None:
        raise LedgerUnavailable("The disk is full.")

    monkeypatch.setattr(type(world.portal.till), "write", full)
    assert sessions.principal(world.portal, cookie) is not None


def test_ending_one_session_ends_no_other(world: World) -> None:
    first, who = signed_in(world)
    second, _ = signed_in(world)
    assert who.session is not None
    sessions.end(world.portal, who.session)
    assert sessions.principal(world.portal, first) is None
    assert sessions.principal(world.portal, second) is not None
    with pytest.raises(SignedOut):
        sessions.still_valid(world.portal, who)


def test_ending_all_sessions_ends_only_this_persons(world: World) -> None:
    first, who = signed_in(world)
    second, _ = signed_in(world)
    of_bo, _ = signed_in(world, "bo")
    sessions.end_all(world.portal, who.id)
    assert [sessions.principal(world.portal, each) for each in (first, second)] == [None, None]
    assert sessions.principal(world.portal, of_bo) is not None


def test_open_pages_hear_that_their_session_ended(world: World) -> None:
    _, who = signed_in(world)
    heard: list[str] = []
    assert who.account_id is not None
    assert who.session is not None
    world.portal.bell.listen(who.account_id, heard.append)
    sessions.end(world.portal, who.session)
    # PostgreSQL tells by NOTIFY, for which no listener runs here
    assert heard == ([who.account_id] if world.portal.database.is_sqlite else [])


def test_a_new_session_replaces_the_one_the_browser_came_with(world: World) -> None:
    old, _ = signed_in(world)
    new = sessions.begin(world.portal, newcomer(world), replaces=old)
    assert old != new
    assert sessions.principal(world.portal, old) is None
    assert sessions.principal(world.portal, new) is not None


def test_a_changed_role_counts_at_once_in_open_sessions(world: World) -> None:
    cookie, who = signed_in(world)
    newcomer(world, role=Role.MANAGER)
    assert sessions.still_valid(world.portal, who).role is Role.MANAGER
    newcomer(world, role=Role.USER)
    found = sessions.principal(world.portal, cookie)
    assert found is not None
    assert found.role is Role.USER


def test_a_disabled_person_has_no_session_left(world: World) -> None:
    cookie, who = signed_in(world)
    people.disable(world.portal, who.id, by="usr_boss", reason="Left the company")
    assert sessions.principal(world.portal, cookie) is None


def test_a_key_is_no_session(world: World) -> None:
    with pytest.raises(SignedOut):
        sessions.still_valid(world.portal, Principal("key_1", "App", Role.PROGRAM, None))


def test_dead_sessions_are_forgotten_at_the_next_sign_in(world: World) -> None:
    signed_in(world)
    world.clock.pass_by(world.portal.settings.session.idle_minutes * MINUTE)
    _, who = signed_in(world)
    assert len(seen_at(world)) == 1
    assert [row.is_this for row in sessions.of_person(world.portal, who)] == [True]


def test_a_clock_set_back_neither_kills_nor_immortalises(world: World) -> None:
    cookie, _ = signed_in(world)
    world.clock.pass_by(-24 * HOUR)
    assert sessions.principal(world.portal, cookie) is not None
    world.clock.pass_by((world.portal.settings.session.absolute_hours + 24) * HOUR)
    assert sessions.principal(world.portal, cookie) is None


def test_asking_what_is_left_is_no_click_and_a_click_gains_no_time_beyond_the_absolute_end(world: World) -> None:
    cookie, who = signed_in(world)
    limits = world.portal.settings.session
    world.clock.pass_by(100 * SECOND)
    assert left(world.portal, who) == Left(limits.idle_minutes * 60 - 100, limits.idle_minutes * 60)
    while left(world.portal, who).at_most == limits.idle_minutes * 60:
        world.clock.pass_by(HOUR)
        assert sessions.principal(world.portal, cookie) is not None
    found = left(world.portal, who)
    assert found.seconds == found.at_most < limits.idle_minutes * 60
