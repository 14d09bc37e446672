"""What every page warns of besides its content: two notices at most, the rest behind "n more". pages/frame.py uses it.

They follow the account while the page is open. What somebody puts away stays away for them until the next threshold;
that no real money moves, that nothing is left or that credits are owed cannot be put away.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import alert_notices
from billing.alert_notices import Notice, Warnings
from billing.portal import Portal
from billing.rules.alerts import AlertKind
from billing.rules.errors import ScripError
from billing.rules.money import Credits
from pages import notices
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.tags import Tag, button, link
from pages.words import _, n_

SHOWN = 2
Work = Callable[[GenericEventArguments], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Said:
    """One notice. What has a `notice` can be put away; buying credits ends what `is_bought` away."""

    tone: str
    heading: str
    sentence: str
    notice: Notice | None = None
    is_bought: bool = False


class Shown:
    """The notices of one page, built in the current slot; `show` reads them again.

    `always` is said first. `guarded` makes a handler that asks again who presses.
    """

    def __init__(
        self, portal: Portal, principal: Principal, always: Said | None, guarded: Callable[[Work], Work]
    ) -> None:
        self._portal, self._principal, self._always, self._guarded = portal, principal, always, guarded
        self._place = Tag("div", classes="stack tight").mark("warnings")
        if principal.account_id is not None:
            follow(portal, principal, principal.account_id, self.show)

    async def show(self) -> None:
        """What is true now; of the account nothing while it cannot be read, which the page says in its own words."""
        found = [] if self._always is None else [self._always]
        with suppress(ScripError):
            found.extend(await self._of_account())
        self._place.clear()
        with self._place:
            for each in found[:SHOWN]:
                self._draw(each)
            if len(found) > SHOWN:
                with Tag("details", classes="more stack tight"):
                    Tag("summary", n_("{n} more notice", "{n} more notices", len(found) - SHOWN))
                    for each in found[SHOWN:]:
                        self._draw(each)

    async def _of_account(self) -> Iterator[Said]:
        account_id = self._principal.account_id
        if account_id is None:
            return iter(())
        found = await ask(alert_notices.of_account, self._portal, account_id, self._principal.id)
        buys = self._portal.settings.sells_credits and may(self._principal, Action.BUY, account_id)
        return said(found, buys=buys)

    def _draw(self, each: Said) -> None:
        with notices.box(each.tone, each.heading, each.sentence):
            if each.is_bought:
                link(_("Buy credits"), "/buy")
            if each.notice is not None:
                puts_away = self._guarded(partial(self._put_away, each.notice))
                whose = _("Dismiss: {heading}", heading=each.heading)
                button(_("Dismiss"), puts_away, "quiet small", aria_label=whose).mark("put-away")

    async def _put_away(self, notice: Notice, _pressed: GenericEventArguments) -> None:
        account_id = self._principal.account_id or ""
        await ask(alert_notices.put_away, self._portal, account_id, self._principal.id, notice.read)
        await self.show()


def said(found: Warnings, *, buys: bool) -> Iterator[Said]:
    """The most pressing first: what is owed, that nothing is left, then what somebody wanted to be told of."""
    if found.owed.micro:
        heading = _("You owe {credits}.", credits=written.counted(found.owed))
        yield Said("danger", heading, _("The next credits you buy pay them first."), is_bought=buys)
    elif found.is_empty:
        blocked = _("Whatever spends credits is refused until you buy some.")
        yield Said("warn", _("No credits are available."), blocked, is_bought=buys)
    for each in sorted(found.shown, key=lambda each: list(WORDS).index(each.kind)):
        if each.kind is not AlertKind.BALANCE or found.left.micro > 0:
            heading, sentence = WORDS[each.kind](each, found)
            yield Said("warn", heading, sentence, each, is_bought=buys and each.kind is not AlertKind.SPENDING)


def _low(each: Notice, found: Warnings) -> tuple[str, str]:
    level, left = written.counted(Credits(each.level)), written.counted(found.left)
    return _("Fewer than {level} left.", level=level), _("Now: {credits}.", credits=left)


def _runs_out(each: Notice, _found: Warnings) -> tuple[str, str]:
    heading = n_("Your credits last less than {n} day.", "Your credits last less than {n} days.", each.level)
    return heading, _("That is at the rate of the last 7 days.")


def _expire(each: Notice, _found: Warnings) -> tuple[str, str]:
    credits, day = written.counted(each.amount), written.day(each.ends)
    return _("{credits} expire on {day}.", credits=credits, day=day), _("They are used before all others.")


def _spent(each: Notice, _found: Warnings) -> tuple[str, str]:
    level = written.counted(Credits(each.level))
    return _("This month's use has reached {level}.", level=level), _("An alert stops nothing.")


WORDS: dict[AlertKind, Callable[[Notice, Warnings], tuple[str, str]]] = {
    AlertKind.BALANCE: _low,
    AlertKind.RUNWAY: _runs_out,
    AlertKind.EXPIRY: _expire,
    AlertKind.SPENDING: _spent,
}
"""In this order."""
