"""Customers whose plan bills by use: a shop with such a plan, and what its meter counted. Tests may use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from billing import credit_limits, reconcile, reverts, subscriptions, usage
from billing.credit_limits import NewTerms
from billing.gateways.stripe_setup import StripeSetup
from billing.recording import record_now
from billing.rules.facts import PaymentFact, PaymentState
from billing.rules.moments import DAY, HOUR, MINUTE, SECOND
from billing.rules.money import Credits
from billing.rules.orders import Order
from billing.rules.postings import Posted
from billing.rules.rounds import Part
from tests.world.catalogues import of_text
from tests.world.shops import Shop, open_shop

FILE = """
products:
  - name: calls
    prices:
      - {name: base, amount: "5.00", currency: USD, interval: month}
      - {name: monthly, amount: "0.02", currency: USD, interval: month, usage: metered}
plans: [{name: payg, title: Pay as you go, products: [calls], intervals: [month]}]
"""
METER = "calls.monthly"
CENTS = 2


@dataclass
class Customer:
    """An account whose plan bills by use, and what the provider counted of it."""

    shop: Shop
    account: str
    ref: str
    subscription: str
    meter: str
    keys: int = 0

    def use(self, amount: str, **dimensions: str) -> str:
        """A debit; its key."""
        self.keys += 1
        key = f"use-{self.keys}"
        asked = usage.Debit(self.account, Credits.of(amount), key, "key_test", dimensions=dimensions)
        outcome = self.shop.portal.till.write(lambda tx: usage._post(tx, [(usage._posting(asked, self.now), self.now)]))
        assert isinstance(outcome[0], Posted), outcome
        return key

    def revert(self, key: str, amount: str) -> None:
        self.keys += 1
        asked = reverts.Revert(self.account, key, Credits.of(amount), f"back-{self.keys}", "key_test")
        reverts.revert(self.shop.portal, asked)

    @property
    def now(self) -> int:
        return self.shop.portal.clock()

    @property
    def balance(self) -> str:
        return str(self.shop.world.balance(self.account))

    def sweep(self) -> int:
        """One turn of the job; how many reports it owed."""
        return reconcile.sweep(self.shop.portal, {Part.METERS, Part.DUTIES}).reports

    def told(self) -> int:
        """What the provider's meter counts for the customer, since a month and until an hour from now."""
        start, end = (moment // MINUTE * 60 for moment in (self.now - 30 * DAY, self.now + HOUR))
        query = f"customer={self.ref}&start_time={start}&end_time={end}"
        rows = self.shop.stripe(f"billing/meters/{self.meter}/event_summaries?{query}", "GET")["data"]
        return int(sum(row["aggregated_value"] for row in rows))

    def duties(self) -> list[tuple[str, str]]:
        """State and error of every report, oldest first."""
        with self.shop.portal.database.read() as connection:
            query = (
                "SELECT state, error FROM outbox WHERE kind = 'meter_report' AND account_id = %s ORDER BY created_at"
            )
            engine = self.shop.portal.database
            text = query.replace("%s", "?" if engine.is_sqlite else "%s")
            return [tuple(row) for row in connection.exec_driver_sql(text, (self.account,))]

    def age(self, micros: int) -> None:
        """Time goes by, for the portal and for the provider."""
        self.shop.world.clock.pass_by(micros)
        self.shop.told("time", seconds=micros // SECOND)


@contextmanager
def metered(url: str, sandbox: str, folder: Path) -> Iterator[Shop]:
    (folder / "plans.yml").write_text(FILE, "utf-8")
    settings = {
        "SCRIP_CATALOG__PLAN_FILES": str(folder),
        "SCRIP_STRIPE__SUBSCRIPTION_PRODUCT": "",
        "SCRIP_PURCHASE__NEEDS_SUBSCRIPTION": "none",
    }
    with open_shop(url, sandbox, False, **settings) as made:
        with closing(StripeSetup.of(made.portal.settings)) as account:
            account.sync(of_text(FILE, folder), lambda _step: None)
        yield made


def customer(shop: Shop, credits: int = 0, limit: int = 1000) -> Customer:
    account, ref = shop.customer()
    plan = next(each for each in shop.portal.gateway.plans() if each.key == "payg")
    items = {f"items[{place}][price]": item.price_ref for place, item in enumerate(plan.items)}
    made = shop.stripe("subscriptions", customer=ref, **items)["id"]
    subscriptions.refresh(shop.portal, account)
    credit_limits.set_terms(shop.portal, NewTerms(account, "a limit for the test", "usr_mia", Credits.whole(limit)))
    found = next(each for each in shop.stripe("billing/meters", "GET")["data"] if each["event_name"] == METER)
    adopted = Customer(shop, account, ref, made, found["id"])
    if credits:
        fund(adopted, credits)
    return adopted


def fund(who: Customer, credits: int) -> None:
    from_hand = who.shop.world.order(who.account, f"pi_{who.account}{who.keys}", who.ref, credits=credits)
    _pay(who.shop, from_hand)


def _pay(shop: Shop, order: Order) -> None:
    assert order.payment_ref
    fact = PaymentFact(
        PaymentState.SUCCEEDED, order.payment_ref, order.amount, order.amount, shop.portal.clock(),
        customer_ref=order.customer_ref, order_hint=order.id,
    )  # fmt: skip
    record_now(shop.portal, fact)
