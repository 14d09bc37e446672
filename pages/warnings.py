"""What every page warns of besides its content: two notices at most, the rest behind "n more". pages/frame.py uses it.

They follow the account while the page is open. What somebody puts away stays away for them until the next threshold;
what stops them, or that no real money moves, cannot be put away. Which comes first, rules/notices.py decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import alert_notices
from billing.alert_notices import Notice, Warnings
from billing.portal import Portal
from billing.rules.errors import ScripError
from billing.rules.notices import About, Facts, split, to_tell
from pages import notices
from pages.live import ask, follow
from pages.parts.tags import Tag, button, link
from pages.warning_words import Said, said
from pages.words import _, n_

Work = Callable[[GenericEventArguments], Awaitable[None]]


class Shown:
    """The notices of one page, built in the current slot; `show` reads them again.

    `always` is said whatever the account is like. `guarded` makes a handler that asks again who presses.
    """

    def __init__(
        self, portal: Portal, principal: Principal, always: dict[About, Said], guarded: Callable[[Work], Work],
        *, buying: bool = False,
    ) -> None:  # fmt: skip
        self._portal, self._principal, self._always, self._guarded = portal, principal, always, guarded
        self._buying = buying
        self._place = Tag("div", classes="stack tight").mark("warnings")
        self._drawn: tuple[Sequence[Said], Sequence[Said]] | None = None
        if principal.account_id is not None:
            follow(portal, principal, principal.account_id, self.show)

    async def show(self) -> None:
        """What is true now; of the account nothing while it cannot be read, which the page says in its own words."""
        found = Warnings()
        with suppress(ScripError):
            found = await self._of_account()
        now = shown, more = split(self._told(found), buying=self._buying)
        if now == self._drawn:
            return  # who is about to press one, or opened the rest, must not find them drawn anew
        self._drawn = now
        self._place.clear()
        with self._place:
            for each in shown:
                self._draw(each)
            if more:
                with Tag("details", classes="more stack tight"):
                    Tag("summary", n_("{n} more notice", "{n} more notices", len(more)))
                    for each in more:
                        self._draw(each)

    async def _of_account(self) -> Warnings:
        account_id = self._principal.account_id
        if account_id is None:
            return Warnings()
        return await ask(alert_notices.of_account, self._portal, account_id, self._principal.id)

    def _told(self, found: Warnings) -> list[tuple[About, Said]]:
        facts = Facts(
            is_real=About.NOT_REAL not in self._always, is_viewing=About.VIEWING in self._always,
            subscription=found.subscription, disputed=found.disputed, owed=found.owed, left=found.left,
            is_empty=found.is_empty, alarms=frozenset(each.kind for each in found.shown),
        )  # fmt: skip
        pays = may(self._principal, Action.BUY, self._principal.account_id)
        buys = pays and self._portal.settings.sells_credits and not self._buying
        told = [(about, self._always.get(about) or said(about, found)) for about in to_tell(facts)]
        return [(about, _open_to(each, buys=buys, pays=pays)) for about, each in told]

    def _draw(self, each: Said) -> None:
        with notices.box(each.tone, each.heading, each.sentence):
            if each.adds is not None:
                each.adds()
            if each.way is not None:
                link(*each.way)
            if each.notice is not None:
                puts_away = self._guarded(partial(self._put_away, each.notice))
                whose = _("Dismiss: {heading}", heading=each.heading)
                button(_("Dismiss"), puts_away, "quiet small", aria_label=whose).mark("put-away")

    async def _put_away(self, notice: Notice, _pressed: GenericEventArguments) -> None:
        account_id = self._principal.account_id or ""
        await ask(alert_notices.put_away, self._portal, account_id, self._principal.id, notice.read)
        await self.show()


def _open_to(each: Said, *, buys: bool, pays: bool) -> Said:
    """Without the way that is shut to whoever looks: not everybody buys, and here they may be buying already."""
    if each.way is None:
        return each
    is_open = {"/buy": buys, "/plan": pays}.get(each.way[1], True)
    return each if is_open else replace(each, way=None)
