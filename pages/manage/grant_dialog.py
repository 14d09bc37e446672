"""The dialog in which a manager grants or removes credits, and its buttons. Account and costs use it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import accounts, grants, statements
from billing.grants import Grant
from billing.portal import Portal
from billing.rules.errors import BadInput, InsufficientCredits
from billing.rules.money import Credits
from billing.rules.postings import Posted
from billing.rules.views import AccountView
from pages import notices
from pages.frame import Work, act
from pages.live import ask
from pages.manage.grant_form import GRANT, REMOVE, GrantForm, Start, Wanted, typed
from pages.parts import format as written
from pages.parts.modal import Modal, PlainForm
from pages.parts.tags import Tag, button
from pages.words import N_, _, worded

TITLES = {GRANT: N_("Grant credits to {name}"), REMOVE: N_("Remove credits from {name}")}
DOES = {GRANT: N_("Grant {amount} credits to {name}"), REMOVE: N_("Remove {amount} credits from {name}")}


class GrantDialog:
    """`show` opens it; each opening may move credits once, however often its button is pressed.

    `done` hears what was moved: it may offer to reverse it.
    """

    def __init__(self, portal: Portal, principal: Principal, account: AccountView) -> None:
        self._portal, self._principal, self.account = portal, principal, account
        self.done: Callable[[Posted], None] = lambda _posted: None
        self._start = Start()
        self._key = ""
        self._running = False
        self._modal = Modal(_("Grant credits"))
        with self._modal:
            self._form = PlainForm(self._handler(self._submitted), self._handler(self._typed)).mark("grant-form")
        with self._form:
            self._fields = GrantForm(portal.settings)
            self._preview = Tag("p", classes="number strong", role="status", aria_live="polite").mark("preview")
            self._wrong = Tag("p", classes="field-error", role="alert").mark("grant-error")
            with Tag("div", classes="actions"):
                self._confirm = Tag("button", classes="btn primary", type="submit").mark("grant-confirm")

    async def show(self, start: Start) -> None:
        """Opens it with what it begins with, the account as it stands now, and a key of its own."""
        self.account = await ask(accounts.view, self._portal, self.account.id)
        self._fields.allow(await ask(grants.left_today, self._portal, self._principal.id))
        self._start, self._key = start, secrets.token_urlsafe(24)
        self._form.fill({"direction": start.direction, "amount": start.amount, "reason": start.reason})
        self._fields.directions[""].set_visibility(start.corrects is None)
        self._fields.clear()
        self._describe({"direction": start.direction, "amount": start.amount})
        self._say("")
        self._modal.show()

    async def reverse(self, transfer_id: int) -> None:
        """Opens it filled with the opposite of what was moved; it can be changed before it is confirmed."""
        line = await ask(statements.line, self._portal, transfer_id)
        direction = REMOVE if line.amount.micro > 0 else GRANT
        amount = Credits(abs(line.amount.micro))
        why = _("Reverses transaction {id}.", id=str(line.id))
        await self.show(Start(direction, str(amount), why, line.id))

    def _handler(self, work: Callable[[GenericEventArguments], Awaitable[None]]) -> Any:
        return act(
            self._portal, self._principal, Action.ADJUST_CREDITS, work, account_id=self.account.id, tell=self._say
        )

    async def _typed(self, event: GenericEventArguments) -> None:
        self._describe(event.args)

    async def _submitted(self, event: GenericEventArguments) -> None:
        if self._running or not self._key:
            return
        self._running = True
        self._confirm.put("disabled", True)
        try:
            await self._give(event.args)
        finally:
            self._running = False
            self._confirm.put("disabled", None)

    async def _give(self, given: object) -> None:
        direction = self._describe(given)
        self._say("")
        wanted = self._fields.read(given, direction)
        if wanted is None:
            return
        try:
            posted = await ask(grants.give, self._portal, self._grant(wanted, direction))
        except BadInput as refused:
            self._fields.refuse(refused)
        except InsufficientCredits as refused:
            self._fields.amount.refuse(worded(refused.sentence))
        else:
            self._moved(posted)

    def _grant(self, wanted: Wanted, direction: str) -> Grant:
        who = self._principal
        return Grant(
            self.account.id, wanted.amount, wanted.reason, who.id, self._key, removal=direction == REMOVE,
            own_account_id=who.account_id, expires_at=wanted.expires_at, told=wanted.told,
            reference=wanted.reference, origin=who.origin, corrects=self._start.corrects,
        )  # fmt: skip

    def _moved(self, posted: Posted) -> None:
        self._key = ""
        self._modal.shut()
        moved, after = Credits(posted.amount_micro), Credits(posted.balance_after_micro)
        said = _(
            "{amount} credits for {name}. The balance is {balance} now.",
            amount=written.signed(moved), name=self.account.name, balance=after,
        )  # fmt: skip
        notices.said(said)
        self.done(posted)

    def _describe(self, given: object) -> str:
        """The title, the button and the line before → after, for what stands in the form now; and its direction."""
        asked, amount = typed(given)
        direction = asked if self._start.corrects is None else self._start.direction
        name = self.account.name
        title = _(TITLES[direction], name=name)
        self._modal.heading.text = title
        self._confirm.text = title if amount is None else _(DOES[direction], amount=amount, name=name)
        self._confirm.classes(replace="btn danger" if direction == REMOVE else "btn primary")
        before = self.account.balance
        after = before if amount is None else before - amount if direction == REMOVE else before + amount
        self._preview.text = _("Balance {before} → {after}", before=before, after=after)
        self._fields.describe(direction, amount)
        return direction

    def _say(self, sentence: str) -> None:
        self._wrong.text = sentence


def grant_buttons(portal: Portal, principal: Principal, dialog: GrantDialog) -> None:
    """The buttons that open it, in the current slot, for those who may."""
    account = dialog.account
    if account.id == principal.account_id:
        Tag("p", _("This is your own account: another manager must change its credits."), "muted")
        return
    if not may(principal, Action.ADJUST_CREDITS, account.id):
        return

    def opens(work: Work) -> Work:
        return act(portal, principal, Action.ADJUST_CREDITS, work, account_id=account.id)

    button(_("Grant credits"), opens(lambda _event: dialog.show(Start(GRANT))), "primary").mark("grant")
    button(_("Remove credits"), opens(lambda _event: dialog.show(Start(REMOVE)))).mark("remove")
    last: list[int] = []
    again = button("", opens(lambda _event: dialog.reverse(last[0])), "quiet").mark("reverse")
    again.set_visibility(False)

    def offer(posted: Posted) -> None:
        last[:] = [posted.transfer_id]
        again.text = _("Reverse {amount}…", amount=written.signed(Credits(posted.amount_micro)))
        again.set_visibility(True)

    dialog.done = offer
