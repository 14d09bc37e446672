"""Stripe's Checkout as an element of our page; its browser half is embedded_checkout.js. Only pages import it.

It tells that somebody finished, not that somebody paid: that is asked of the provider.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from pages.parts.halves import half
from pages.words import _, speech

Told = Callable[[GenericEventArguments], Any] | Callable[[], Any]


class EmbeddedCheckout(ui.element):
    """Loads Stripe.js at once; shows a checkout when `open` hands it the secret of one."""

    def __init__(self, *, script_url: str, publishable_key: str, **told: Told) -> None:
        """`told`: handlers by event: ready, loaderror, completed."""
        super().__init__(half("embedded_checkout"))
        self._props["script-url"] = script_url
        self._props["publishable-key"] = publishable_key
        self._props["locale"] = speech().language
        self._props["loading-text"] = _("Loading Stripe's checkout …")
        for event, handler in told.items():
            self.on(event, handler)

    def open(self, client_secret: str) -> None:
        """Shows the checkout. The secret reaches this page only, over its socket."""
        self._props["client-secret"] = client_secret
        self.update()

    def close(self) -> None:
        """Takes it down; the script stays loaded."""
        self._props["client-secret"] = None
        self.update()

    def retry(self) -> None:
        """Loads again after Stripe.js was blocked or the checkout did not come."""
        _sent = self.run_method("show")
