"""`python -m benchmarks [figure ...]`: runs the figures, prints a table, writes benchmarks/results/latest.json.

Everything happens on this machine, over loopback and at full durability. A figure whose proof fails is void and ends
the run with an error.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import figures, report
from benchmarks.answers import page_answers
from benchmarks.figures import ENGINES, Ground
from benchmarks.load import client
from benchmarks.reading import balance_read, statement_read
from benchmarks.report import Result
from tests.world.postgres import running_cluster

Figure = Callable[[Ground, str], Iterator[Result]]
QUICK, FULL = 100_000, 1_000_000


def main() -> int:
    """Exit status 1 when a figure was missed."""
    asked = _asked()
    known: dict[str, Figure] = {
        "webhook_credit": figures.webhook_credit,
        "usage_debit": figures.usage_debit,
        "usage_batch": figures.usage_batch,
        "balance_read": partial(balance_read, entries=FULL if asked.full else QUICK),
        "statement_read": partial(statement_read, lines=FULL if asked.full else QUICK),
        "page_answers": partial(page_answers, lines=FULL if asked.full else QUICK),
    }
    wrong = set(asked.figures) - set(known)
    if wrong:
        print(f"There is no figure {', '.join(sorted(wrong))}; there are {', '.join(known)}.", file=sys.stderr)
        return 1
    results: list[Result] = []
    with running_cluster() as cluster, client() as load:
        ground = Ground(load, cluster, asked.pairs, asked.seconds)
        for name in asked.figures or known:
            for engine in asked.engines.split(","):
                results.extend(_told(name, known[name](ground, engine)))
    print(report.table(results))
    print(f"Written to {report.save(results).relative_to(report.RESULTS.parents[1])}.")
    return int(any(each.met == "missed" for each in results))


def _told(name: str, measured: Iterator[Result]) -> Iterator[Result]:
    began = time.monotonic()
    for each in measured:
        print(f"  {each.figure} {each.engine}: {each.ratio:.3f} ({each.met})", file=sys.stderr, flush=True)
        yield each
    print(f"  {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="figure", help="only these; all when none is named")
    parser.add_argument("--engines", default=",".join(ENGINES), help="sqlite, postgres or both (default)")
    parser.add_argument("--pairs", type=int, default=5, help="rounds of each side, alternating")
    parser.add_argument("--seconds", type=float, default=2, help="about how long a round is")
    parser.add_argument("--full", action="store_true", help="balances, statements and pages over a million")
    return parser.parse_args()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
    sys.exit(main())
