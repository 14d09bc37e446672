"""The dialog in which a manager sets what an account may owe. The panel of the account's page uses it.

The form comes as one message and is read here; whatever the browser checked counts for nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import credit_limits
from billing.credit_limits import NewTerms, Standing
from billing.portal import Portal
from billing.rules.errors import BadInput
from billing.rules.money import Credits
from billing.rules.texts import REASON_MAX, REASON_MIN, reason
from billing.rules.views import AccountView
from pages import notices
from pages.frame import act
from pages.live import ask
from pages.parts import format as written
from pages.parts.modal import READ_FORM, Field, Modal, told
from pages.parts.tags import Tag
from pages.words import _, n_, worded


class CreditDialog:
    """`show` opens it with what holds now; `changed` is awaited when something was set."""

    def __init__(
        self, portal: Portal, principal: Principal, account: AccountView, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._portal, self._principal, self._account, self._changed = portal, principal, account, changed
        self._modal = Modal(_("Credit limit of {name}", name=account.name))
        with self._modal:
            form = Tag("form", novalidate="", autocomplete="off").mark("credit-form")
        with form:
            prepaid, usual = _("Credits the account may owe; 0: it is prepaid."), portal.settings.overdraft.due_in_days
            self._limit = Field("input", "limit", _("Credit limit"), prepaid, inputmode="decimal")
            keeps = _("Credits it must keep instead; usually 0.")
            self._minimum = Field("input", "minimum", _("Required minimum"), keeps, inputmode="decimal")
            days = _("Left empty: {n}, as for everybody.", n=usual)
            self._days = Field("input", "due_in_days", _("Days until due"), days, inputmode="numeric")
            self._reason = Field("textarea", "reason", _("Reason"), _audited(), rows=2, maxlength=REASON_MAX)
            self._wrong = Tag("p", classes="field-error", role="alert").mark("credit-error")
            with Tag("div", classes="actions"):
                Tag("button", _("Set credit limit"), classes="btn primary", type="submit").mark("credit-confirm")
        work = act(portal, principal, Action.SET_CREDIT_LIMIT, self._set, account_id=account.id, tell=self._say)
        form.on("submit", work, js_handler=READ_FORM)

    def show(self, standing: Standing) -> None:
        """Opens it, filled with what holds."""
        self._say("")
        values = (
            (self._limit, written.typed(standing.limit)),
            (self._minimum, written.typed(standing.minimum)),
            (self._days, "" if standing.own_due_in_days is None else str(standing.own_due_in_days)),
            (self._reason, ""),
        )
        for field, value in values:
            field.clear()
            field.control.put("value", value)
        self._modal.show()

    async def _set(self, event: GenericEventArguments) -> None:
        self._say("")
        try:
            asked = self._read(event.args)
            standing = await ask(credit_limits.set_terms, self._portal, asked)
        except BadInput as refused:
            self._refuse(refused)
            return
        self._modal.shut()
        name, keeps = self._account.name, written.counted(standing.minimum)
        said = _("{name} may owe {credits} now.", name=name, credits=written.counted(standing.limit))
        if standing.minimum.micro:
            said = _("{name} must keep {credits} now.", name=name, credits=keeps)
        notices.said(said)
        await self._changed()

    def _read(self, given: object) -> NewTerms:
        """Raises BadInput with the field that is wrong."""
        for field in (self._limit, self._minimum, self._days, self._reason):
            field.clear()
        return NewTerms(
            account_id=self._account.id,
            reason=reason(told(given, "reason")),
            by=self._principal.id,
            limit=_credits(told(given, "limit"), "limit"),
            minimum=_credits(told(given, "minimum"), "minimum"),
            due_in_days=_days(told(given, "due_in_days")),
            own_account_id=self._principal.account_id,
        )

    def _refuse(self, refused: BadInput) -> None:
        fields = {"minimum": self._minimum, "due_in_days": self._days, "reason": self._reason}
        fields.get(str(refused.details.get("field")), self._limit).refuse(worded(refused.sentence))

    def _say(self, sentence: str) -> None:
        self._wrong.text = sentence


def _audited() -> str:
    return n_(
        "At least {n} character. It stands in the audit log.",
        "At least {n} characters. It stands in the audit log.",
        REASON_MIN,
    )


def _credits(text: str, field: str) -> Credits:
    """Nothing typed is none."""
    try:
        return written.read_credits(text) if text.strip() else Credits(0)
    except BadInput as refused:
        sentence = refused.sentence
    raise BadInput(sentence, field=field)


def _days(text: str) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) < 4):
        raise BadInput("The days must be a whole number from 1 to 365.", field="due_in_days")
    return int(plain)
