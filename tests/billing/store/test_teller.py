"""The teller: a writer in a process of its own, whose death nobody waits for."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from billing import grants, usage
from billing.rules.errors import LedgerUnavailable, NotFound
from billing.rules.money import Credits
from billing.rules.postings import Posted, Refusal
from billing.store.teller import Frames, frame
from billing.store.till import Till
from tests.billing.store.deeds import be_stubborn, call_them, miss, stop_writing, who
from tests.world.portals import World

pytestmark = pytest.mark.filterwarnings("error")


def run(world: World, story: Any) -> Any:
    async def told() -> Any:
        async with world.portal.till.with_teller("WARNING"):
            return await story(world.portal.till)

    return asyncio.run(told())


def test_what_a_server_asks_is_written_by_another_process(world: World) -> None:
    account = world.account("before")

    async def story(till: Till) -> int:
        await till.ask(call_them, (account, "after"))
        with world.portal.database.read() as connection:
            assert connection.scalar(text("SELECT name FROM accounts WHERE id = :id"), {"id": account}) == "after"
        return await till.ask(who, None)

    assert run(world, story) != os.getpid()
    if world.portal.database.is_sqlite:
        assert account in world.rung


def test_many_at_once_get_their_own_answers(world: World) -> None:
    async def story(till: Till) -> list[str]:
        return list(await asyncio.gather(*(till.ask(miss, str(each)) for each in range(2000))))

    assert run(world, story) == [str(each) for each in range(2000)]


@pytest.mark.parametrize("amounts", [(1, 1, 1), (1, 5, 2), (5, 6, 5), (1,)])
def test_debits_and_their_answers_travel_unchanged(world: World, amounts: Sequence[int]) -> None:
    account = world.account()
    gift = grants.Grant(account, Credits.whole(4), "credits to be spent", "usr_m", account)
    grants.give(world.portal, gift)
    asked = [usage.Debit(account, Credits.whole(each), str(place), "key_x") for place, each in enumerate(amounts)]

    async def story(_: Till) -> list[Any]:
        return [await usage.debit_many(world.portal, asked) for _ in range(2)]

    first, again = run(world, story)
    taken = [-each.amount_micro if isinstance(each, Posted) else each.refusal for each in first]
    assert taken == [Credits.whole(each).micro if each < 5 else Refusal.INSUFFICIENT for each in amounts]
    # what was refused is decided anew, what was posted is the same answer for ever
    posted = [place for place, each in enumerate(first) if isinstance(each, Posted)]
    assert [again[place] for place in posted] == [first[place]._replace(fresh=False) for place in posted]
    assert [type(each) for each in again] == [type(each) for each in first]


def test_a_refusal_travels_whole_and_alone(world: World) -> None:
    async def story(till: Till) -> list[Any]:
        asked = [till.ask(miss, "one"), till.ask(miss, "nothing"), till.ask(miss, "two")]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    first, refused, second = run(world, story)
    assert (first, second) == ("one", "two")
    assert isinstance(refused, NotFound)
    assert (refused.sentence, refused.details) == ("There is nothing.", {"place": "here"})


def test_an_error_that_cannot_travel_is_told_by_its_name(world: World) -> None:
    async def story(till: Till) -> None:
        await till.ask(be_stubborn, None)

    with pytest.raises(RuntimeError, match="Stubborn"):
        run(world, story)


def test_work_that_cannot_travel_fails_at_once(world: World) -> None:
    async def story(till: Till) -> None:
        await till.ask(lambda _, payloads: payloads, None)

    with pytest.raises((pickle.PicklingError, AttributeError)):
        run(world, story)


def test_when_the_teller_dies_nobody_waits_and_the_till_goes_on(world: World) -> None:
    async def story(till: Till) -> int:
        with pytest.raises(LedgerUnavailable):
            await till.ask(stop_writing, None)
        return await till.ask(who, None)

    assert run(world, story) == os.getpid()
    assert world.portal.till.stalled_seconds == 0


def test_work_in_hand_is_finished_at_the_end(world: World) -> None:
    account = world.account("before")

    async def story(till: Till) -> Any:
        asked = asyncio.ensure_future(till.ask(call_them, (account, "done")))
        await asyncio.sleep(0)
        return asked

    async def told() -> None:
        async with world.portal.till.with_teller("WARNING"):
            asked = await story(world.portal.till)
        await asked

    asyncio.run(told())
    with world.portal.database.read() as connection:
        assert connection.scalar(text("SELECT name FROM accounts WHERE id = :id"), {"id": account}) == "done"


def test_messages_are_put_together_from_single_bytes() -> None:
    bodies = [b"", b"one", pickle.dumps(list(range(1000)))]
    frames = Frames()
    stream = b"".join(map(frame, bodies))
    assert [body for byte in stream for body in frames.feed(bytes([byte]))] == bodies
    assert list(Frames().feed(stream)) == bodies
