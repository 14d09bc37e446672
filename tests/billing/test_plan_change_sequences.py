"""Two hundred lives of plans: what was shown is what happened, in money and in credits, however the news arrive.

A seed that fails is printed with everything that was done; `Changer(stage, seed)` does it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

from tests.world.catalogues import RHYTHMS, written
from tests.world.changers import BOUGHT, Changer, add_codes, lots
from tests.world.inside import open_stage

SEEDS = 200


@contextmanager
def told(seed: int, log: list[str]) -> Iterator[None]:
    """Whatever fails inside says how it came about."""
    try:
        yield
    except Exception as error:
        story = "\n  ".join(log)
        error.add_note(f"seed {seed}\n  {story}")
        raise


def test_two_hundred_sequences_happen_as_they_were_shown(tmp_path: Path) -> None:
    plans = written(tmp_path, RHYTHMS)
    with open_stage(f"sqlite:///{tmp_path}/scrip.db", plans) as stage:
        add_codes(stage)
        stage.fresh = deepcopy(stage.machine.world.tables)
        for seed in range(SEEDS):
            log: list[str] = []
            with told(seed, log):
                one = Changer(stage, seed, log)
                one.lives()
                assert ("purchase", BOUGHT.micro, BOUGHT.micro) == lots(stage.portal, one.account)[-1][:3]
