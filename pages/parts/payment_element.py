"""Stripe's Payment Element as an element of our page; its browser half is stripe_payment.js. Only pages import it.

Every event is advice from a browser that may lie: it changes what the page says, never what an account owns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from pages.parts.halves import half
from pages.words import _, speech

LONGEST = 300
"""What of a text from the browser is shown, at most."""

LOOK = {
    "colorPrimary": "--primary",
    "colorBackground": "--surface",
    "colorText": "--text",
    "colorTextSecondary": "--muted",
    "colorDanger": "--danger",
}
"""Stripe's names of colours, and the custom properties of our style sheet that hold them in light and dark."""

FIXED = {"borderRadius": "8px", "fontSizeBase": "16px", "spacingUnit": "4px"}

Told = Callable[[GenericEventArguments], Any] | Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a confirmation did not pay, as the browser tells it. `status` is the payment's, when Stripe.js knew it."""

    kind: str
    code: str
    message: str
    status: str

    @property
    def is_definite(self) -> bool:
        """Whether surely nothing was paid; anything else must be looked up before a person may try again."""
        declined = self.kind in ("card_error", "validation_error") and self.status in ("", "requires_payment_method")
        return declined or self.status == "requires_payment_method"


def failure(told: object) -> Failure:
    """The failure in an event, whatever its sender made of it: only short texts survive."""
    parts = told if isinstance(told, Mapping) else {}

    def text(name: str) -> str:
        value = parts.get(name)
        return value[:LONGEST] if isinstance(value, str) else ""

    return Failure(text("type"), text("decline_code") or text("code"), text("message"), text("status"))


class PaymentElement(ui.element):
    """Loads Stripe.js at once; shows the form when `open` hands it a client secret. Its methods run in the browser."""

    def __init__(self, *, script_url: str, publishable_key: str, **told: Told) -> None:
        """`told`: handlers by event: ready, change, loaderror, busy, succeeded, processing, failed."""
        super().__init__(half("stripe_payment"))
        self._props["script-url"] = script_url
        self._props["publishable-key"] = publishable_key
        self._props["appearance"] = {"look": LOOK, "fixed": FIXED}
        self._props["locale"] = speech().language
        self._props["loading-text"] = _("Loading the card form …")
        for event, handler in told.items():
            self.on(event, handler)

    def open(
        self, client_secret: str, customer_session_secret: str | None, return_url: str, *, asks_bank: bool = False
    ) -> None:
        """Shows the form for one payment. The secrets reach this page only, over its socket.

        `asks_bank`: a payment that waits for its bank alone goes on there by itself; the form is for another card.
        """
        self._props["asks-bank"] = asks_bank
        self._props["customer-session-secret"] = customer_session_secret
        self._props["return-url"] = return_url
        self._props["client-secret"] = client_secret
        self.update()

    def close(self) -> None:
        """Takes the form away; the script stays loaded."""
        self._props["client-secret"] = None
        self.update()

    def retry(self) -> None:
        """Loads again after Stripe.js was blocked or the form did not come."""
        _sent = self.run_method("retry")

    def on_click_of(self, button: ui.element) -> None:
        """Lets `button` confirm the payment, within the click itself: a slow socket must not lose the gesture."""
        button.on("click", js_handler=f"() => getElement({self.id}).confirm()")
