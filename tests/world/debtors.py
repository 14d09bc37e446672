"""Accounts that use credits first and pay later: a portal, a sandbox that prices credits, and a clock the test owns.

The same for processes that invoice at the same moment. Tests of overdraft use it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from multiprocessing.connection import Connection
from typing import Any

import httpx
import pytest

from billing import credit_limits, duties, overdraft, webhooks
from billing.credit_limits import NewTerms
from billing.portal import Portal
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY, from_datetime
from billing.rules.money import Credits
from billing.rules.overdraft import OverdraftInvoice
from billing.rules.postings import Outcome, Posting
from billing.store import ledger
from billing.store.inbox import EventState
from billing.store.writer import Tx
from tests.world import nursery
from tests.world.databases import Databases, migrated
from tests.world.portals import OwnClock, World, open_world
from tests.world.shops import KEY

LOOKUP = "on_account"
REASON = "agreed in the contract of March"
WAIT = 60
UNCHANGED: Mapping[str, str] = {}


def at(zone: tzinfo, *parts: int) -> int:
    """A moment by the clock on the wall there."""
    return from_datetime(datetime(*parts, tzinfo=zone))  # type: ignore[arg-type, misc]


MARCH, APRIL, MAY = (at(UTC, 2027, month, 1) for month in (3, 4, 5))


@dataclass
class Books:
    """A world whose accounts may owe, and short words for what tests keep doing with it."""

    world: World
    url: str
    counted: int = 0
    told: set[str] = field(default_factory=set)

    @property
    def portal(self) -> Portal:
        """The portal of the world."""
        return self.world.portal

    def stripe(self, path: str, method: str = "POST", **form: Any) -> dict[str, Any]:
        """A call of Stripe's API, as somebody with the secret key makes it."""
        auth = {"Authorization": f"Bearer {KEY}"}
        answer = httpx.request(method, f"{self.url}/v1/{path}", data=form or None, headers=auth, timeout=20)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def priced(self, minor: int = 199, credits: int = 100) -> None:
        """From now on so many credits cost so much."""
        form: dict[str, Any] = {
            "unit_amount": minor, "currency": "usd", "product_data[name]": "Credits on account",
            "transform_quantity[divide_by]": credits, "transform_quantity[round]": "up",
        }  # fmt: skip
        self.stripe("prices", lookup_key=LOOKUP, transfer_lookup_key="true", **form)

    def debtor(self, limit: int = 1_000_000, **changes: Any) -> str:
        """An account that may owe, with its customer."""
        made = self.stripe("customers", name="Ada", email="ada@example.org")
        account_id = self.world.account(customer_ref=made["id"])
        asked = NewTerms(account_id, REASON, "usr_mia", Credits.whole(limit), **changes)
        credit_limits.set_terms(self.portal, asked)
        return account_id

    def use(self, account_id: str, micro: int) -> Outcome:
        """A use of credits now."""
        return self._post(account_id, Kind.USAGE, -micro, None)

    def buy(self, account_id: str, micro: int) -> Outcome:
        """Credits that come in now."""
        return self._post(account_id, Kind.GRANT, micro, LotTerms(LotSource.PURCHASE))

    def _post(self, account_id: str, kind: Kind, micro: int, terms: LotTerms | None) -> Outcome:
        self.counted += 1
        now = self.world.clock()
        cause = f"{account_id}:{now}:{self.counted}"
        posting = Posting(account_id, kind, "test", cause, micro, "key_test", now, terms=terms)

        def work(tx: Tx) -> Outcome:
            return ledger.post(tx, [posting], now)[0]

        return self.portal.till.write(work)

    def run(self) -> list[OverdraftInvoice]:
        """One turn of the job: what is to be invoiced is written, then sent."""
        made = overdraft.invoice(self.portal)
        duties.work(self.portal)
        return made

    def invoices(self, account_id: str) -> list[OverdraftInvoice]:
        """Every invoice of the account, oldest first."""
        return list(reversed(credit_limits.standing(self.portal, account_id).invoices))

    def at_stripe(self) -> list[dict[str, Any]]:
        """Every invoice the provider has, oldest first."""
        return list(reversed(self.stripe("invoices?limit=100", "GET")["data"]))

    def act(self, invoice: OverdraftInvoice, word: str, **form: Any) -> None:
        """Somebody pays, voids or gives up an invoice, and the portal hears of it."""
        self.stripe(f"invoices/{invoice.invoice_ref}/{word}", **form)
        self.hear()

    def pay(self, invoice: OverdraftInvoice) -> None:
        """It is paid by a bank transfer somebody saw."""
        self.act(invoice, "pay", paid_out_of_band="true")

    def hear(self) -> list[EventState]:
        """The events the portal has not heard of, in the order in which they happened."""
        fresh = [
            each
            for each in reversed(self.stripe("events?limit=100", "GET")["data"])
            if each["id"] not in self.told and each["type"].startswith("invoice.")
        ]
        self.told.update(each["id"] for each in fresh)
        return webhooks.take(self.portal, [json.dumps(each).encode() for each in fresh])


