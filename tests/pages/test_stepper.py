"""What a page may say about a purchase: the ledger alone makes it done, and a claim of the browser never does."""

from dataclasses import replace

import pytest

from billing.rules.money import Credits, Money
from billing.rules.orders import Order, OrderState, Surface
from pages.parts.settling import links
from pages.parts.stepper import LABELS, Mark, progress

ORDER = Order(
    "ord_1", "acc_1", "usr_1", "standard", "Standard", "price_1", Money(1800, "USD"), Credits.whole(2000),
    OrderState.OPEN, False, "cus_1", "pi_1", "scrip:ord_1", None, None, 0, 0, None, None,
    "acc_1", Surface.ELEMENTS, None, 0,
)  # fmt: skip


def in_state(state: OrderState, failure_text: str | None = None) -> Order:
    return replace(ORDER, state=state, failure_text=failure_text)


@pytest.mark.parametrize("claimed", [False, True])
@pytest.mark.parametrize("state", [state for state in OrderState if state is not OrderState.CREDITED])
def test_no_step_is_said_to_have_added_credits_before_the_ledger_did(state: OrderState, claimed: bool) -> None:
    said = progress(in_state(state), claimed=claimed)
    assert said.marks[2] is not Mark.DONE
    assert "were added" not in said.sentence


def test_a_credited_order_is_done_whatever_the_browser_claims() -> None:
    for claimed in (False, True):
        said = progress(in_state(OrderState.CREDITED), claimed=claimed)
        assert (said.marks, said.sentence) == ((Mark.DONE,) * 3, "2,000 credits were added to your balance.")


def test_exactly_one_step_is_current_while_something_is_expected() -> None:
    for state in (OrderState.NEW, OrderState.OPEN, OrderState.PROCESSING):
        for claimed in (False, True):
            assert progress(in_state(state), claimed=claimed).marks.count(Mark.CURRENT) == 1
    assert len(LABELS) == 3


def test_only_what_comes_by_itself_is_waited_for() -> None:
    moving = {state for state in OrderState if progress(in_state(state)).is_moving}
    assert moving == {OrderState.PROCESSING}
    assert progress(in_state(OrderState.OPEN), claimed=True).is_moving


def test_a_decline_says_why_and_that_no_money_was_taken() -> None:
    said = progress(in_state(OrderState.FAILED, "Your card has insufficient funds."))
    assert said.sentence == "Your card has insufficient funds. No money was taken."
    assert said.marks[0] is Mark.FAILED


def test_an_old_decline_does_not_hide_that_the_next_card_paid() -> None:
    """The webhook of the first card may come after the second card was confirmed."""
    assert progress(in_state(OrderState.FAILED, "Declined."), claimed=True).marks[0] is Mark.DONE


def test_an_open_order_is_never_said_to_have_taken_no_money() -> None:
    """A payment that does not match its order is parked: the order stays open although somebody paid."""
    assert "No money" not in progress(in_state(OrderState.OPEN)).sentence


@pytest.mark.parametrize(
    ("state", "claimed", "texts"),
    [
        (OrderState.OPEN, False, ["Continue to pay"]),
        (OrderState.FAILED, False, ["Try again"]),
        (OrderState.OPEN, True, ["Receipt", "Overview"]),
        (OrderState.PROCESSING, False, ["Receipt", "Overview"]),
        (OrderState.CREDITED, True, ["Receipt", "Overview"]),
        (OrderState.CANCELED, False, ["Buy again"]),
    ],
)
def test_the_ways_on_never_lead_to_paying_what_may_be_paid_already(
    state: OrderState, claimed: bool, texts: list[str]
) -> None:
    found = links(in_state(state), claimed=claimed, at_receipt=False)
    assert [text for text, _ in found] == texts
    assert all(text != "Receipt" for text, _ in links(in_state(state), claimed=claimed, at_receipt=True))
