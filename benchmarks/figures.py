"""The figures: what is measured against what, in rounds that alternate. `python -m benchmarks` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import wire
from benchmarks.load import Job, Load, Round
from benchmarks.plain import Plain
from benchmarks.report import Result, compared
from benchmarks.server import serving
from benchmarks.stock import KEY, Stock, stocked
from billing.rules.kinds import Kind
from tests.world.postgres import Cluster

ENGINES = ("sqlite", "postgres")
CONNECTIONS = 64
PAYERS = 1000
SPENDERS = 200
IN_A_BATCH = 1000
BATCH_CONNECTIONS = 6
UNPROVED = 10**9
"""Numbers for the server without a database, far from those that are counted."""


@dataclass(frozen=True)
class Ground:
    """Where a run takes place, and how long it may take."""

    load: Load
    cluster: Cluster
    pairs: int
    seconds: float


@dataclass
class Leg:
    """One side of a comparison: plays rounds of about the same length."""

    ground: Ground
    play: Callable[[int], Round]
    count: int

    def __post_init__(self) -> None:
        warm = self.play(self.count)
        self.count = max(self.count, int(warm.per_second * self.ground.seconds))

    def per_second(self) -> float:
        """Plays a round."""
        return self.play(self.count).per_second


def webhook_credit(ground: Ground, engine: str) -> Iterator[Result]:
    """A signed event, credited and durable, against the same door without a database."""
    goal, least = (0.50, 0.45) if engine == "sqlite" else (0.45, 0.40)
    with ExitStack() as stack:
        stock, real, null = _duel(stack, ground, engine, PAYERS)

        def credited(count: int) -> Round:
            stock.order(count)
            words = (stock.next(Kind.PURCHASE, count), count, PAYERS)
            return ground.load.run(Job(real, CONNECTIONS, wire.events, words))

        def verified(count: int) -> Round:
            return ground.load.run(Job(null, CONNECTIONS, wire.events, (UNPROVED, count, PAYERS)))

        pairs = _alternating(ground, Leg(ground, credited, 500), Leg(ground, verified, 1000))
        stock.prove()
    yield compared("webhook_credit", engine, pairs, goal, least)


def usage_debit(ground: Ground, engine: str) -> Iterator[Result]:
    """Single debits over HTTP, spread and on one account, against the same door without a database; then the p99."""
    with ExitStack() as stack:
        stock, real, null = _duel(stack, ground, engine, SPENDERS)
        free = Leg(ground, lambda count: ground.load.run(_debits(null, UNPROVED, count, SPENDERS)), 1000)
        rates = []
        for name, accounts in (("uniform", SPENDERS), ("hot", 1)):
            spend = Leg(ground, _spending(ground, stock, real, accounts), 500)
            pairs = _alternating(ground, spend, free)
            rates.append(sorted(a for a, _ in pairs)[len(pairs) // 2])
            yield compared(f"usage_debit_{name}", engine, pairs, 0.40, 0.35)
        yield _at_half_load(ground, stock, real, engine, int(rates[0] / 2))
        stock.prove()


def usage_batch(ground: Ground, engine: str) -> Iterator[Result]:
    """A thousand debits in a request, against a plain SQL function that posts one entry a transaction."""
    with ExitStack() as stack:
        stock, real = _single(stack, ground, engine, SPENDERS)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="scrip-bench-")))
        plain = Plain(stack.enter_context(ground.cluster.database()), folder)
        for name, accounts in (("uniform", SPENDERS), ("hot", 1)):

            def spend(count: int, accounts: int = accounts) -> Round:
                words = (stock.next(Kind.USAGE, count * IN_A_BATCH) // IN_A_BATCH, count, accounts, KEY, IN_A_BATCH)
                return ground.load.run(Job(real, BATCH_CONNECTIONS, wire.batches, words))

            leg, seconds = Leg(ground, spend, 12), max(1, round(ground.seconds))
            rounds = [(leg.per_second() * IN_A_BATCH, plain.per_second(accounts, seconds)) for _ in range(ground.pairs)]
            yield compared(f"usage_batch_{name}", engine, rounds, 4, 4)
            pgbench = plain.per_second_by_pgbench(accounts, seconds)
            yield compared(f"usage_batch_{name} / C", engine, [(ours, pgbench) for ours, _ in rounds], 1, 1)
        stock.prove()


def _at_half_load(ground: Ground, stock: Stock, port: int, engine: str, rate: int) -> Result:
    """Median over rounds of the 99th percentile, when requests come at half the rate that was reached."""
    played = []
    for _ in range(ground.pairs):
        count = max(200, int(rate * ground.seconds))
        job = _debits(port, stock.next(Kind.USAGE, count), count, SPENDERS)
        played.append(ground.load.run(replace(job, rate=rate)))
    late = [each.p99_ms for each in played]
    result = compared("usage_debit p99 ms", engine, [(each, 1) for each in late], 25, 25, at_most=True)
    return replace(result, a_per_second=rate, b_per_second=0)


def _spending(ground: Ground, stock: Stock, port: int, accounts: int) -> Callable[[int], Round]:
    return lambda count: ground.load.run(_debits(port, stock.next(Kind.USAGE, count), count, accounts))


def _debits(port: int, first: int, count: int, accounts: int) -> Job:
    return Job(port, CONNECTIONS, wire.debits, (first, count, accounts, KEY))


def _alternating(ground: Ground, a: Leg, b: Leg) -> Sequence[tuple[float, float]]:
    return [(a.per_second(), b.per_second()) for _ in range(ground.pairs)]


def _duel(stack: ExitStack, ground: Ground, engine: str, accounts: int) -> tuple[Stock, int, int]:
    """A stocked database, the port of its server and that of one without a database to write to."""
    stock, real = _single(stack, ground, engine, accounts)
    return stock, real, stack.enter_context(serving(stock.url, null=True)).port


def _single(stack: ExitStack, ground: Ground, engine: str, accounts: int) -> tuple[Stock, int]:
    stock = stack.enter_context(stocked(engine, ground.cluster, accounts))
    return stock, stack.enter_context(serving(stock.url)).port
