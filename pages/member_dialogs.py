"""The dialogs of /organisation: inviting somebody, and changing, removing or handing over to a member.

Only pages/organisation.py uses it. What the browser sends is read here; the verbs decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import invitations, members
from billing.portal import Portal
from billing.rules.errors import BadInput
from billing.rules.organisations import Member, Standing, standing
from pages import notices
from pages.account_picker import STANDINGS
from pages.frame import Work, act
from pages.live import ask
from pages.parts.modal import READ_FORM, Field, Modal, PlainSelect, told
from pages.parts.tags import Tag, button
from pages.words import N_, _, p_, worded

COPY = "(event) => navigator.clipboard?.writeText(event.currentTarget.dataset.copy)"
OFFERED = (Standing.MEMBER, Standing.ADMIN, Standing.OWNER)
ABOUT = N_("What they are, or whether they stay.")
NOW = {
    Standing.MEMBER: N_("{name} is a member now."),
    Standing.ADMIN: N_("{name} is an admin now."),
    Standing.OWNER: N_("{name} is an owner now."),
}

Reread = Callable[[], Awaitable[None]]


class InviteDialog:
    """Asks for an address and a standing, then shows the link, once."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str, reread: Reread) -> None:
        self._portal, self._principal, self._account_id, self._reread = portal, principal, account_id, reread
        self._modal = Modal(_("Invite somebody"), safe=_("Close"))
        with self._modal:
            form = Tag("form", novalidate="", classes="stack").mark("invite-form")
            self._made = Tag("div", classes="stack", role="status").mark("invite-link")
        with form:
            hint = _("Only somebody who signs in with it can accept. Empty: whoever has the link.")
            self._email = Field("input", "email", _("Mail address"), hint, type="email")
            self._standing = Field(_select, "standing", p_("a role in an organisation", "As"))
            self._wrong = Tag("p", classes="field-error", role="alert").mark("invite-error")
            with Tag("div", classes="actions"):
                Tag("button", _("Make a link"), "btn primary", type="submit")
        form.on("submit", _handler(self, self._invite, self._say), js_handler=READ_FORM)

    def show(self) -> None:
        """Opens it; a link made before is gone from it."""
        self._made.clear()
        self._say("")
        self._email.clear()
        self._modal.show()

    async def _invite(self, event: GenericEventArguments) -> None:
        self._email.clear()
        self._say("")
        by = self._principal.actor
        try:
            wanted, email = standing(told(event.args, "standing")), told(event.args, "email")
            _made, token = await ask(invitations.invite, self._portal, self._account_id, wanted, by, email)
        except BadInput as refused:
            self._email.refuse(worded(refused.sentence))
            return
        self._show_link(invitations.link(self._portal, token))
        await self._reread()

    def _show_link(self, address: str) -> None:
        self._made.clear()
        with self._made:
            Tag("p", _("Send this link. It is shown only now, works once and for a week."), "strong")
            Tag("p", address, "code wraps").mark("link")
            button(_("Copy the link"), data_copy=address).on("click", js_handler=COPY)

    def _say(self, sentence: str) -> None:
        self._wrong.text = sentence

    def bound(self) -> tuple[Portal, Principal, Action, str]:
        """Whose events they are, and what they need."""
        return self._portal, self._principal, Action.MANAGE_MEMBERS, self._account_id


class MemberDialog:
    """Changes one member, or lets the person leave; every act asks for a second press, here."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str, reread: Reread) -> None:
        self._portal, self._principal, self._account_id, self._reread = portal, principal, account_id, reread
        self._member: Member | None = None
        self._modal = Modal(_("Member"))
        with self._modal:
            self._about = Tag("p")
            with Tag("form", novalidate="", classes="stack").mark("standing-form") as self._form:
                Field(_select, "standing", _("Make them"))
                Tag("button", p_("somebody's role", "Change"), "btn primary", type="submit").mark("member-change")
            self._wrong = Tag("p", classes="field-error", role="alert").mark("member-error")
            with Tag("div", classes="actions"):
                removes = _handler(self, self._remove, self._say)
                self._ends = button(_("Remove"), removes, "danger").mark("member-remove")
                self._hands = button(_("Hand the organisation over"), _handler(self, self._transfer, self._say))
                self._hands.mark("member-transfer")
        self._form.on("submit", _handler(self, self._change, self._say), js_handler=READ_FORM)

    def opener(self, member: Member) -> Callable[[], None]:
        """What opens it for this member; bound here, so that the browser names nobody."""

        def opens() -> None:
            self._member = member
            is_self, owns = member.person_id == self._principal.id, self._principal.standing is Standing.OWNER
            self._modal.heading.text = _("Leave this organisation?") if is_self else member.name
            leaving, staying = (
                _("You will no longer see or use its credits."),
                _("What they are, or whether they stay."),
            )
            self._about.text = leaving if is_self else staying
            self._ends.text = _("Leave") if is_self else _("Remove {name}", name=member.name)
            self._form.set_visibility(not is_self)
            self._hands.set_visibility(owns and not is_self)
            self._say("")
            self._modal.show()

        return opens

    async def _change(self, event: GenericEventArguments) -> None:
        wanted = standing(told(event.args, "standing"))
        if self._member is not None:
            said = _(NOW[wanted], name=self._member.name)
            await self._done(members.change, self._member.person_id, wanted, said=said)

    async def _remove(self, _event: GenericEventArguments) -> None:
        if self._member is not None:
            await self._done(
                members.remove, self._member.person_id, said=_("{name} is a member no more.", name=self._member.name)
            )
            if self._member.person_id == self._principal.id:
                ui.navigate.to("/")

    async def _transfer(self, _event: GenericEventArguments) -> None:
        if self._member is not None:
            await self._done(
                members.transfer, self._member.person_id, said=_("{name} owns it now.", name=self._member.name)
            )

    async def _done(self, verb: Callable[..., None], *given: Any, said: str) -> None:
        await ask(_carried_out, verb, self._portal, self._account_id, *given, self._principal.actor)
        self._modal.shut()
        notices.said(said)

    def _say(self, sentence: str) -> None:
        self._wrong.text = sentence

    def bound(self) -> tuple[Portal, Principal, Action, str]:
        """Whose events they are; leaving needs no more than being there, and the verbs judge all the rest."""
        return self._portal, self._principal, Action.VIEW_MEMBERS, self._account_id


def _handler(dialog: InviteDialog | MemberDialog, work: Work, tell: Callable[[str], None]) -> Work:
    portal, principal, action, account_id = dialog.bound()
    return act(portal, principal, action, work, account_id=account_id, tell=tell)


def _carried_out(verb: Callable[..., None], portal: Portal, account_id: str, *given: Any) -> bool:
    verb(portal, account_id, *given)
    return True


def _select(**props: Any) -> PlainSelect:
    return PlainSelect([(each.value, _(STANDINGS[each])) for each in OFFERED], Standing.MEMBER.value, **props)
