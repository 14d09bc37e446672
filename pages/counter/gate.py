"""What says that buying needs a subscription first, and leads there. Only pages/counter and buy import it."""

from __future__ import annotations

from billing import subscriptions
from billing.rules.errors import Forbidden, GatewayUnavailable
from pages import notices
from pages.counter.visit import Visit
from pages.live import ask
from pages.parts.tags import Tag, link
from pages.words import _, worded


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
        """Shows why nothing can be bought, when it is for want of a subscription; whether it is."""
        address = str(refused.details.get("subscribe") or "")
        # a link of ours leads to a place of ours
        if not address.startswith((f"{self._visit.portal.settings.public_url}/", "/plan")):
            return False
        self._place.clear()
        with self._place, notices.box("warn", _("Buying credits needs a subscription."), worded(refused.sentence)):
            link(_("See the plans"), address, "btn")
        return True


def _passes(visit: Visit) -> bool:
    subscriptions.assert_open(visit.portal, visit.receiver.id)
    return True
