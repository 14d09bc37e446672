"""What says that buying needs a subscription first, and leads there. Only the counter and buy import it."""

from __future__ import annotations

from billing.rules.errors import Forbidden
from pages import notices
from pages.parts.tags import Tag, link


class Gate:
    """Built in the current slot, open at first."""

    def __init__(self) -> None:
        self._place = Tag("div")

    def shut(self, refused: Forbidden) -> bool:
        """Shows why nothing can be bought, when it is for want of a subscription; whether it is."""
        address = subscribe_address(refused)
        if address is None:
            return False
        self._place.clear()
        with self._place, notices.box("warn", "Buying needs a subscription.", refused.sentence):
            link("See the plans", address, "btn")
        return True


def subscribe_address(refused: Forbidden) -> str | None:
    """Where one subscribes: an address of our own, or none."""
    address = refused.details.get("subscribe")
    own = isinstance(address, str) and address.startswith("/") and not address.startswith("//")
    return str(address) if own else None
