"""/settings/sessions: where somebody is signed in, and how to end that, one by one or everywhere. app.py mounts it.

A session that is ended closes its open pages at once: they hear of it as they hear of credits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth import sessions
from auth.policy import Action, Principal
from auth.sessions import SessionRow
from billing.portal import Portal
from pages import notices
from pages.frame import Work, act, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.modal import Modal
from pages.parts.tags import Tag, button, chip, focus, when
from pages.settings import PATH, settings_frame
from pages.words import N_, _

PAGE = f"{PATH}/sessions"
SOME_BROWSER = N_("A browser")
"""What a session is called whose browser is not known."""


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PAGE, Action.VIEW_ACCOUNT)
    async def page(principal: Principal) -> None:
        async with settings_frame(portal, principal, PAGE):
            shown = Sessions(portal, principal)
            if principal.account_id is not None:
                follow(portal, principal, principal.account_id, shown.show)
            await shown.show()


class Sessions:
    """The list; `show` reads it again."""

    def __init__(self, portal: Portal, principal: Principal) -> None:
        self._portal, self._principal = portal, principal
        with Tag("section", classes="panel", aria_labelledby="signed-in"):
            with Tag("div", classes="row apart"):
                self._heading = Tag("h2", _("Where you are signed in"), id="signed-in", tabindex="-1")
                button(_("Sign out everywhere…"), self._opens).mark("everywhere")
            self._list = Tag("ul", classes="cards-saved").mark("sessions")
        self._modal = Modal(_("Sign out everywhere?"))
        with self._modal:
            Tag("p", _("Every session ends at once, this one too. What programs do with API keys goes on."))
            self._wrong = Tag("p", classes="field-error", role="alert")
            with Tag("div", classes="actions"):
                ends = self._handler(self._end_all, self._say)
                button(_("Sign out everywhere"), ends, "danger").mark("end-all")

    async def show(self) -> None:
        """Those that are open now, the latest first."""
        found = await ask(sessions.of_person, self._portal, self._principal)
        self._list.clear()
        with self._list:
            for each in found:
                self._row(each)

    def _row(self, each: SessionRow) -> None:
        """Its button has a listener of its own, bound to its session: the browser names nothing."""
        device = each.device or _(SOME_BROWSER)
        with Tag("li", classes="pending"):
            with Tag("div", classes="grow"):
                Tag("span", device, "strong")
                with Tag("div", classes="caption spaced"):
                    when(each.begun_at, _("Signed in {moment}", moment=written.moment(each.begun_at)))
                    seen = written.ago(each.seen_at, self._portal.clock())
                    when(each.seen_at, _("Last seen {moment}", moment=seen))
            if each.is_this:
                chip(_("This one"), "info", "●")
            else:
                ends = self._handler(partial(self._end, each))
                whose = _("End the session: {device}", device=device)
                button(_("End it"), ends, "small", aria_label=whose).mark("end-session")

    def _opens(self) -> None:
        self._say("")
        self._modal.show()

    async def _end(self, each: SessionRow, _pressed: GenericEventArguments) -> None:
        await ask(_ended, self._portal, self._principal, each)
        notices.said(_("The session is ended."))
        await self.show()
        focus(self._heading)

    async def _end_all(self, _pressed: GenericEventArguments) -> None:
        await ask(_all_ended, self._portal, self._principal)
        ui.navigate.to("/sign-in?why=signed-out")

    def _say(self, sentence: str) -> None:
        self._wrong.text = sentence

    def _handler(self, work: Work, tell: Callable[[str], None] = notices.refused) -> Work:
        return act(self._portal, self._principal, Action.VIEW_ACCOUNT, work, tell=tell)


def _ended(portal: Portal, principal: Principal, each: SessionRow) -> bool:
    sessions.end_other(portal, principal, each.id)
    return True


def _all_ended(portal: Portal, principal: Principal) -> bool:
    sessions.end_all(portal, principal.id)
    return True
