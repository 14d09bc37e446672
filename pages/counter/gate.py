"""What says that buying needs something else first, and leads there. Only pages/counter and buy import it."""

from __future__ import annotations

from billing import organisations, subscriptions
from billing.rules.errors import Forbidden, GatewayUnavailable
from pages import notices
from pages.counter.visit import Visit
from pages.live import ask
from pages.parts.tags import Tag, link
from pages.words import N_, _, worded

WANTS = {
    "subscribe": (N_("Buying credits needs a subscription."), N_("See the plans")),
    "organisations": (N_("Buying needs an organisation."), N_("See your organisations")),
}
"""What a refusal may name as missing, and the way to it."""


class Gate:
    """Built in the current slot, open at first."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._place = Tag("div")

    async def is_shut(self) -> bool:
        """Whether nothing can be bought, said before anybody chooses; an answer that does not come is no refusal."""
        try:
            await ask(_passes, self._visit)
        except GatewayUnavailable:
            return False
        except Forbidden as refused:
            return self.shut(refused)
        return False

    def shut(self, refused: Forbidden) -> bool:
        """Shows why nothing can be bought, when it is for want of a subscription or an organisation; whether it is."""
        for detail, (heading, way) in WANTS.items():
            address = str(refused.details.get(detail) or "")
            # a link of ours leads to a place of ours
            if address.startswith((f"{self._visit.portal.settings.public_url}/", "/plan")):
                self._place.clear()
                with self._place, notices.box("warn", _(heading), worded(refused.sentence)):
                    link(_(way), address, "btn")
                return True
        return False


def _passes(visit: Visit) -> bool:
    organisations.assert_buys(visit.portal, visit.account_id)
    subscriptions.assert_open(visit.portal, visit.receiver.id)
    return True
