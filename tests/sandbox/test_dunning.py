"""An invoice that cannot be collected is tried again by plan: 1, 3, 5 and 7 days after the failure before."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.billing_bench import DAY, HOUR, MONDAY, Bench, open_bench
from tests.sandbox.conftest import Sandbox

BROKE = "pm_card_chargeCustomerFail"
FIRST = MONDAY + HOUR
TRIES = [FIRST + days * DAY for days in (0, 1, 4, 9, 16)]


def _automatic(bench: Bench) -> Any:
    return bench.draft(2000, auto_advance=True)


def _failures(bench: Bench) -> list[int]:
    return [event.created for event in bench.events("invoice.payment_failed")]


def test_a_failed_try_is_told_and_the_next_is_planned(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, BROKE)
    draft = _automatic(bench)
    bench.passes(seconds=HOUR)
    failed = bench.read(draft.id)
    assert (failed.status, failed.attempted, failed.attempt_count) == ("open", True, 1)
    assert failed.next_payment_attempt == FIRST + DAY
    assert bench.told()[-3:] == ["invoice.finalized", "invoice.updated", "invoice.payment_failed"]
    assert bench.events()[-1].data.object.next_payment_attempt == FIRST + DAY


def test_it_is_tried_four_times_more_and_then_left(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, BROKE)
    draft = _automatic(bench)
    bench.passes(seconds=HOUR)
    for tries, days in enumerate((1, 3, 5, 7), start=1):
        now = bench.read(draft.id)
        assert (now.attempt_count, now.next_payment_attempt) == (tries, bench.at + days * DAY)
        bench.passes(days=days)
    left = bench.read(draft.id)
    assert (left.status, left.attempt_count, left.next_payment_attempt) == ("open", 5, None)
    bench.passes(days=60)
    assert bench.read(draft.id).attempt_count == 5


def test_all_tries_happen_each_at_its_own_time_when_weeks_pass_at_once(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, BROKE)
    draft = _automatic(bench)
    bench.passes(days=28)
    assert _failures(bench) == TRIES
    charges = bench.v1.charges.list({"payment_intent": bench.payment_of(draft.id).id, "limit": 100}).data
    assert [charge.created for charge in reversed(charges)] == TRIES


def test_a_card_changed_meanwhile_is_used(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, BROKE)
    draft = _automatic(bench)
    bench.passes(seconds=HOUR)
    good = bench.save("pm_card_visa")
    bench.passes(days=1)
    paid = bench.read(draft.id)
    assert (paid.status, paid.attempt_count, paid.next_payment_attempt) == ("paid", 2, None)
    assert bench.payment_of(draft.id).payment_method == good


def test_without_a_card_the_try_fails_and_a_card_found_later_pays(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, card=None)
    draft = _automatic(bench)
    bench.passes(seconds=HOUR)
    failed = bench.read(draft.id)
    assert (failed.status, failed.attempt_count, bench.v1.charges.list().data) == ("open", 1, [])
    assert bench.told()[-1] == "invoice.payment_failed"
    bench.save("pm_card_visa")
    bench.passes(days=1)
    assert bench.read(draft.id).status == "paid"


def test_nothing_is_tried_again_while_there_is_no_card(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, card=None)
    draft = _automatic(bench)
    bench.passes(days=40)
    waiting = bench.read(draft.id)
    assert (waiting.status, waiting.attempt_count, bench.told().count("invoice.payment_failed")) == ("open", 1, 1)


def test_a_card_that_asks_for_its_holder_waits_for_him_and_is_told_twice(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, "pm_card_authenticationRequired")
    draft = _automatic(bench)
    bench.passes(seconds=HOUR)
    told = [kind for kind in bench.told() if kind != "invoice.updated"]
    assert told[-2:] == ["invoice.payment_action_required", "invoice.payment_failed"]
    intent = bench.payment_of(draft.id)
    assert (bench.read(draft.id).status, intent.status) == ("open", "requires_action")
    sandbox.control(f"payments/{intent.id}/authentication?outcome=complete")
    assert bench.read(draft.id).status == "paid"


def test_an_account_that_cannot_be_asked_is_a_failed_try(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, "pm_sepaDebit_success_de")
    draft = _automatic(bench)
    bench.passes(days=1, seconds=HOUR)
    failed = bench.read(draft.id)
    assert (failed.status, failed.attempt_count, failed.next_payment_attempt) == ("open", 2, FIRST + 4 * DAY)
    assert (_failures(bench), bench.v1.charges.list().data) == ([FIRST, FIRST + DAY], [])


def test_finalizing_by_hand_leaves_the_first_try_an_hour(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    final = bench.v1.invoices.finalize_invoice(bench.draft(2000).id, {"auto_advance": True})
    assert (final.status, final.next_payment_attempt, final.attempt_count) == ("open", FIRST, 0)
    bench.passes(seconds=HOUR)
    paid = bench.read(final.id)
    assert (paid.status, paid.status_transitions.paid_at) == ("paid", FIRST)


def test_paying_by_hand_ends_the_tries_and_failing_by_hand_does_not_move_them(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox, BROKE)
    draft = _automatic(bench)
    bench.passes(seconds=HOUR)
    with pytest.raises(stripe.CardError):
        bench.v1.invoices.pay(draft.id)
    failed = bench.read(draft.id)
    assert (failed.attempt_count, failed.next_payment_attempt) == (1, FIRST + DAY)
    paid = bench.v1.invoices.pay(draft.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.next_payment_attempt) == ("paid", None)
    failures = _failures(bench)
    bench.passes(days=28)
    assert _failures(bench) == failures


def test_no_tries_while_nothing_advances_by_itself(sandbox: Sandbox) -> None:
    bench = open_bench(sandbox)
    final = bench.final(2000)
    assert (final.auto_advance, final.next_payment_attempt) == (False, None)
    bench.passes(days=28)
    assert (bench.read(final.id).status, bench.read(final.id).attempt_count) == ("open", 0)
    resumed = bench.v1.invoices.update(final.id, {"auto_advance": True})
    assert resumed.next_payment_attempt == bench.at + HOUR
    stopped = bench.v1.invoices.update(final.id, {"auto_advance": False})
    assert stopped.next_payment_attempt is None
