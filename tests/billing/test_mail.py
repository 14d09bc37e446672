"""Mail is owed once under its cause, sent once by one of us, and tells its receiver alone what is true."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from sqlalchemy import insert, update

from auth import people as persons
from billing import duties, grants, invitations, mail, members
from billing.grants import Grant
from billing.mail import Owed
from billing.mail_words import Voice, voice_of
from billing.rules.errors import BadInput, GatewayUnavailable, Undeliverable
from billing.rules.moments import HOUR, MINUTE
from billing.rules.money import Credits
from billing.rules.organisations import Actor, Standing
from billing.store.tables_duties import outbox
from billing.store.tables_people import preferences
from tests.world.databases import Databases, migrated
from tests.world.groups import founded, person
from tests.world.mails import owed, post, with_mail
from tests.world.portals import World, open_world
from tests.world.watchers import account_of

ODD = 'Ada <b>B</b>\u202e "evil.example" https://evil.example'


def owe(world: World, person_id: str, cause: str = "once", **facts: Any) -> bool:
    told = Owed("grant", cause, account_of(world, person_id), {"amount": Credits.of("12.5"), "reason": "Why", **facts})
    return world.portal.till.write(lambda tx: mail.owe(tx, world.portal, told, person_id=person_id))


def given(world: World, account_id: str, key: str = "k") -> None:
    grants.give(world.portal, Grant(account_id, Credits.whole(5), "for being patient", "usr_boss", key))


def test_a_mail_is_owed_once_under_its_cause_and_sent_once(world: World) -> None:
    box, ada = with_mail(world), person(world, email="ada@example.org")
    assert [owe(world, ada) for _ in range(3)] == [True, False, False]
    assert [post(world), post(world)] == [1, 0]
    assert box.told == [("ada@example.org", "12.5 credits were added")]
    assert box.letters[0].id.startswith("out_")


def test_a_portal_that_sends_no_mail_owes_none(sqlite_world: World) -> None:
    ada = person(sqlite_world, email="ada@example.org")
    assert not owe(sqlite_world, ada)
    given(sqlite_world, account_of(sqlite_world, ada))
    assert owed(sqlite_world) == []
    with pytest.raises(Undeliverable):
        mail.send_test(sqlite_world.portal, "ada@example.org")


def test_two_processes_send_a_mail_once(databases: Databases) -> None:
    url = databases.prepared("schema", migrated)
    with open_world(url) as one, open_world(url) as two:
        boxes = [with_mail(one), with_mail(two)]
        for number in range(8):
            owe(one, person(one, email=f"p{number}@example.org"))
        both = threading.Barrier(2)

        def works(world: World) -> None:
            both.wait()
            duties.work(world.portal)

        threads = [threading.Thread(target=works, args=(each,)) for each in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(to for box in boxes for to, _ in box.told) == [f"p{number}@example.org" for number in range(8)]


def test_what_a_server_does_not_take_now_comes_again_and_what_it_never_takes_does_not(world: World) -> None:
    box, ada = with_mail(world), person(world, email="ada@example.org")
    owe(world, ada)
    box.trouble = GatewayUnavailable("not now")
    assert post(world) == 0
    box.trouble = None
    assert post(world) == 0
    world.clock.pass_by(MINUTE)
    assert post(world) == 1
    owe(world, ada, "twice")
    box.trouble = Undeliverable("never")
    post(world)
    world.clock.pass_by(24 * HOUR)
    box.trouble = None
    assert post(world) == 0
    assert [state for _, state in owed(world)] == ["done", "refused"]


def test_a_mail_that_somebody_died_with_is_sent_by_the_next(sqlite_world: World) -> None:
    box, ada = with_mail(sqlite_world), person(sqlite_world, email="ada@example.org")
    owe(sqlite_world, ada)
    sqlite_world.portal.till.write(
        lambda tx: tx.connection.execute(update(outbox).values(due_at=sqlite_world.clock() + duties.ALONE_FOR)).rowcount
    )
    assert post(sqlite_world) == 0
    sqlite_world.clock.pass_by(duties.ALONE_FOR)
    assert post(sqlite_world) == 1
    assert len(box.letters) == 1


def test_nobody_is_written_to_who_has_no_address_or_may_not_come_in(sqlite_world: World) -> None:
    box, silent, gone = (
        with_mail(sqlite_world),
        person(sqlite_world, "Cy"),
        person(sqlite_world, "Bo", email="bo@example.org"),
    )
    persons.disable(sqlite_world.portal, gone, by="usr_boss", reason="Left the company")
    owe(sqlite_world, silent)
    owe(sqlite_world, gone)
    assert post(sqlite_world) == 0
    assert box.letters == []
    assert {state for _, state in owed(sqlite_world)} == {"refused"}


def test_a_name_is_text_in_every_part_of_a_mail(sqlite_world: World) -> None:
    box, ada = with_mail(sqlite_world), person(sqlite_world, ODD, email="ada@example.org")
    account_id = founded(sqlite_world, ada, "<i>Engines</i> & www.evil.example")
    given(sqlite_world, account_id)
    post(sqlite_world)
    (letter,) = box.letters
    assert letter.to.name == persons._shown(ODD)
    assert "&lt;i&gt;Engines&lt;/i&gt; &amp; www. evil. example" in letter.html
    assert "<i>" not in letter.html
    assert "<i>Engines</i> & www. evil. example" in " ".join(letter.text.split())
    assert "\n" not in letter.subject


def test_every_owner_is_told_of_a_grant_once_and_nobody_else(sqlite_world: World) -> None:
    box, ada = with_mail(sqlite_world), person(sqlite_world, "Ada", email="ada@example.org")
    account_id = founded(sqlite_world, ada)
    for name, standing in (("Bo", Standing.OWNER), ("Cy", Standing.ADMIN), ("Di", Standing.MEMBER)):
        each = person(sqlite_world, name, email=f"{name.lower()}@example.org")
        members.add(sqlite_world.portal, account_id, each, standing, Actor("key_x", is_above=True))
    given(sqlite_world, account_id)
    given(sqlite_world, account_id)
    post(sqlite_world)
    assert sorted(to for to, _ in box.told) == ["ada@example.org", "bo@example.org"]
    assert "Analytical Engines" in box.letters[0].text
    assert "for being patient" in box.letters[0].text


def test_an_invitation_is_mailed_with_a_link_the_database_does_not_hold(world: World) -> None:
    box, ada = with_mail(world), person(world, "Ada of www.evil.example", email="ada@example.org")
    account_id = founded(world, ada, "Win at https://evil.example")
    _, token = invitations.invite(world.portal, account_id, Standing.MEMBER, Actor(ada), "bo@example.org")
    post(world)
    (letter,) = box.letters
    (link,) = set(re.findall(r"http\S*/invitation/[0-9a-f]{64}", letter.text))
    assert link == invitations.link(world.portal, token)
    assert link in letter.html
    assert "evil.example" not in letter.text + letter.html + letter.subject
    assert "Ada of www. evil. example invites you" in " ".join(letter.text.split())
    assert letter.to.address == "bo@example.org"
    with world.portal.database.read() as connection:
        tables = [connection.exec_driver_sql(f"SELECT * FROM {each}") for each in ("outbox", "invitations", "audit")]
        kept = [str(row) for table in tables for row in table]
    assert kept
    assert not any(token in each for each in kept)
    bo = person(world, "Bo", email="bo@example.org")
    assert invitations.accept(world.portal, link.rpartition("/")[2], bo, "bo@example.org").account_id == account_id


def test_an_organisation_writes_to_a_bounded_number_of_strangers_a_day(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MAILED_MOST", 2)
    box, ada = with_mail(sqlite_world), person(sqlite_world, "Ada", email="ada@example.org")
    account_id = founded(sqlite_world, ada)
    for number in range(4):
        invitations.invite(sqlite_world.portal, account_id, Standing.MEMBER, Actor(ada), f"p{number}@example.org")
    post(sqlite_world)
    assert [to for to, _ in box.told] == ["p0@example.org", "p1@example.org"]
    assert len(invitations.listing(sqlite_world.portal, account_id)) == 4


def test_a_test_mail_goes_at_once_and_only_to_an_address(sqlite_world: World) -> None:
    box = with_mail(sqlite_world)
    assert mail.send_test(sqlite_world.portal, "ada@example.org") == box.letters[0].id
    with pytest.raises(BadInput):
        mail.send_test(sqlite_world.portal, "ada")


def test_a_person_is_written_to_in_their_language_and_zone(world: World) -> None:
    box, ada = with_mail(world), person(world, email="ada@example.org")
    row = {"person_id": ada, "language": "ar", "zone": "Asia/Tokyo", "changed_at": 1}
    world.portal.till.write(lambda tx: tx.connection.execute(insert(preferences).values(row)).rowcount)
    owe(world, ada)
    post(world)
    assert '<html lang="ar" dir="rtl">' in box.letters[0].html
    with world.portal.database.read() as connection:
        assert voice_of(connection, ada).moment(world.clock()).endswith("09:00 (Asia/Tokyo)")
        assert voice_of(connection, None) == Voice()
