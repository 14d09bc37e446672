"""An invoice is drafted, finalized and paid; what its card says comes back as Stripe says it."""

from __future__ import annotations

import httpx
import pytest
import stripe

from tests.sandbox.billing_bench import MONDAY, open_bench, refused
from tests.sandbox.conftest import PUBLISHABLE_KEY, Sandbox


def test_an_invoice_is_drafted_finalized_and_paid(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    draft = bench.draft(1500, 500, description="March")
    assert (draft.status, draft.total, draft.amount_due, draft.number) == ("draft", 2000, 2000, None)
    assert (draft.auto_advance, draft.billing_reason, draft.created) == (False, "manual", MONDAY)
    final = bench.v1.invoices.finalize_invoice(draft.id)
    assert (final.status, final.amount_remaining, final.status_transitions.finalized_at) == ("open", 2000, MONDAY)
    assert final.number.endswith("-0001")
    paid = bench.v1.invoices.pay(draft.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 2000, 0)
    assert (paid.attempted, paid.attempt_count, paid.status_transitions.paid_at) == (True, 1, MONDAY)
    told = bench.told()
    assert (told[0], told[-4:]) == (
        "invoice.created",
        ["invoice.finalized", "invoice.updated", "invoice.paid", "invoice.payment_succeeded"],
    )
    assert bench.payment_of(draft.id).amount_received == 2000


def test_a_card_that_says_no_is_an_error_and_the_invoice_stays_open(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    with pytest.raises(stripe.CardError) as caught:
        bench.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_chargeDeclined"})
    assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    now = bench.read(invoice.id)
    assert (now.status, now.attempt_count, now.amount_remaining) == ("open", 1, 2000)
    assert bench.told()[-1] == "invoice.payment_failed"
    assert bench.v1.invoices.pay(invoice.id).status == "paid"


def test_a_card_that_asks_for_its_holder_is_an_error_with_a_code(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    with pytest.raises(stripe.CardError) as caught:
        bench.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_authenticationRequired"})
    assert (caught.value.http_status, caught.value.code) == (402, "invoice_payment_intent_requires_action")
    intent = bench.payment_of(invoice.id)
    assert (bench.read(invoice.id).status, intent.status) == ("open", "requires_action")
    sandbox.control(f"payments/{intent.id}/authentication?outcome=complete")
    assert bench.read(invoice.id).status == "paid"


def test_paying_without_any_card_says_so(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, card=None)
    error = refused(bench.v1.invoices.pay, bench.final(2000).id)
    assert (error.http_status, error.code) == (400, "resource_missing")
    assert "no attached payment source or default payment method" in str(error)


def test_a_browser_pays_with_the_confirmation_secret(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, card=None)
    final = bench.final(2000)
    secret = bench.read(final.id, "confirmation_secret").confirmation_secret.client_secret
    card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123"}
    body = {"client_secret": secret, "key": PUBLISHABLE_KEY, "payment_method_data[type]": "card"}
    body |= {f"payment_method_data[card][{name}]": value for name, value in card.items()}
    path = f"/v1/payment_intents/{bench.payment_of(final.id).id}/confirm"
    answer = sandbox.raw("POST", path, key=PUBLISHABLE_KEY, data=body)
    assert (answer.status_code, answer.json()["status"]) == (httpx.codes.OK, "succeeded")
    assert bench.read(final.id).status == "paid"


def test_payments_and_the_secret_come_when_asked_for(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    assert {"payments", "confirmation_secret"}.isdisjoint(invoice.to_dict())
    shown = bench.read(invoice.id, "payments", "confirmation_secret")
    assert [(row.status, row.amount_requested, row.is_default) for row in shown.payments.data] == [("open", 2000, True)]
    intent = bench.payment_of(invoice.id)
    assert shown.confirmation_secret.client_secret == intent.client_secret
    bench.v1.invoices.pay(invoice.id)
    paid = bench.read(invoice.id, "payments.data.payment.payment_intent", "confirmation_secret")
    assert paid.payments.data[0].payment.payment_intent.status == "succeeded"
    assert paid.confirmation_secret is None


def test_an_intent_leads_back_to_its_invoice(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice, other = bench.paid(2000), bench.paid(700)
    intent = bench.payment_of(invoice.id).id
    sought = {"payment": {"type": "payment_intent", "payment_intent": intent}, "expand": ["data.invoice"]}
    rows = bench.v1.invoice_payments.list(sought).data
    assert [(row.invoice.id, row.amount_paid) for row in rows] == [(invoice.id, 2000)]
    paid = {row.invoice for row in bench.v1.invoice_payments.list({"status": "paid"}).data}
    assert paid == {invoice.id, other.id}


def test_a_payment_made_elsewhere_can_be_attached(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    invoice = bench.final(2000)
    part = sandbox.intent(1200, customer=bench.customer, payment_method="pm_card_visa", confirm=True)
    bench.v1.invoices.attach_payment(invoice.id, {"payment_intent": part.id})
    now = bench.read(invoice.id, "payments")
    assert (now.status, now.amount_paid, now.amount_remaining) == ("open", 1200, 800)
    assert {(row.status, row.amount_requested) for row in now.payments.data} == {("open", 800), ("paid", 1200)}
    rest = sandbox.intent(800, customer=bench.customer)
    bench.v1.invoices.attach_payment(invoice.id, {"payment_intent": rest.id})
    bench.v1.payment_intents.confirm(rest.id, {"payment_method": "pm_card_visa"})
    assert bench.read(invoice.id).status == "paid"
    stranger = sandbox.intent(800)
    error = refused(bench.v1.invoices.attach_payment, bench.final(900).id, {"payment_intent": stranger.id})
    assert (error.http_status, error.param) == (400, "payment_intent")


def test_pending_items_stay_pending_unless_asked_for(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    waiting = bench.item(900)
    assert bench.draft().total == 0
    assert bench.v1.invoice_items.retrieve(waiting.id).invoice is None
    taken = bench.draft(pending_invoice_items_behavior="include")
    assert (taken.total, bench.v1.invoice_items.retrieve(waiting.id).invoice) == (900, taken.id)


def test_invoices_list_by_what_they_are(sandbox: Sandbox) -> None:
    bench, other = open_bench(sandbox), open_bench(sandbox)
    draft, final, paid = bench.draft(100), bench.final(200), bench.paid(300)
    sent = bench.draft(collection_method="send_invoice", days_until_due=10)
    hers = other.draft(400)
    asked = {
        draft.id: {"customer": bench.customer, "status": "draft", "collection_method": "charge_automatically"},
        final.id: {"status": "open"},
        paid.id: {"status": "paid"},
        sent.id: {"due_date": {"gt": MONDAY}},
        hers.id: {"customer": other.customer},
    }
    found = {want: [row.id for row in bench.v1.invoices.list(params).data] for want, params in asked.items()}
    assert found == {want: [want] for want in asked}
    assert [row.id for row in bench.v1.invoices.list({"customer": bench.customer, "limit": 2}).data] == [
        sent.id,
        paid.id,
    ]


def test_the_fields_that_basil_took_away_are_not_there(sandbox: Sandbox) -> None:
    shown = open_bench(sandbox).paid(2000).to_dict()
    gone = {"charge", "paid", "paid_out_of_band", "payment_intent", "quote", "subscription", "tax", "transfer_data"}
    assert gone.isdisjoint(shown)
    assert {"price", "plan", "tax_amounts", "proration", "type"}.isdisjoint(shown["lines"]["data"][0])


def test_what_is_not_built_says_so(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    with pytest.raises(stripe.APIError) as caught:
        bench.v1.invoices.create({"customer": bench.customer, "on_behalf_of": "acct_1"})
    assert caught.value.http_status == 501
    error = refused(bench.v1.invoices.create, {"customer": bench.customer, "colour": "red"})
    assert (error.http_status, error.code, error.param) == (400, "parameter_unknown", "colour")
