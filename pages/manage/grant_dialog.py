"""The dialog in which a manager grants or removes credits, and its two buttons. Account and costs use it.

The form comes as one message and is read here, letter by letter: whatever the browser checked counts for nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import accounts, grants
from billing.grants import Grant
from billing.portal import Portal
from billing.rules.errors import BadInput, InsufficientCredits
from billing.rules.money import Credits
from billing.rules.postings import Posted
from billing.rules.texts import REASON_MAX, REASON_MIN, reason
from billing.rules.views import AccountView
from pages import notices
from pages.frame import Work, act
from pages.live import ask
from pages.parts import format as written
from pages.parts.modal import READ_FORM, Field, Modal
from pages.parts.tags import Tag, button
from pages.words import N_, _, n_, worded

TYPING_SECONDS = 0.15
GRANT, REMOVE = "grant", "remove"
TITLES = {GRANT: N_("Grant credits to {name}"), REMOVE: N_("Remove credits from {name}")}
DOES = {GRANT: N_("Grant {credits} to {name}"), REMOVE: N_("Remove {credits} from {name}")}


class GrantDialog:
    """`show` opens it for one direction; each opening may move credits once, however often its button is pressed."""

    def __init__(self, portal: Portal, principal: Principal, account: AccountView) -> None:
        self._portal, self._principal, self.account = portal, principal, account
        self._direction = GRANT
        self._key = ""
        self._running = False
        self._modal = Modal(_("Grant credits"))
        with self._modal:
            self._form = Tag("form", novalidate="", autocomplete="off").mark("grant-form")
        with self._form:
            self._choices = _directions()
            hint, why = _hints(portal)
            self._amount = Field("input", "amount", _("Amount"), hint, inputmode="decimal")
            self._reason = Field("textarea", "reason", _("Reason"), why, rows=2, maxlength=REASON_MAX)
            self._preview = Tag("p", classes="number strong", role="status", aria_live="polite").mark("preview")
            self._wrong = Tag("p", classes="field-error", role="alert").mark("grant-error")
            with Tag("div", classes="actions"):
                self._confirm = Tag("button", classes="btn primary", type="submit").mark("grant-confirm")
        self._form.on(
            "input", self._handler(self._typed), throttle=TYPING_SECONDS, leading_events=False, js_handler=READ_FORM
        )
        self._form.on("submit", self._handler(self._submitted), js_handler=READ_FORM)

    def show(self, direction: str, account: AccountView) -> None:
        """Opens it empty, with a key of its own."""
        self.account, self._key = account, secrets.token_urlsafe(24)
        _sent = self._form.run_method("reset")
        for name, radio in self._choices.items():
            radio.put("checked", name == direction or None)
        self._describe(direction, "")
        self._say("")
        for field in (self._amount, self._reason):
            field.clear()
        self._modal.show()

    def _handler(self, work: Callable[[GenericEventArguments], Awaitable[None]]) -> Any:
        return act(
            self._portal, self._principal, Action.ADJUST_CREDITS, work, account_id=self.account.id, tell=self._say
        )

    async def _typed(self, event: GenericEventArguments) -> None:
        direction, amount, _reason = read_form(event.args)
        self._describe(direction, amount)

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
        direction, amount_text, reason_text = read_form(given)
        self._describe(direction, amount_text)
        self._say("")
        # the amount last: of two wrong fields the upper one gets the focus
        why = self._checked(self._reason, lambda: reason(reason_text))
        amount = self._checked(self._amount, lambda: written.read_credits(amount_text))
        if amount is None or why is None:
            return
        grant = Grant(
            self.account.id, amount, why, self._principal.id, self._key,
            removal=direction == REMOVE, own_account_id=self._principal.account_id,
        )  # fmt: skip
        try:
            posted = await ask(grants.give, self._portal, grant)
        except (BadInput, InsufficientCredits) as refused:
            (self._reason if refused.details.get("field") == "reason" else self._amount).refuse(
                worded(refused.sentence)
            )
            return
        self._done(posted)

    def _done(self, posted: Posted) -> None:
        self._key = ""
        self._modal.shut()
        moved, after = Credits(posted.amount_micro), Credits(posted.balance_after_micro)
        said = _(
            "{amount} credits for {name}. The balance is {balance} now.",
            amount=written.signed(moved), name=self.account.name, balance=after,
        )  # fmt: skip
        notices.said(said)

    def _checked(self, field: Field, read: Callable[[], Any]) -> Any:
        """What `read` makes of the field, or None once the field says what is wrong with it."""
        try:
            value = read()
        except BadInput as refused:
            field.refuse(worded(refused.sentence))
            return None
        field.clear()
        return value

    def _describe(self, direction: str, amount_text: str) -> None:
        """The title, the button and the line before → after, for what stands in the form now."""
        name, amount = self.account.name, _amount_or_none(amount_text)
        title = _(TITLES[direction], name=name)
        self._modal.heading.text = title
        does = title if amount is None else _(DOES[direction], name=name, credits=written.counted(amount))
        self._confirm.text = does
        self._confirm.classes(replace="btn danger" if direction == REMOVE else "btn primary")
        before = self.account.balance
        after = before if amount is None else before - amount if direction == REMOVE else before + amount
        self._preview.text = _("Balance {before} → {after}", before=before, after=after)

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

    def opens(direction: str) -> Work:
        async def work(_event: GenericEventArguments) -> None:
            dialog.show(direction, await ask(accounts.view, portal, account.id))

        return act(portal, principal, Action.ADJUST_CREDITS, work, account_id=account.id)

    button(_("Grant credits"), opens(GRANT), "primary").mark("grant")
    button(_("Remove credits"), opens(REMOVE)).mark("remove")


def read_form(given: object) -> tuple[str, str, str]:
    """Direction, amount and reason as texts; a form of any other shape reads as an empty one."""
    form = given if isinstance(given, dict) else {}
    texts = [value if isinstance(value := form.get(name), str) else "" for name in ("direction", "amount", "reason")]
    return (REMOVE if texts[0] == REMOVE else GRANT, texts[1], texts[2])


def _amount_or_none(text: str) -> Credits | None:
    try:
        return written.read_credits(text)
    except BadInput:
        return None


def _hints(portal: Portal) -> tuple[str, str]:
    """What is said under the two fields."""
    most, example = portal.settings.grants.max_credits_per_grant, written.typed(Credits.of("12.5"))
    reason_needs = n_(
        "At least {n} character. The account's owner reads it in the statement.",
        "At least {n} characters. The account's owner reads it in the statement.",
        REASON_MIN,
    )
    return _("Such as 500 or {example}; at most {most}.", example=example, most=most), reason_needs


def _directions() -> dict[str, Tag]:
    words = {GRANT: _("Grant: add credits"), REMOVE: _("Remove: take credits")}
    with Tag("fieldset", classes="radios"):
        Tag("legend", _("Direction"), "scrip-heard")
        radios = {}
        for name, text in words.items():
            with Tag("label"):
                radios[name] = Tag("input", type="radio", name="direction", value=name)
                Tag("span", text)
    return radios
