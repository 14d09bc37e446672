"""The control API's part in billing: renewals, trials, invoices, Checkout, the catalogue, clocks, the portal."""

from __future__ import annotations

import httpx
import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.control_props import DAY, DECLINED, paid, refusal, session, subscriber

EUROS = {"amount": 1400, "currency": "eur"}


def test_a_subscription_renews_and_its_payment_may_fail(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    made = who.subscribe()
    first = made["items"].data[0].current_period_end
    renewed = sandbox.control(f"subscriptions/{made.id}/renew")["subscription"]
    assert (renewed["status"], renewed["items"]["data"][0]["current_period_start"]) == ("active", first)
    assert who.now(made.id).latest_invoice.status == "paid"
    failed = sandbox.control(f"subscriptions/{made.id}/fail-renewal")["subscription"]
    assert (failed["status"], who.now(made.id).latest_invoice.status) == ("past_due", "open")
    who.v1.invoices.pay(who.now(made.id).latest_invoice.id)
    assert who.now(made.id).status == "active"
    who.v1.subscriptions.cancel(made.id)
    assert refusal(sandbox, f"subscriptions/{made.id}/renew")[0] == 400


def test_a_trial_ends_and_a_subscription_is_changed_and_ended_in_the_dashboard(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    made = who.subscribe(trial_period_days=14)
    assert (made.status, sandbox.control(f"subscriptions/{made.id}/end-trial")["subscription"]["status"]) == (
        "trialing",
        "active",
    )
    dear = who.price(3000)
    changed = sandbox.control(f"subscriptions/{made.id}/change", price=dear, quantity=2, proration_behavior="none")
    item = changed["subscription"]["items"]["data"][0]
    assert (item["price"]["id"], item["quantity"]) == (dear, 2)
    assert sandbox.control(f"subscriptions/{made.id}/cancel", at_period_end=True)["subscription"][
        "cancel_at_period_end"
    ]
    assert sandbox.control(f"subscriptions/{made.id}/cancel")["subscription"]["status"] == "canceled"
    assert refusal(sandbox, "subscriptions/sub_none/change", price=dear)[0] == 404


def test_an_open_invoice_is_paid_by_other_means(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    bill = who.v1.invoices.create({"customer": who.customer, "collection_method": "send_invoice", "days_until_due": 9})
    who.v1.invoice_items.create({"customer": who.customer, "invoice": bill.id, "amount": 800, "currency": "usd"})
    who.v1.invoices.finalize_invoice(bill.id)
    done = sandbox.control(f"invoices/{bill.id}/pay-out-of-band")["invoice"]
    assert (done["status"], done["amount_paid"], who.v1.charges.list().data) == ("paid", 800, [])
    assert refusal(sandbox, f"invoices/{bill.id}/pay-out-of-band")[0] == 400


def test_somebody_pays_on_the_checkout_page_and_somebody_does_not(sandbox: Sandbox) -> None:
    one, other, third = session(sandbox), session(sandbox), session(sandbox)
    declined = sandbox.control(f"sessions/{one.id}/complete", card=DECLINED)
    assert (declined["session"]["status"], declined["error"]["code"]) == ("open", "card_declined")
    done = sandbox.control(f"sessions/{one.id}/complete")
    assert (done["error"], done["session"]["status"], done["session"]["payment_status"]) == (None, "complete", "paid")
    assert sandbox.control(f"sessions/{other.id}/expire")["session"]["status"] == "expired"
    assert refusal(sandbox, f"sessions/{other.id}/complete")[0] == 400
    saw = sandbox.control(f"sessions/{third.id}/complete", email="ada@example.com", presentment=EUROS)
    assert saw["session"]["customer_details"]["email"] == "ada@example.com"
    assert saw["session"]["presentment_details"] == {"presentment_amount": 1400, "presentment_currency": "eur"}


def test_products_and_prices_are_archived_and_brought_back(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    price = who.price()
    for path, name in (("products", who.product), ("prices", price)):
        sandbox.control(f"{path}/{name}/archive")
        assert getattr(who.v1, path).retrieve(name).active is False
        sandbox.control(f"{path}/{name}/archive?active=true")
        assert getattr(who.v1, path).retrieve(name).active is True


def test_a_test_clock_is_moved_on(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": 1_706_745_600})
    before = sandbox.look("time")["now"]
    assert sandbox.control(f"test-clocks/{clock.id}/advance", days=2, seconds=5)["test_clock"]["id"] == clock.id
    assert v1.test_helpers.test_clocks.retrieve(clock.id).frozen_time == 1_706_745_600 + 2 * DAY + 5
    assert sandbox.look("time")["now"] - before < DAY
    assert refusal(sandbox, "test-clocks/clock_none/advance", days=1)[0] == 404


def test_a_deleted_customer_is_gone_with_what_was_subscribed_to(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    made = who.subscribe()
    assert sandbox.control(f"customers/{who.customer}/delete")["customer"]["deleted"] is True
    assert sandbox.look("customers")["customers"] == []
    assert who.v1.subscriptions.retrieve(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        who.subscribe()


def test_an_employee_makes_a_portal_link_that_opens(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    told = sandbox.control(f"customers/{who.customer}/portal")
    assert told["url"].startswith(f"{sandbox.url}/p/session/")
    secret = told["url"].rsplit("/", 1)[-1]
    shown = httpx.get(f"{sandbox.url}/_sandbox/portal/{secret}", timeout=20).json()
    assert shown["customer"]["id"] == who.customer


def test_every_list_is_newest_first_and_cut_at_its_limit(sandbox: Sandbox) -> None:
    who = subscriber(sandbox)
    paid(sandbox, 100, customer=who.customer)
    last = paid(sandbox, 200, customer=who.customer)
    paid(sandbox, 300)
    charges = sandbox.look(f"charges?limit=1&customer={who.customer}")
    assert ([row["id"] for row in charges["charges"]], charges["total"]) == ([last.latest_charge], 2)
    assert sandbox.look("payments?limit=1")["payments"][0]["amount"] == 300
    assert sandbox.look(f"objects/payment_intent/{last.id}")["object"]["amount"] == 200
    assert sandbox.raw("GET", "/_sandbox/objects/_delivery/x").status_code == 404
