"""/organisation: who shares the account acted for, and what they are there; or the way to an organisation of one's own.

app.py mounts it where organisations are enabled.
"""

from __future__ import annotations

from contextlib import suppress

from nicegui.events import GenericEventArguments

from auth import sessions
from auth.policy import Action, Principal, may
from billing import members, organisations, seats
from billing.organisations import Founding
from billing.portal import Portal
from billing.rules.errors import BadInput, Unavailable
from billing.rules.organisations import Member, Organisation
from billing.rules.texts import NAME_MAX
from pages import notices
from pages.account_picker import PAGE, STANDINGS
from pages.frame import Work, act, frame, screen
from pages.live import ask, follow, leave_for
from pages.member_dialogs import InviteDialog, MemberDialog
from pages.open_invitations import OpenInvitations
from pages.parts.modal import READ_FORM, Field, told
from pages.parts.tags import Tag, button, chip
from pages.settings import PATH as SETTINGS
from pages.words import _, n_, worded

MEMBERS_SHOWN = 200


def mount(portal: Portal) -> None:
    """Declares the page."""
    if not portal.settings.organisations.enabled:
        return

    @screen(PAGE, Action.VIEW_MEMBERS)
    async def organisation(principal: Principal) -> None:
        account_id = principal.account_id if principal.acts_for_others else None
        found = await ask(organisations.view, portal, account_id) if account_id else None
        async with frame(portal, principal, _("Organisation"), SETTINGS):
            if found is not None:
                await Roster(portal, principal, found).show()
            elif principal.person_account_id is None:
                notices.no_account(_("Only people belong to organisations."))
            else:
                Founder(portal, principal)


class Founder:
    """For whoever acts for their own account: how to get another one, shared with others."""

    def __init__(self, portal: Portal, principal: Principal) -> None:
        self._portal, self._principal = portal, principal
        self._running = False
        own = _("You act for your own account. An organisation has credits and cards that several people share.")
        Tag("p", own)
        with (
            Tag("section", classes="panel", aria_label=_("New organisation")),
            Tag("form", novalidate="", classes="stack").mark("found") as form,
        ):
            Tag("h2", _("New organisation"))
            self._title = Field(
                "input", "title", _("Title"), _("Its members and receipts show it."), maxlength=NAME_MAX
            )
            with Tag("div", classes="actions"):
                Tag("button", _("Create organisation"), "btn primary", type="submit")
        form.on("submit", act(portal, principal, Action.FOUND_ORGANISATION, self._found), js_handler=READ_FORM)

    async def _found(self, event: GenericEventArguments) -> None:
        if self._running:
            return
        self._running = True
        try:
            founding = Founding(told(event.args, "title"), self._principal.id, self._principal.actor)
            made, _ = await ask(organisations.create, self._portal, founding)
            await ask(acting, self._portal, self._principal, made.account_id)
        except BadInput as refused:
            self._title.refuse(worded(refused.sentence))
        else:
            leave_for(PAGE)
        finally:
            self._running = False


class Roster:
    """Title and members as they are now; those who may change them find the buttons."""

    def __init__(self, portal: Portal, principal: Principal, found: Organisation) -> None:
        self._portal, self._principal, self._found = portal, principal, found
        self._manages = may(principal, Action.MANAGE_MEMBERS, found.account_id)
        self._heading = Tag("p", found.title, "strong").mark("title")
        if self._manages:
            self._offer_title()
        with Tag("div", classes="row apart"):
            Tag("h2", _("Members"))
            if self._manages:
                invites = InviteDialog(portal, principal, found.account_id, self.show)
                button(_("Invite somebody"), invites.show, "primary").mark("invite")
        self._seats = Tag("p", classes="muted").mark("seats")
        with Tag("section", classes="panel", aria_label=_("Members")):
            self._list = Tag("ul", classes="cards-saved").mark("members")
        self._dialog = MemberDialog(portal, principal, found.account_id, self.show)
        self._open = OpenInvitations(portal, principal, found.account_id) if self._manages else None
        follow(portal, principal, found.account_id, self.show)

    async def show(self) -> None:
        """Reads everything again."""
        self._found = await ask(organisations.view, self._portal, self._found.account_id)
        everybody = await ask(members.listing, self._portal, self._found.account_id)
        self._heading.text = self._found.title
        await self._count_seats()
        self._list.clear()
        with self._list:
            for member in everybody[:MEMBERS_SHOWN]:
                self._row(member)
            if len(everybody) > MEMBERS_SHOWN:
                Tag("li", n_("and {n} more", "and {n} more", len(everybody) - MEMBERS_SHOWN), "muted")
        if self._open is not None:
            await self._open.show()

    async def _count_seats(self) -> None:
        """How full the plan is; the page does without it where no plan counts, or none can be told."""
        with suppress(Unavailable):
            members_now, most = await ask(seats.taken, self._portal, self._found.account_id)
            said = "" if most is None else n_("{taken} of {n} seat", "{taken} of {n} seats", most, taken=members_now)
            self._seats.text = said
        self._seats.set_visibility(bool(self._seats.text))

    def _row(self, member: Member) -> None:
        is_self = member.person_id == self._principal.id
        with Tag("li", classes="pending"):
            with Tag("div", classes="grow"):
                Tag("span", _("{name} (you)", name=member.name) if is_self else member.name, "strong")
                Tag("div", member.email or "", "caption")
            chip(_(STANDINGS[member.standing]), "info" if member.standing == "owner" else "plain", "●")
            if is_self or self._manages:
                word, whose = _("Leave…"), _("Leave this organisation")
                if not is_self:
                    word, whose = _("Change…"), _("Change {name}", name=member.name)
                opens = self._dialog.opener(member)
                button(word, opens, "small", aria_label=whose).mark(f"member-{member.person_id}")

    def _offer_title(self) -> None:
        with Tag("form", novalidate="", classes="row").mark("rename") as form:
            self._title = Field("input", "title", _("Title"), maxlength=NAME_MAX, value=self._found.title)
            Tag("button", _("Rename"), "btn", type="submit")
        form.on("submit", self._handler(self._rename), js_handler=READ_FORM)

    async def _rename(self, event: GenericEventArguments) -> None:
        title = told(event.args, "title")
        try:
            account_id, by = self._found.account_id, self._principal.actor
            self._found = await ask(organisations.rename, self._portal, account_id, title, by)
        except BadInput as refused:
            self._title.refuse(worded(refused.sentence))
            return
        self._title.clear()
        notices.said(_("The organisation is called {title} now.", title=self._found.title))
        await self.show()

    def _handler(self, work: Work) -> Work:
        return act(self._portal, self._principal, Action.MANAGE_MEMBERS, work, account_id=self._found.account_id)


def acting(portal: Portal, principal: Principal, account_id: str) -> bool:
    """From now on the session acts for this account."""
    sessions.act_for(portal, principal, account_id)
    return True