@contextmanager
def open_books(
    database_url: str, sandbox_url: str, start: int, changes: Mapping[str, str] = UNCHANGED, *, fresh: bool = True
) -> Iterator[Books]:
    """Books at the moment `start`. `fresh` empties the sandbox and prices 100 credits at 1.99."""
    settings = {
        "SCRIP_STRIPE__API_KEY": KEY,
        "SCRIP_STRIPE__API_BASE": sandbox_url,
        "SCRIP_OVERDRAFT__PRODUCT": LOOKUP,
    }
    with open_world(database_url, clock=OwnClock(start), **settings | dict(changes)) as world:
        books = Books(world, sandbox_url)
        if fresh:
            httpx.post(f"{sandbox_url}/_sandbox/reset", json={}, timeout=20).raise_for_status()
            books.priced()
        yield books


class Clerks:
    """Processes that all do one turn of the job when told to, at the same moment, each with a portal of its own."""

    def __init__(self, database_url: str, sandbox_url: str, count: int = 2) -> None:
        context = nursery.processes()
        # Kept: a barrier that nobody here holds is gone before the others have opened it.
        self._barrier = context.Barrier(count)
        pairs = [context.Pipe() for _ in range(count)]
        self._ends: Sequence[Connection] = [near for near, _ in pairs]
        self._processes = [
            context.Process(target=_clerk, args=(far, self._barrier, database_url, sandbox_url), daemon=True)
            for _, far in pairs
        ]
        for process in self._processes:
            process.start()

    def turn(self, now: int, *, restarted: bool = False) -> int:
        """All of them at `now`, `restarted` or as they are; how many invoices they wrote together."""
        for end in self._ends:
            end.send((now, restarted))
        assert all(end.poll(WAIT) for end in self._ends), "a clerk gave no answer"
        return sum(end.recv() for end in self._ends)

    def go_home(self) -> None:
        """Ends them."""
        for end in self._ends:
            end.send(None)
        for process in self._processes:
            process.join(WAIT)


def _clerk(end: Connection, barrier: Any, database_url: str, sandbox_url: str) -> None:
    asked = end.recv()
    while asked is not None:
        with open_books(database_url, sandbox_url, asked[0], fresh=False) as books:
            restarted = False
            while asked is not None and not restarted:
                books.world.clock.now = asked[0]
                barrier.wait(WAIT)
                end.send(len(books.run()))
                asked = end.recv()
                restarted = asked is not None and asked[1]


@pytest.fixture
def books(databases: Databases, stripe_sandbox: str) -> Iterator[Books]:
    """Empty books of each engine on the 10th of March."""
    with open_books(databases.prepared("schema", migrated), stripe_sandbox, MARCH + 9 * DAY) as made:
        yield made
