"""Paying on a page of the provider's own. pages/counter/counter.py picks it for its surface."""

from __future__ import annotations

import json

from nicegui import ui

from billing.purchases import Checkout
from pages.counter.visit import Settle, Visit
from pages.parts.tags import Tag, focus, link
from pages.words import N_, _

LEAVE = "history.replaceState({{}}, '', {back}); location.assign({address});"
LEAVING = N_("You are on your way to the payment page. Afterwards it brings you back here, to your receipt.")


class HostedWay:
    """Sends the browser there, in the same window. A link stays for whoever comes back by the browser's own button."""

    def __init__(self, visit: Visit, settle: Settle) -> None:  # noqa: ARG002  the receipt settles it
        self._visit = visit
        with Tag("section", classes="pay", aria_label=_("Payment")) as self._section:
            self._heading = Tag("h2", _("Payment"), tabindex="-1")
            Tag("p", _(LEAVING), role="status")
            with Tag("div", classes="actions"):
                self._link = link(_("Go to the payment page"), "/buy", "btn primary")
        self.close()

    @property
    def may_be_left(self) -> bool:
        """Nothing of the payment is in this page."""
        return True

    def open(self, checkout: Checkout, due: str) -> None:  # noqa: ARG002  that page names the amount
        address = checkout.url or ""
        self._link.put("href", address)
        self._section.set_visibility(True)
        focus(self._heading)
        # The way back from there finds this purchase and not an empty counter. Both are one message: between two the
        # browser may be gone before it has noted the way back.
        back = f"/buy?order={checkout.order.id}"
        _sent = ui.run_javascript(LEAVE.format(back=json.dumps(back), address=json.dumps(address)))

    def close(self) -> None:
        self._section.set_visibility(False)
