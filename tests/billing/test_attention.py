"""What needs a person is listed with the one act that mends it, and that act goes the way it would have gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from billing import accounts, attention, credit_limits, duties, overdraft, subscriptions, webhooks
from billing.replays import By
from billing.rules.attention import Matter, Mend, Trouble
from billing.rules.errors import Conflict, NotFound
from billing.rules.moments import DAY
from billing.rules.money import MICRO
from billing.rules.overdraft import InvoiceState
from billing.store import duties as outbox
from billing.store.writer import Tx
from tests.world.debtors import APRIL, MAY, Books
from tests.world.portals import World, paid_event, signed
from tests.world.shops import Shop

MIA = By("usr_mia", "10.0.0.1")


def listed(world: World, trouble: Trouble) -> list[Matter]:
    found = attention.matters(world.portal)
    assert found.counts[trouble] == len(found.lists[trouble])
    return list(found.lists[trouble])


def owed(world: World, kind: str, *, refused: str = "", attempts: int = 0) -> str:
    """A duty that was refused, or that was tried so often without an answer."""
    account = world.account()

    def work(tx: Tx) -> str:
        now = world.clock()
        body = {"payment_ref": "pi_1", "reason": "paid twice"}
        outbox.owe(tx, kind=kind, cause=f"{kind}:{account}", account_id=account, body=body, now=now)
        duty = replace(outbox.due(tx.connection, now, 1, kind)[0], attempts=attempts)
        if refused:
            outbox.finish(tx, duty, now, refused=refused)
        else:
            outbox.put_off(tx, replace(duty, attempts=attempts - 1), now + DAY, "no answer")
        return duty.id

    return world.portal.till.write(work)


def test_nothing_needs_anybody_when_all_is_well(world: World) -> None:
    world.account()
    assert attention.matters(world.portal).total == 0


def test_a_refused_duty_is_done_again_under_a_new_key_and_one_without_answer_under_its_own(world: World) -> None:
    refused, waiting = owed(world, "refund", refused="No such payment."), owed(world, "refund", attempts=5)
    owed(world, "refund", attempts=4)
    found = {matter.key: matter for matter in listed(world, Trouble.DUTY)}
    assert {key: (each.why, each.mend) for key, each in found.items()} == {
        refused: ("No such payment.", Mend.RETRY), waiting: ("no answer", Mend.RETRY),
    }  # fmt: skip
    for key in (refused, waiting):
        assert attention.mend(world.portal, Trouble.DUTY, key, MIA) == "waiting"
    with world.portal.database.read() as connection:
        assert outbox.get(connection, refused) is None
        again = outbox.get(connection, waiting)
    assert again is not None
    assert (again[0].attempts, again[1]) == (1, "waiting")
    account = found[refused].account_id or ""
    (line,) = accounts.history(world.portal, account)
    assert (line.action, line.reference, line.origin) == ("duty.retried", refused, "10.0.0.1")


def test_what_must_not_be_done_again_is_only_closed(world: World) -> None:
    report = owed(world, "meter_report", refused="No such meter.")
    (matter,) = listed(world, Trouble.DUTY)
    assert matter.mend is Mend.CLOSE
    assert attention.mend(world.portal, Trouble.DUTY, report, MIA) == "done"
    assert listed(world, Trouble.DUTY) == []


@pytest.mark.parametrize("trouble", list(Trouble))
def test_what_is_not_there_needs_nobody(world: World, trouble: Trouble) -> None:
    with pytest.raises(NotFound):
        attention.mend(world.portal, trouble, "none", MIA)


def test_a_parked_event_is_listed_and_worked_again(world: World) -> None:
    account = world.account(customer_ref="cus_1")
    order = world.order(account, "pi_1", "cus_1")
    raw, signature = signed(paid_event(order, world.clock(), amount=1), world.clock())
    asyncio.run(_receive(world, raw, signature))
    (matter,) = listed(world, Trouble.EVENT)
    assert (matter.key, matter.account_id, matter.about, matter.ref) == (
        "evt_1",
        account,
        "payment_intent.succeeded",
        "pi_1",
    )
    assert attention.mend(world.portal, Trouble.EVENT, "evt_1", MIA) == "parked"


def test_a_payment_on_its_way_is_listed_after_a_day(world: World) -> None:
    account = world.account(customer_ref="cus_1")
    order = world.order(account, "pi_1", "cus_1")
    _run(world, f"UPDATE orders SET state = 'processing' WHERE id = '{order.id}'")
    assert listed(world, Trouble.PAYMENT) == []
    world.clock.pass_by(DAY + 1)
    (matter,) = listed(world, Trouble.PAYMENT)
    assert (matter.key, matter.account_name, matter.about, matter.mend) == (
        order.id,
        "Ada",
        "Starter, 5.00 USD",
        Mend.CHECK,
    )


def test_a_subscription_that_is_not_paid_is_read_again(shop: Shop) -> None:
    account, customer = shop.customer()
    made = shop.subscribed(customer)
    key = str(made["id"])
    with pytest.raises(NotFound):
        attention.mend(shop.portal, Trouble.SUBSCRIPTION, key, MIA)
    subscriptions.refresh(shop.portal, account)
    _run(shop.world, "UPDATE subscriptions SET status = 'past_due'")
    (matter,) = listed(shop.world, Trouble.SUBSCRIPTION)
    assert (matter.key, matter.account_id, matter.why) == (key, account, "past_due")
    assert attention.mend(shop.portal, Trouble.SUBSCRIPTION, key, MIA) == "active"
    assert listed(shop.world, Trouble.SUBSCRIPTION) == []


def test_a_refused_invoice_is_sent_again_once_what_stood_in_its_way_is_mended(books: Books) -> None:
    account, row = _refused(books)
    made = books.stripe("customers", name="Ada", email="ada@example.org")
    _run(books.world, f"UPDATE accounts SET customer_ref = '{made['id']}' WHERE id = '{account}'")
    (matter,) = listed(books.world, Trouble.INVOICE)
    assert (matter.key, matter.account_id) == (row, account)
    assert attention.mend(books.portal, Trouble.INVOICE, row, MIA) == "open"
    assert listed(books.world, Trouble.INVOICE) == listed(books.world, Trouble.DUTY) == []
    (again,) = books.invoices(account)
    assert (again.state, again.note) == (InvoiceState.OPEN, "")
    books.world.clock.now = MAY
    assert books.run() == []


def test_a_refused_invoice_is_not_sent_when_another_asks_for_the_same(books: Books) -> None:
    account, row = _refused(books)
    made = books.stripe("customers", name="Ada", email="ada@example.org")
    _run(books.world, f"UPDATE accounts SET customer_ref = '{made['id']}' WHERE id = '{account}'")
    books.world.clock.now = MAY
    assert len(books.run()) == 1
    with pytest.raises(Conflict):
        attention.mend(books.portal, Trouble.INVOICE, row, MIA)
    assert [each.state for each in books.invoices(account)] == [InvoiceState.REFUSED, InvoiceState.OPEN]


def _refused(books: Books) -> tuple[str, str]:
    account = books.debtor()
    customer = accounts.view(books.portal, account).customer_ref
    books.use(account, 100 * MICRO)
    books.world.clock.now = APRIL
    overdraft.invoice(books.portal)
    books.stripe(f"customers/{customer}", "DELETE")
    duties.work(books.portal)
    (row,) = credit_limits.standing(books.portal, account).invoices
    assert row.state is InvoiceState.REFUSED
    return account, row.id


def _run(world: World, statement: str) -> None:
    world.portal.till.write(lambda tx: tx.connection.execute(text(statement)).rowcount)


async def _receive(world: World, raw: bytes, signature: str) -> None:
    await webhooks.receive(world.portal, raw, signature)
