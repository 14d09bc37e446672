"""Somebody who changes their plan again and again: chosen by a seed, done through the verbs, held to what was shown.

For the test of many sequences. What was shown is compared with what Stripe invoiced and with what the ledger holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from billing import plan_changes, subscriptions, webhooks
from billing.plan_changes import When, Wish
from billing.portal import Portal
from billing.rules.bills import Bill
from billing.rules.errors import Conflict
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import SECOND
from billing.rules.money import Credits
from billing.rules.plan_changes import ChangePreview, Gain, Proration
from billing.rules.postings import Posting
from billing.store import ledger
from sandbox.errors import Json
from tests.world.inside import DAY, Stage

HOUR = 3600
BOUGHT = Credits.whole(1000)
STARTS = [
    datetime.fromisoformat(f"{each}+00:00")
    for each in (
        "2024-01-31T10:00:00", "2024-02-29T00:00:00", "2023-12-31T23:59:59", "2023-01-30T12:00:00",
        "2024-03-30T01:02:03", "2025-08-31T06:00:00", "2028-02-29T05:05:05", "2026-11-15T15:15:15",
    )
]  # fmt: skip
RHYTHMS = {"solo": ("month", "year", "week"), "team": ("month", "year"), "gift": ("month",)}
CODES = ("FIFTH", "HALF", "FIVE")


def add_codes(stage: Stage) -> None:
    """Three coupons, one for each way they last, and the codes for them."""
    terms: list[Any] = [
        {"percent_off": 20, "duration": "forever"},
        {"percent_off": 50, "duration": "once"},
        {"amount_off": 500, "currency": "usd", "duration": "repeating", "duration_in_months": 2},
    ]
    for code, each in zip(CODES, terms, strict=True):
        coupon = stage.v1.coupons.create(each).id
        stage.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": code})


@dataclass
class Changer:
    """One sequence. `log` tells what was done, for whoever must understand why it went wrong."""

    stage: Stage
    seed: int
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)
        start = self.dice.choice(STARTS).astimezone(UTC)
        self.now = int(start.timestamp())
        self.stage.begin(self.now)
        self.account, self.customer = self.stage.customer()
        buys(self.stage.portal, self.account)
        self.subscription = self._subscribes()
        self.heard = self.seen = 0
        self.shown: tuple[Bill, tuple[Gain, ...]] | None = None
        self.gained: list[tuple[str, int]] = []
        self.hears()
        self.seen = len(self.invoices)
        self._given()

    def lives(self) -> None:
        """A few changes, with time between them, and the renewal after the last."""
        for _ in range(self.dice.randint(2, 3)):
            self.passes(self.dice.choice(("none", "some", "some", "period")))
            if self.state["status"] in ("active", "trialing"):
                (self.undoes if self.dice.random() < 0.2 else self.changes)()
        self.passes("period")

    @property
    def state(self) -> Json:
        """The subscription as Stripe has it."""
        return self.stage.row("subscription", self.subscription)

    @property
    def invoices(self) -> list[Json]:
        """Those of the subscription, oldest first."""
        return self.stage.invoices(self.subscription)

    def changes(self) -> None:
        """Looks at a change and makes it; then it has happened as shown."""
        wish, portal = self._wish(), self._charging()
        try:
            seen = plan_changes.preview(portal, self.account, wish)
        except Conflict as refused:
            self.log.append(f"refused: {refused.sentence}")
            return
        plan_changes.change(portal, self.account, wish, seen.token)
        self.hears()
        self._billed(seen)

    def undoes(self) -> None:
        """Takes back what is planned; without that the renewal will be what Stripe foresees."""
        try:
            plan_changes.undo(self.stage.portal, self.account)
        except Conflict:
            self.log.append("nothing to undo")
            return
        self.log.append("undone")
        self.shown = None
        assert self.state["schedule"] is None

    def passes(self, how: str) -> None:
        """No time, some of the period, or all of it and what the renewal needs to be paid."""
        end = self.state["items"]["data"][0]["current_period_end"]
        until = {"none": self.now, "some": self.now + int((end - self.now) * self.dice.random())}
        self._goes_to(until.get(how, end + 2 * HOUR))
        self.hears()
        fresh = self.invoices[self.seen :]
        self.seen += len(fresh)
        if fresh and self.shown is not None:
            bill, gains = self.shown
            assert fresh[0]["created"] == bill.at // SECOND, "it is made when it was said to be"
            self._agrees(fresh[0], bill, gains)
            self.shown = None
        self._given()

    def hears(self) -> None:
        """Invoices that were paid are news that the portal needs; subscriptions it reads by itself."""
        told = list(self.stage.machine.world.table("event").values())
        paid = [each for each in told[self.heard :] if each["type"] == "invoice.paid"]
        self.heard = len(told)
        webhooks.take(self.stage.portal, [self.stage.raw(each) for each in paid])

    def _billed(self, seen: ChangePreview) -> None:
        fresh = self.invoices[self.seen :]
        self.seen += len(fresh)
        assert len(fresh) == (seen.now is not None)
        if seen.now is not None:
            assert fresh[0]["amount_due"] == seen.due_now.minor
            self._agrees(fresh[0], seen.now, seen.gains_now)
        self.shown = (seen.next, seen.gains_next)

    def _agrees(self, invoice: Json, bill: Bill, gains: tuple[Gain, ...]) -> None:
        """To the cent, line by line, and to the millionth of a credit."""
        lines = [(each["description"], each["amount"]) for each in invoice["lines"]["data"]]
        foreseen = [(each.text, each.line.amount_minor) for each in bill.lines]
        self.log.append(f"{invoice['billing_reason']} {invoice['total']} {sorted(lines)}")
        assert sorted(each for _, each in lines) == sorted(each for _, each in foreseen), foreseen
        assert invoice["total"] == bill.total.minor
        assert invoice["status"] == "paid"
        assert self._given() == sorted((each.plan, each.credits.micro) for each in gains), gains

    def _given(self) -> list[tuple[str, int]]:
        """What plans gave since this was asked last: the plan and how much."""
        before, self.gained = self.gained, plan_credits(self.stage.portal, self.account)
        fresh = set(self.gained) - set(before)
        return sorted((cause.rpartition(":")[2], amount) for cause, amount in fresh)

    def _goes_to(self, until: int) -> None:
        """A clock may not jump over more than two of the shortest periods."""
        step = 13 * DAY if self._weekly() else until - self.now
        while self.now < until:
            self.now = min(until, self.now + step)
            self.stage.until(self.now)
        self.log.append(f"until {datetime.fromtimestamp(self.now, UTC):%Y-%m-%d %H:%M:%S}")

    def _weekly(self) -> bool:
        planned = self.stage.machine.world.table("subscription_schedule").get(str(self.state["schedule"]), {})
        prices = [row["price"] for phase in planned.get("phases", ()) for row in phase["items"]]
        items = [each["price"] for each in self.state["items"]["data"]]
        every = [*items, *(self.stage.row("price", each) for each in prices)]
        return any(each["recurring"]["interval"] == "week" for each in every)

    def _wish(self) -> Wish:
        plan = self.dice.choice(list(RHYTHMS))
        seats = self.dice.randint(1, 6) if plan == "team" and self.dice.random() < 0.7 else None
        code = self.dice.choice((None,) * 6 + CODES)
        wish = Wish(plan, self.dice.choice(RHYTHMS[plan]), seats, self.dice.choice(list(When)), code)
        self.log.append(f"{wish} while {self.state['status']}, planned: {self.state['schedule'] is not None}")
        return wish

    def _charging(self) -> Portal:
        behavior = self.dice.choice(list(Proration))
        self.log.append(f"prorated as {behavior}")
        settings = self.stage.portal.settings
        rules = settings.plan_change.model_copy(update={"immediate_proration_behavior": behavior})
        return replace(self.stage.portal, settings=settings.model_copy(update={"plan_change": rules}))

    def _subscribes(self) -> str:
        offer = self.dice.choice(subscriptions.plans(self.stage.portal)[1:])
        more: dict[str, Any] = {}
        if self.dice.random() < 0.25:
            more["trial_period_days"] = 14
        if self.dice.random() < 0.2:
            coupons = list(self.stage.machine.world.table("coupon"))
            more["discounts"] = [{"coupon": self.dice.choice(coupons)}]
        self.log.append(f"{offer.key} from {datetime.fromtimestamp(self.now, UTC)} {more}")
        made = self.stage.subscribed(self.customer, offer.key, self.dice.randint(1, 4), **more)
        subscriptions.refresh(self.stage.portal, self.account)
        return made


def buys(portal: Portal, account: str) -> None:
    """Credits that were paid for by themselves, which no plan may touch."""
    terms = LotTerms(LotSource.PURCHASE)
    bought = Posting(account, Kind.GRANT, "test", account, BOUGHT.micro, "usr_1", 0, terms=terms)
    portal.till.write(lambda tx: ledger.post(tx, [bought], portal.clock()))


def plan_credits(portal: Portal, account: str) -> list[tuple[str, int]]:
    """What plans gave: each cause and its amount."""
    with portal.database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT cause_id, amount_micro FROM transfers WHERE account_id = ? AND kind = 'plan' ORDER BY 1", (account,)
        )
        return [(row[0], row[1]) for row in found]


def lots(portal: Portal, account: str) -> list[tuple[Any, ...]]:
    """Everything the account holds, by what matters of it."""
    with portal.database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT source, granted_micro, remaining_micro, expires_at FROM lots WHERE account_id = ?"
            " ORDER BY 1, 2, 3, 4",
            (account,),
        )
        return [tuple(row) for row in found]
