"""A batch of grants on both engines: judged before anything moves, each row once, stopped, reversed whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from billing import accounts, batch_work, check, grant_batches, grants, statements
from billing.grant_batches import Confirmed, Seen, Sent
from billing.grants import Grant
from billing.rules.errors import BadInput, Conflict, Forbidden, KeyReused, NotFound
from billing.rules.grant_batches import BatchState, RowState
from billing.rules.money import Credits
from billing.rules.texts import new_id
from billing.rules.views import Filters
from billing.store.writer import Tx
from tests.world.portals import World

REASON = "goodwill after the outage"
MIA = "usr_mia"


def people_of(world: World, count: int) -> list[str]:
    """Accounts, opened in one transaction."""
    ids = [new_id("acc") for _ in range(count)]

    def work(tx: Tx) -> None:
        for each in ids:
            accounts.open_account(tx, world.portal, account_id=each, kind="person", name=each, email=None)

    world.portal.till.write(work)
    return ids


def sent(world: World, rows: Sequence[tuple[str, str]], **changes: Any) -> Seen:
    text = "\n".join(f"{account},{amount},{REASON} {place}" for place, (account, amount) in enumerate(rows))
    return grant_batches.check(world.portal, replace(Sent(text, MIA, "file-1", "march.csv"), **changes))


def run(world: World, seen: Seen, *, skip_bad: bool = False, parts: int | None = None) -> Seen:
    said = Confirmed(seen.totals.moved, MIA, skip_bad)
    grant_batches.confirm(world.portal, seen.batch.id, said)
    if parts is None:
        batch_work.work(world.portal)
    for _ in range(parts or 0):
        batch_work.work_part(world.portal)
    return grant_batches.view(world.portal, seen.batch.id)


def test_a_checked_file_moves_nothing_and_tells_what_it_would(world: World) -> None:
    ada, bo = world.account("Ada"), world.account("Bo")
    before = world.dump()
    seen = sent(world, [(ada, "10"), (bo, "2.5"), ("acc_none", "1"), (bo, "-1")])
    assert world.dump() == before
    assert (seen.totals.granted, seen.totals.removed) == (Credits.of("12.5"), Credits.whole(1))
    assert (seen.totals.of(RowState.WAITING), seen.totals.of(RowState.BAD)) == (3, 1)
    assert seen.problems == (("There is no such account.", 1),)
    rows = grant_batches.page(world.portal, seen.batch.id).lines
    assert [(str(row.before), str(row.after)) for row in rows] == [
        ("0", "10"),
        ("0", "2.5"),
        ("None", "None"),
        ("2.5", "1.5"),
    ]


def test_the_same_file_sent_twice_is_one_batch_and_another_senders_key_is_refused(world: World) -> None:
    ada = world.account("Ada")
    first, again = (sent(world, [(ada, "10")]) for _ in range(2))
    assert first.batch.id == again.batch.id
    with pytest.raises(KeyReused):
        sent(world, [(ada, "10")], by="usr_ben")


def test_nothing_runs_until_the_total_is_typed_and_bad_rows_are_given_up(world: World) -> None:
    seen = sent(world, [(world.account(), "10"), ("acc_none", "1")])
    refusals = (
        (Confirmed(Credits.whole(10), MIA), BadInput, "1 rows have a problem"),
        (Confirmed(Credits.whole(11), MIA, skip_bad=True), BadInput, "not the total"),
        (Confirmed(Credits.whole(10), "usr_ben", skip_bad=True), Forbidden, "who checked"),
    )
    for said, kind, why in refusals:
        with pytest.raises(kind, match=why):
            grant_batches.confirm(world.portal, seen.batch.id, said)
    assert grant_batches.view(world.portal, seen.batch.id).batch.state is BatchState.CHECKED
    assert run(world, seen, skip_bad=True).totals.of(RowState.DONE) == 1


def test_each_good_row_is_done_once_whoever_works_it_and_however_often(world: World) -> None:
    people = people_of(world, 600)
    bad = [("acc_1", "1"), (people[0], "nothing"), (people[1], "-5")]
    seen = sent(world, [*((each, "2") for each in people), *bad])
    half = run(world, seen, skip_bad=True, parts=1)
    assert (half.batch.state, half.totals.of(RowState.DONE)) == (BatchState.RUNNING, batch_work.PART)
    grant_batches.confirm(world.portal, seen.batch.id, Confirmed(seen.totals.moved, MIA, skip_bad=True))
    for _ in range(6):
        batch_work.work_part(world.portal)
    over = grant_batches.view(world.portal, seen.batch.id)
    assert (over.batch.state, over.totals.of(RowState.DONE), over.totals.of(RowState.BAD)) == (BatchState.DONE, 600, 3)
    assert {str(world.balance(each)) for each in people} == {"2"}
    (line,) = accounts.history(world.portal, people[7])
    assert (line.action, line.actor, line.before, line.after) == ("credits.grant", MIA, "0", "2")
    assert check.run(world.portal.database) == []


def test_owners_read_the_reasons_only_if_that_was_said(world: World) -> None:
    ada = world.account("Ada")
    run(world, sent(world, [(ada, "1")]))
    run(world, sent(world, [(ada, "1")], key="file-2", shown=True))
    lines = statements.page(world.portal, ada, Filters()).lines
    assert [line.reason for line in lines] == [f"{REASON} 0", ""]


def test_a_row_the_ledger_refuses_keeps_none_of_the_others_waiting(world: World) -> None:
    ada, bo = world.account("Ada"), world.account("Bo")
    grants.give(world.portal, Grant(ada, Credits.whole(10), REASON, MIA, "before"))
    seen = sent(world, [(ada, "-10"), (bo, "3")])
    grants.give(world.portal, Grant(ada, Credits.whole(4), REASON, MIA, "meanwhile", removal=True))
    over = run(world, seen)
    assert (over.batch.state, over.totals.of(RowState.DONE)) == (BatchState.DONE, 1)
    assert over.problems == (("Only 6 credits are available; 4 are missing.", 1),)
    assert (str(world.balance(ada)), str(world.balance(bo))) == ("6", "3")


def test_what_is_stopped_is_never_done(world: World) -> None:
    people = people_of(world, 300)
    seen = sent(world, [(each, "2") for each in people])
    run(world, seen, parts=1)
    stopped = grant_batches.stop(world.portal, seen.batch.id, MIA)
    batch_work.work(world.portal)
    assert (stopped.batch.state, stopped.totals.of(RowState.STOPPED)) == (BatchState.STOPPED, 50)
    assert sum(world.balance(each) == Credits.whole(2) for each in people) == batch_work.PART
    with pytest.raises(Conflict):
        grant_batches.confirm(world.portal, seen.batch.id, Confirmed(seen.totals.moved, MIA))


def test_a_batch_is_taken_back_by_one_other_and_once(world: World) -> None:
    ada, bo = world.account("Ada"), world.account("Bo")
    grants.give(world.portal, Grant(bo, Credits.whole(9), REASON, MIA, "before"))
    seen = sent(world, [(ada, "10"), (bo, "-4")])
    with pytest.raises(Conflict):
        grant_batches.reverse(world.portal, seen.batch.id, MIA)
    run(world, seen)
    back = grant_batches.reverse(world.portal, seen.batch.id, MIA)
    assert grant_batches.reverse(world.portal, seen.batch.id, MIA).batch.id == back.batch.id
    assert (back.batch.state, back.batch.reverses) == (BatchState.CHECKED, seen.batch.id)
    assert (back.totals.granted, back.totals.removed) == (Credits.whole(4), Credits.whole(10))
    assert grant_batches.view(world.portal, seen.batch.id).reversed_by == back.batch.id
    run(world, back)
    assert (str(world.balance(ada)), str(world.balance(bo))) == ("0", "9")
    assert check.run(world.portal.database) == []


def test_what_somebody_took_back_by_hand_is_not_taken_back_again(world: World) -> None:
    ada = world.account("Ada")
    seen = run(world, sent(world, [(ada, "10")]))
    (row,) = grant_batches.page(world.portal, seen.batch.id).lines
    back = grant_batches.reverse(world.portal, seen.batch.id, MIA)
    grants.give(world.portal, Grant(ada, Credits.whole(50), REASON, MIA, "more"))
    by_hand = Grant(ada, Credits.whole(10), REASON, "usr_ben", "hand", removal=True, corrects=row.transfer_id)
    grants.give(world.portal, by_hand)
    over = run(world, back)
    assert over.totals.of(RowState.REFUSED) == 1
    assert str(world.balance(ada)) == "50"


def test_more_than_a_day_allows_is_refused_or_stops_the_batch(world: World) -> None:
    people = people_of(world, 6)
    seen = sent(world, [(each, "90000") for each in people])
    with pytest.raises(BadInput, match="500000 more credits today"):
        grant_batches.confirm(world.portal, seen.batch.id, Confirmed(seen.totals.moved, MIA))
    fits = sent(world, [(each, "90000") for each in people[:5]], key="file-2")
    grant_batches.confirm(world.portal, fits.batch.id, Confirmed(fits.totals.moved, MIA))
    grants.give(world.portal, Grant(people[5], Credits.whole(90_000), REASON, MIA, "meanwhile"))
    batch_work.work(world.portal)
    over = grant_batches.view(world.portal, fits.batch.id)
    assert (over.batch.state, over.totals.of(RowState.DONE)) == (BatchState.STOPPED, 0)
    assert "within a day" in over.batch.note


def test_an_unknown_batch_is_not_found(world: World) -> None:
    for verb in (grant_batches.view, lambda portal, known: grant_batches.stop(portal, known, MIA)):
        with pytest.raises(NotFound):
            verb(world.portal, "bat_none")
