"""The benchmarks start and prove what they measure, with next to nothing to do, so that `make bench` never rots unseen.

What is left out is the other side of the batch figure, which needs PostgreSQL and seconds of both cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, cast

import pytest
from httpx import ASGITransport, AsyncClient

from benchmarks import reading, report, wire
from benchmarks.figures import Ground
from benchmarks.load import Job, Load, client
from benchmarks.reading import balance_read, statement_read
from benchmarks.server import application, open_portal, serving
from benchmarks.stock import KEY, Stock, Void, stocked
from billing.rules.kinds import Kind
from tests.world.postgres import Cluster

NONE = cast(Cluster, None)
"""SQLite asks for no server."""
ACCOUNTS, FEW, IN_A_BATCH = 3, 4, 5


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    with stocked("sqlite", NONE, ACCOUNTS) as filled:
        yield filled


def rounds(stock: Stock, port: int) -> list[Job]:
    """A round of each request that a figure sends, of numbers nobody had yet."""
    stock.order(FEW)
    sent: list[tuple[Callable[..., list[bytes]], tuple[Any, ...]]] = [
        (wire.events, (stock.next(Kind.PURCHASE, FEW), FEW, ACCOUNTS)),
        (wire.debits, (stock.next(Kind.USAGE, FEW), FEW, ACCOUNTS, KEY)),
    ]
    first = -(-stock.next(Kind.USAGE, FEW * IN_A_BATCH) // IN_A_BATCH)
    sent.append((wire.batches, (first, FEW, ACCOUNTS, KEY, IN_A_BATCH)))
    return [Job(port, 2, build, words) for build, words in sent]


def test_every_request_is_answered_by_a_real_server_and_proved_by_its_ledger(stock: Stock) -> None:
    with client() as load, serving(stock.url) as server:
        played = [load.run(job) for job in rounds(stock, server.port)]
    assert [sum(each.statuses.values()) for each in played] == [FEW] * 3
    stock.prove()
    stock.next(Kind.USAGE, 1)  # nobody sent it
    with pytest.raises(Void, match="of usage were answered"):
        stock.prove()


async def test_the_server_that_everything_is_held_against_answers_without_a_database(stock: Stock) -> None:
    with open_portal(stock.url, null=True) as portal:
        async with AsyncClient(transport=ASGITransport(application(portal)), base_url="http://127.0.0.1") as asked:
            for job in rounds(stock, port=0):
                head, body = job.build(*job.words)[0].split(b"\r\n\r\n")
                words, *lines = head.decode().split("\r\n")
                headers = dict(line.split(": ", 1) for line in lines)
                answer = await asked.post(words.split()[1], content=body, headers=headers)
                assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("figure", [balance_read, statement_read])
def test_a_figure_about_reading_comes_out_and_fits_the_table(
    figure: Callable[[Ground, str, int], Iterator[report.Result]], stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "stocked", lambda *_: nullcontext(stock))
    monkeypatch.setattr(reading, "SHORT", 30)
    monkeypatch.setattr(reading, "READS", 3)
    results = list(figure(Ground(cast(Load, None), NONE, 1, 0), "sqlite", 60))
    assert all(each.ratio > 0 for each in results)
    assert len(report.table(results).splitlines()) == 1 + len(results)
