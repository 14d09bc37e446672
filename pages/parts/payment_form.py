"""The card form with its Pay button, and what the bank says about it. The page buy shows it.

It knows no order: it is told what to ask for, and tells its owner what the browser heard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from nicegui.events import GenericEventArguments

from billing.settings_form import Settings
from pages.parts.payment_element import Failure, PaymentElement, failure
from pages.parts.stepper import ended
from pages.parts.tags import Tag, button, focus
from pages.words import N_, _

CHECKING = N_("We are checking whether the payment went through. Do not pay again.")
BLOCKED = N_(
    "The card form could not be loaded. A content blocker or the network may be stopping Stripe, who takes the card. "
    "No money was taken."
)
TEST_CARDS = (
    ("4242 4242 4242 4242", N_("pays")),
    ("4000 0000 0000 0002", N_("is declined")),
    ("4000 0000 0000 9995", N_("has too little money")),
    ("4000 0027 6000 3184", N_("asks for 3-D Secure")),
)


class Phase(StrEnum):
    """What the form is doing; the value is a style's name."""

    CLOSED = "closed"
    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    BROKEN = "broken"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Ears:
    """Whom the form tells. Each is an event handler of the page, so it has asked who is asking."""

    paid: Callable[[GenericEventArguments], object]
    processing: Callable[[GenericEventArguments], object]
    failed: Callable[[GenericEventArguments], object]


class PaymentForm:
    """Built in the current slot, closed at first; Stripe.js loads meanwhile."""

    def __init__(self, settings: Settings, ears: Ears) -> None:
        self.phase = Phase.CLOSED
        self._due = ""
        with Tag("section", classes="pay", aria_label=_("Payment")) as self.element:
            self.heading = Tag("h2", _("Payment"), tabindex="-1")
            self._card = PaymentElement(
                script_url=settings.stripe.js_url, publishable_key=settings.stripe.publishable_key or "",
                ready=lambda: self._heard(Phase.READY, Phase.LOADING),
                loaderror=lambda: self._heard(Phase.BROKEN, Phase.LOADING, Phase.READY),
                busy=self._busy,
                succeeded=ears.paid, processing=ears.processing, failed=ears.failed,
            )  # fmt: skip
            self.message = Tag("p", classes="pay-said", role="alert", tabindex="-1")
            with Tag("div", classes="actions"):
                self._pay = button(_("Pay"), classes="primary")
                self._again = button(_("Try to load it again"), self._retry)
            self._card.on_click_of(self._pay)
            if settings.mode != "live":
                show_test_cards()
        self._turn(Phase.CLOSED)

    def open(
        self,
        due: str,
        client_secret: str,
        customer_session_secret: str | None,
        return_url: str,
        *,
        asks_bank: bool = False,
    ) -> None:
        """Shows the form for a payment of `due`, an amount as people read it.

        `asks_bank`: where a card was charged and its bank only waits for an answer, it is asked for at once.
        """
        self._due, self.message.text = due, ""
        self._card.open(client_secret, customer_session_secret, return_url, asks_bank=asks_bank)
        self._turn(Phase.LOADING)
        focus(self.heading)

    @property
    def may_be_left(self) -> bool:
        """Not while a payment is on its way, for then nobody knows how it ends."""
        return self.phase not in (Phase.BUSY, Phase.CHECKING)

    def close(self) -> None:
        """Puts the form away; what was typed into it goes with it."""
        self._card.close()
        self._turn(Phase.CLOSED)

    def decline(self, told: Failure) -> None:
        """The same form again, with the reason beside it and the focus on the reason."""
        reason = ended(told.message or _("The payment was not accepted."))
        comfort = _("No money was taken. You can correct the card, or use another one.")
        self.refuse(f"{reason} {comfort}")

    def refuse(self, sentence: str) -> None:
        """The form stays as it was filled in; `sentence` says why it did not pay."""
        self._turn(Phase.READY)
        self.message.text = sentence
        focus(self.message)

    def check(self) -> None:
        """Nobody knows yet whether money moved, so nobody may pay."""
        self._turn(Phase.CHECKING)
        self.message.text = _(CHECKING)
        focus(self.message)

    def _busy(self, event: GenericEventArguments) -> None:
        busy = isinstance(event.args, dict) and event.args.get("busy") is True
        if busy and self.phase is Phase.READY:
            self.message.text = ""
            self._turn(Phase.BUSY)

    def _retry(self) -> None:
        self._turn(Phase.LOADING)
        self._card.retry()

    def _heard(self, phase: Phase, *only_from: Phase) -> None:
        """A browser may say "ready" at any time; that must not bring back a form that is closed or being checked."""
        if self.phase in only_from:
            self._turn(phase)

    def _turn(self, phase: Phase) -> None:
        self.phase = phase
        self.element.classes(remove=" ".join(f"pay-{each}" for each in Phase), add=f"pay-{phase}")
        self.element.set_visibility(phase is not Phase.CLOSED)
        self._card.set_visibility(phase is not Phase.BROKEN)
        self._pay.set_visibility(phase not in (Phase.BROKEN, Phase.CHECKING))
        self._again.set_visibility(phase is Phase.BROKEN)
        self._pay.text = _("Paying …") if phase is Phase.BUSY else _("Pay {due}", due=self._due)
        # Not `disabled`: that would throw the focus away. stripe_payment.js itself refuses a second click.
        self._pay.put("aria_disabled", None if phase is Phase.READY else "true")
        if phase is Phase.BROKEN:
            self.message.text = _(BLOCKED)


def told_failure(event: GenericEventArguments) -> Failure:
    """What an event of the form says went wrong."""
    return failure(event.args)


def show_test_cards() -> None:
    """The numbers that do something special while no real money moves."""
    with Tag("details", classes="test-cards"):
        Tag("summary", _("Test cards"))
        Tag("p", _("No real money moves. Any date in the future and any security code will do."))
        with Tag("dl"):
            for number, what in TEST_CARDS:
                with Tag("div"):
                    Tag("dt", number, "mono")
                    Tag("dd", _(what))
