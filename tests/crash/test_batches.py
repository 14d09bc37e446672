"""A batch of grants whose process is killed: what it had done stays, what it had not is done by whoever comes next."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from billing import batch_work, check, grant_batches
from billing.grant_batches import Confirmed, Seen, Sent
from billing.rules.grant_batches import BatchState, RowState
from tests.billing.test_grant_batches import MIA, people_of
from tests.world.databases import SqliteDatabases, migrated
from tests.world.portals import World, open_world

ROWS = 1_500
WORKER = """
import sys
from billing import batch_work
from tests.world.portals import open_world
with open_world(sys.argv[1]) as world:
    batch_work.work(world.portal)
"""


@pytest.mark.crash
def test_a_batch_killed_half_way_does_each_row_once(tmp_path: Path, sqlite_templates: Path) -> None:
    url = SqliteDatabases(tmp_path, sqlite_templates).prepared("schema", migrated)
    with open_world(url) as world:
        people = people_of(world, ROWS)
        lines = [f"{each},2,goodwill after the outage {place}" for place, each in enumerate(people)]
        bad = "acc_none,1,goodwill after the outage"
        seen = grant_batches.check(world.portal, Sent("\n".join([*lines, bad]), MIA, "march"))
        grant_batches.confirm(world.portal, seen.batch.id, Confirmed(seen.totals.moved, MIA, skip_bad=True))
        half = _killed_half_way(world, url, seen.batch.id)
        assert (half.batch.state, half.totals.of(RowState.WAITING) > 0) == (BatchState.RUNNING, True)
        batch_work.work(world.portal)
        over = grant_batches.view(world.portal, seen.batch.id)
        assert (over.batch.state, over.totals.of(RowState.DONE)) == (BatchState.DONE, ROWS)
        with world.portal.database.read() as connection:
            held = list(connection.execute(text("SELECT balance_micro FROM accounts WHERE kind = 'person'")).scalars())
        assert held == [2_000_000] * ROWS
        assert check.run(world.portal.database) == []


def _killed_half_way(world: World, url: str, batch_id: str) -> Seen:
    """A process works the batch and is killed once it has done something."""
    process = subprocess.Popen((sys.executable, "-c", WORKER, url))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if grant_batches.view(world.portal, batch_id).totals.of(RowState.DONE):
            break
        time.sleep(0.01)
    process.kill()
    process.wait(10)
    return grant_batches.view(world.portal, batch_id)
