"""The till answers everybody, whatever a piece of work does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from billing.rules.errors import BadInput, LedgerUnavailable
from billing.store.till import Till
from billing.store.writer import Tx
from tests.billing.store.deeds import rename
from tests.world.portals import World


def name_of(world: World, account_id: str) -> str:
    with world.portal.database.read() as connection:
        return str(connection.scalar(text("SELECT name FROM accounts WHERE id = :id"), {"id": account_id}))


def blocked(world: World) -> tuple[threading.Event, threading.Thread]:
    """Holds the writer until the event is set, so that what follows gathers into one batch."""
    go = threading.Event()
    held = threading.Event()

    def wait(_: Tx) -> None:
        held.set()
        go.wait(5)

    thread = threading.Thread(target=world.portal.till.write, args=(wait,))
    thread.start()
    held.wait(5)
    return go, thread


async def test_one_bad_piece_does_not_take_its_batch_with_it(world: World) -> None:
    good, other = world.account("good"), world.account("other")
    go, thread = blocked(world)

    def write_each(tx: Tx, ids: Sequence[str]) -> list[None]:
        for account_id in ids:
            rename(tx, account_id, "renamed")
        return [None for _ in ids]

    def bad_each(_: Tx, ids: Sequence[str]) -> list[None]:
        raise BadInput(f"These {len(ids)} pieces are bad.")

    till = world.portal.till
    answers = asyncio.gather(
        till.ask(write_each, good), till.ask(bad_each, good), till.ask(write_each, other), return_exceptions=True
    )
    await asyncio.sleep(0)
    go.set()
    first, second, third = await answers
    thread.join()
    assert (first, third) == (None, None)
    assert isinstance(second, BadInput)
    assert (name_of(world, good), name_of(world, other)) == ("renamed", "renamed")


def test_what_a_failed_piece_wrote_is_undone(world: World) -> None:
    account = world.account("before")

    def half(tx: Tx) -> None:
        rename(tx, account, "half")
        raise BadInput("Stopped half-way.")

    with pytest.raises(BadInput):
        world.portal.till.write(half)
    assert name_of(world, account) == "before"


def test_the_writer_outlives_what_nobody_should_raise(world: World) -> None:
    def worst(_: Tx) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        world.portal.till.write(worst)
    assert world.portal.till.alive
    account = world.account("after")
    assert name_of(world, account) == "after"


def test_an_outcome_list_of_the_wrong_length_fails_instead_of_mixing_answers_up(world: World) -> None:
    def forgetful(_: Tx, __: Sequence[int]) -> list[int]:
        return []

    with pytest.raises(ValueError, match="zip"):
        world.portal.till.call(forgetful, 1)


def test_a_stopped_till_refuses_instead_of_hanging(world: World) -> None:
    till = Till(world.portal.database, lambda _: None)
    till.start()
    till.stop()
    with pytest.raises(LedgerUnavailable):
        till.write(lambda _: None)


def test_everything_handed_over_before_the_stop_is_done(world: World) -> None:
    accounts = [world.account(str(each)) for each in range(20)]
    till = Till(world.portal.database, lambda _: None)
    till.start()
    threads = [
        threading.Thread(target=till.write, args=(lambda tx, account=account: rename(tx, account, "done"),))
        for account in accounts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    till.stop()
    assert {name_of(world, account) for account in accounts} == {"done"}


def test_a_stalled_writer_can_be_seen(world: World) -> None:
    go, thread = blocked(world)
    assert world.portal.till._busy_since is not None
    go.set()
    thread.join()
    world.account("after")
    assert world.portal.till.stalled_seconds == 0
