"""Invitations nobody has taken yet, on /organisation, and /invitation/{token}, where one is taken. app.py mounts it."""

from __future__ import annotations

from functools import partial

from nicegui.events import GenericEventArguments

from auth import sessions
from auth.policy import Action, Principal
from billing import invitations
from billing.portal import Portal
from billing.rules.organisations import Invitation, Standing
from pages import notices
from pages.account_picker import PAGE, STANDINGS
from pages.frame import act, frame, screen
from pages.live import ask, leave_for
from pages.parts import format as written
from pages.parts.tags import Tag, button
from pages.words import N_, _

INVITED = {
    Standing.MEMBER: N_("You are invited to act for it as a member. Its credits are not yours."),
    Standing.ADMIN: N_("You are invited to act for it as an admin. Its credits are not yours."),
    Standing.OWNER: N_("You are invited to act for it as an owner. Its credits are not yours."),
}


def mount(portal: Portal) -> None:
    """Declares the page that a link leads to. Opening it changes nothing; only its button does."""
    if not portal.settings.organisations.enabled:
        return

    @screen("/invitation/{token}", Action.VIEW_ACCOUNT)
    async def invitation(principal: Principal, token: str) -> None:
        found = await ask(invitations.shown, portal, token)
        async with frame(portal, principal, _("Invitation"), ""):
            with Tag("section", classes="panel", aria_label=_("Invitation")):
                Tag("h2", found.title)
                Tag("p", _(INVITED[found.standing]))
                accepts = act(portal, principal, Action.VIEW_ACCOUNT, partial(_accept, portal, principal, token))
                with Tag("div", classes="actions"):
                    button(_("Accept the invitation"), accepts, "primary").mark("accept")


async def _accept(portal: Portal, principal: Principal, token: str, _event: GenericEventArguments) -> None:
    await ask(_accepted, portal, principal, token)
    leave_for(PAGE)


def _accepted(portal: Portal, principal: Principal, token: str) -> bool:
    taken = invitations.accept(portal, token, principal.id, principal.email)
    sessions.act_for(portal, principal, taken.account_id)
    return True


class OpenInvitations:
    """The list for those who manage members; `show` reads it again."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        with Tag("section", classes="panel", aria_labelledby="open-invitations") as self._panel:
            self._heading = Tag("h2", _("Open invitations"), id="open-invitations", tabindex="-1")
            self._list = Tag("ul", classes="cards-saved")

    async def show(self) -> None:
        """What can still be accepted; nothing at all when there is none."""
        found = await ask(invitations.listing, self._portal, self._account_id)
        self._panel.set_visibility(bool(found))
        self._list.clear()
        with self._list:
            for each in found:
                self._row(each)

    def _row(self, each: Invitation) -> None:
        whose = each.email or _("whoever has the link")
        with Tag("li", classes="pending"):
            with Tag("div", classes="grow"):
                Tag("span", _("{standing}: {whose}", standing=_(STANDINGS[each.standing]), whose=whose), "strong")
                Tag("div", _("until {moment}", moment=written.moment(each.expires_at)), "caption")
            ends = act(
                self._portal, self._principal, Action.MANAGE_MEMBERS, partial(self._end, each),
                account_id=self._account_id,
            )  # fmt: skip
            button(_("End it"), ends, "small", aria_label=_("End the invitation of {whose}", whose=whose)).mark(
                f"end-{each.id}"
            )

    async def _end(self, each: Invitation, _event: GenericEventArguments) -> None:
        await ask(_ended, self._portal, self._principal, each)
        notices.said(_("The invitation is ended."))
        await self.show()


def _ended(portal: Portal, principal: Principal, each: Invitation) -> bool:
    invitations.revoke(portal, each.account_id, each.id, principal.actor)
    return True
