"""Random histories against a model of a few lines: whatever happens, in whatever order, the invariants hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from billing import accounts, check
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY, NEVER
from billing.rules.postings import NotPosted, Outcome, Posted, Posting
from billing.store import ledger
from billing.store.writer import Tx
from tests.world.databases import Databases, migrated
from tests.world.portals import World, open_world, rounds

pytestmark = pytest.mark.campaign

AMOUNTS = st.one_of(st.integers(1, 50), st.integers(1, 10**12), st.sampled_from([1, 2**31, 2**53 + 1, 2**62]))
SOURCES = st.sampled_from([LotSource.PURCHASE, LotSource.GRANT, LotSource.PLAN, LotSource.WELCOME])
KEYS = st.integers(0, 12)


class Histories(RuleBasedStateMachine):
    """One account of a shared database. The model: a balance, and what each cause answered first."""

    world: ClassVar[World]

    @initialize()
    def open(self) -> None:
        self.account = self.world.account()
        self.balance = 0
        self.answers: dict[tuple[str, str], tuple[int, str]] = {}
        self.spendable_forever = True

    def post(self, *postings: Posting) -> list[Outcome]:
        def work(tx: Tx) -> list[Outcome]:
            return ledger.post(tx, postings, self.world.clock())

        return self.world.portal.till.write(work)

    def judge(self, posting: Posting, outcome: Outcome) -> None:
        known = self.answers.get(posting.cause)
        if isinstance(outcome, NotPosted):
            assert known is None or known[1] != posting.input_hash
            return
        if known is None:
            assert outcome.fresh
            self.balance += posting.amount_micro
            self.answers[posting.cause] = (outcome.transfer_id, posting.input_hash)
            assert outcome.balance_after_micro == self.balance
        else:
            assert not outcome.fresh
            assert known == (outcome.transfer_id, posting.input_hash)

    def posting(self, kind: Kind, key: int, amount: int, terms: LotTerms | None, *, forced: bool = False) -> Posting:
        return Posting(
            self.account, kind, kind.value, f"{self.account}:{key}", amount, "usr_model", self.world.clock(),
            input_hash=str(amount), terms=terms, forced=forced,
        )  # fmt: skip

    @rule(key=KEYS, amount=AMOUNTS, source=SOURCES, days=st.sampled_from([None, 1, 5]))
    def credit(self, key: int, amount: int, source: LotSource, days: int | None) -> None:
        expires_at = NEVER if days is None else self.world.clock() + days * DAY
        self.spendable_forever = self.spendable_forever and days is None
        posting = self.posting(Kind.GRANT, key, amount, LotTerms(source, expires_at=expires_at))
        self.judge(posting, self.post(posting)[0])

    @rule(key=KEYS, amount=AMOUNTS)
    def debit(self, key: int, amount: int) -> None:
        posting = self.posting(Kind.USAGE, key, -amount, None)
        outcome = self.post(posting)[0]
        if isinstance(outcome, Posted) and outcome.fresh:
            assert self.balance >= amount
        elif isinstance(outcome, NotPosted) and posting.cause not in self.answers and self.spendable_forever:
            assert self.balance < amount
        self.judge(posting, outcome)

    @rule(key=KEYS, amount=st.integers(1, 60))
    def take_back(self, key: int, amount: int) -> None:
        posting = self.posting(Kind.REFUND, key, -amount, None, forced=True)
        self.judge(posting, self.post(posting)[0])

    @rule(moves=st.lists(st.tuples(KEYS, st.integers(-30, 30).filter(bool)), min_size=2, max_size=12))
    def batch(self, moves: list[tuple[int, int]]) -> None:
        postings = [
            self.posting(Kind.CORRECTION, key, amount, LotTerms(LotSource.GRANT) if amount > 0 else None)
            for key, amount in moves
        ]
        for posting, outcome in zip(postings, self.post(*postings), strict=True):
            self.judge(posting, outcome)

    @rule(days=st.integers(1, 3))
    def time_passes(self, days: int) -> None:
        self.world.clock.pass_by(days * DAY)

    @invariant()
    def the_balance_is_the_models(self) -> None:
        assert accounts.view(self.world.portal, self.account).balance.micro == self.balance

    def teardown(self) -> None:
        assert check.run(self.world.portal.database) == []


@pytest.fixture
def model_world(databases: Databases, tmp_path: Path) -> Iterator[type[Histories]]:
    with ExitStack() as stack:
        world = stack.enter_context(open_world(databases.prepared("schema", migrated)))
        yield type("Histories", (Histories,), {"world": world})


def test_no_history_breaks_an_invariant(model_world: type[Histories]) -> None:
    run_state_machine_as_test(
        model_world,
        settings=settings(
            max_examples=rounds(10, 40), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
