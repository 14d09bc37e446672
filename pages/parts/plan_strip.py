"""The plan in one line: its name, and what happens next. Only the overview has it; the page plan tells it all."""

from __future__ import annotations

from billing.rules.plans import PlanTerms
from billing.rules.subscriptions import Subscription
from pages.parts import format as written
from pages.parts.plan_cards import UNNAMED, WORDS
from pages.parts.tags import Tag, chip, link
from pages.words import _


class PlanStrip:
    """Built in the current slot; `show` fills it."""

    def __init__(self) -> None:
        self._place = Tag("section", classes="strip", aria_label=_("Your plan")).mark("plan-strip")
        self._place.set_visibility(False)

    def show(self, found: Subscription | None, terms: PlanTerms | None) -> None:
        """The subscription that counts, or the plan that everybody has without one, if there is one."""
        self._place.clear()
        self._place.set_visibility(found is not None or terms is not None)
        if found is None and terms is None:
            return
        with self._place:
            Tag("span", terms.title if terms else _(UNNAMED), "strong")
            if found is not None:
                word, tone, sign = WORDS.get(found.status, (found.status, "warn", "▲"))
                chip(_(word), tone, sign)
                Tag("span", _next(found), "muted")
            link(_("Plan"), "/plan", "link end")

    def hide(self) -> None:
        """Nothing can be said now."""
        self._place.set_visibility(False)


def _next(found: Subscription) -> str:
    ends = found.ends_at
    if ends is not None:
        return _("Ends on {day}.", day=written.day(ends))
    if found.status == "trialing":
        return _("The trial ends on {day}.", day=written.day(found.trial_end or found.period_end))
    if found.planned is not None:
        return _("Changes on {day}.", day=written.day(found.period_end))
    return _("Renews on {day} for {money}.", day=written.day(found.period_end), money=found.amount)
