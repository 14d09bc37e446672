"""The stepper of a purchase: payment confirmed, verified, credits added. The pages buy and receipt show it.

`progress` decides what may be said, from the order alone and what this browser claims; `Stepper` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.rules.orders import Order, OrderState, Surface
from pages.parts import format as written
from pages.parts.tags import Tag, heard
from pages.words import N_, _, worded


class Mark(StrEnum):
    """How far a step is. The value is a style's name; people hear the words of SPOKEN."""

    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"
    FAILED = "failed"


SPOKEN = {Mark.DONE: N_("done"), Mark.CURRENT: N_("in progress"), Mark.AHEAD: N_("to come"), Mark.FAILED: N_("failed")}
SIGN = {Mark.DONE: "✓", Mark.CURRENT: "◐", Mark.AHEAD: "○", Mark.FAILED: "✕"}
NOT_YET = N_("No payment has arrived yet. If you have just paid, it is being confirmed and appears here by itself.")
CLOSED = N_("This purchase was closed. Nothing was charged.")
EXPIRED = N_("This checkout expired. Nothing was charged.")
LABELS = (N_("Payment confirmed"), N_("Verified"), N_("Credits added"))

BANKS = (
    N_("Your card was declined."),
    N_("Your card has insufficient funds."),
    N_("Your card has expired."),
    N_("Your card's security code is incorrect."),
    N_("Your card number is incorrect."),
    N_("The payment was declined."),
)
"""What Stripe usually says of a payment that failed: it keeps the sentence in English, so it is said anew here."""

_DONE, _NOW, _AHEAD, _FAILED = Mark.DONE, Mark.CURRENT, Mark.AHEAD, Mark.FAILED


@dataclass(frozen=True, slots=True)
class Progress:
    """One sentence, and the mark of each step."""

    sentence: str
    marks: tuple[Mark, Mark, Mark]

    @property
    def is_moving(self) -> bool:
        """Whether the next step comes by itself; then a person may wait, and may be told when it takes long."""
        return _NOW in self.marks and self.marks[0] is _DONE


def progress(order: Order, *, claimed: bool = False, viewer: str = "") -> Progress:
    """`claimed`: this browser heard that the payment succeeded. Only the ledger makes the last step done.

    `viewer` is the account that looks: it may have paid for another one.
    """
    if order.state is OrderState.CREDITED:
        return Progress(_added(order, viewer), (_DONE, _DONE, _DONE))
    if order.state is OrderState.PROCESSING:
        return Progress(
            _("The bank is still working on the payment. This can take days; you can leave this page."),
            (_DONE, _NOW, _AHEAD),
        )
    if claimed:
        return Progress(
            _("Paid. We are waiting for Stripe's confirmation, then the credits are added."), (_DONE, _NOW, _AHEAD)
        )
    if order.state is OrderState.FAILED:
        why = (ended(worded(order.failure_text or BANKS[-1])), _("No money was taken."))
        return Progress(" ".join(why), (_FAILED, _AHEAD, _AHEAD))
    if order.state is OrderState.CANCELED:
        return Progress(_(CLOSED if order.surface is Surface.ELEMENTS else EXPIRED), (_FAILED, _AHEAD, _AHEAD))
    return Progress(_(NOT_YET), (_NOW, _AHEAD, _AHEAD))


def ended(sentence: str) -> str:
    """A sentence of somebody else's with a full stop, whatever they ended it with."""
    return sentence if sentence.endswith((".", "。", "!", "?")) else f"{sentence}."


def _added(order: Order, viewer: str) -> str:
    if viewer in ("", order.account_id):
        return _("{credits} were added to your balance.", credits=written.counted(order.gives))
    return _(
        "{credits} were added to the balance of {account}.",
        credits=written.counted(order.gives), account=order.account_id,
    )  # fmt: skip


class Stepper:
    """The three steps as a list, with one live sentence above. Built in the current slot."""

    def __init__(self, order: Order, *, claimed: bool = False, viewer: str = "") -> None:
        self._viewer = viewer
        self.progress = progress(order, claimed=claimed, viewer=viewer)
        self._sentence = Tag("p", classes="steps-said", role="status", aria_live="polite")
        with Tag("ol", classes="steps", aria_label=_("Progress of the payment")):
            self._steps = [Step(_(label)) for label in LABELS]
        self.show(order, claimed=claimed)

    def show(self, order: Order, *, claimed: bool = False) -> None:
        """The same list at another moment; nothing is drawn anew, so a screen reader hears the change only."""
        self.progress = progress(order, claimed=claimed, viewer=self._viewer)
        self._sentence.text = self.progress.sentence
        for place, (mark, step) in enumerate(zip(self.progress.marks, self._steps, strict=True)):
            step.show(mark, _detail(order, place) if mark is _DONE else "")


class Step:
    """One step of the list: its sign, its name and what is known about it."""

    def __init__(self, label: str) -> None:
        with Tag("li") as self._item:
            self._sign = Tag("span", classes="step-sign", aria_hidden="true")
            with Tag("span", classes="step-text"):
                with Tag("span", label, "step-name"):
                    self._spoken = heard("")
                self._detail = Tag("span", classes="step-detail")

    def show(self, mark: Mark, detail: str) -> None:
        """`detail` stands under the name; empty when there is nothing to add."""
        self._item.classes(replace=f"step step-{mark}")
        self._item.put("aria_current", "step" if mark is _NOW else None)
        spoken = _(SPOKEN[mark])
        self._sign.text, self._spoken.text, self._detail.text = SIGN[mark], f" ({spoken})", detail


def _detail(order: Order, place: int) -> str:
    """When Stripe says it was paid, and which ledger entry it became."""
    if place == 1 and order.paid_at is not None:
        return _("by Stripe, {moment}", moment=written.moment_whole(order.paid_at))
    if place == 2 and order.transfer_id is not None:
        moment = written.moment_whole(order.updated_at)
        return _("transaction {id}, {moment}", id=str(order.transfer_id), moment=moment)
    return ""
