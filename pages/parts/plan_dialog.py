"""The dialog in which a plan is changed: what it costs is shown before anything happens. Only the page plan uses it.

Whoever confirms gets what was shown, or is shown what has changed since; nothing is changed by looking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from nicegui.events import GenericEventArguments

from billing import plan_changes
from billing.plan_changes import ChangePreview, When, Wish
from billing.portal import Portal
from billing.rules.errors import BadInput, ScripError, Unavailable
from billing.rules.sentences import sentence
from billing.rules.subscriptions import Subscription
from pages.frame import Work
from pages.live import ask
from pages.parts import format as written
from pages.parts.modal import READ_FORM, Field, Modal, told
from pages.parts.plan_preview import ChangeShown, confirmation
from pages.parts.tags import Tag, button, link
from pages.words import _, n_, worded

Handler = Callable[[Work], Work]
CHOSEN = "(event) => emit(event.target.value)"
DIGITS_MOST = 6
NO_NUMBER = sentence("Give the number of seats as a whole number.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whom the dialog tells: that a plan was changed, or that its change waits until it is paid."""

    done: Callable[[str], Awaitable[None]]
    waits: Callable[[Subscription], Awaitable[None]]


class ChangeDialog:
    """One for the page. `handler` makes handlers that ask the policy."""

    def __init__(self, portal: Portal, account_id: str, by: str, handler: Handler, tell: Outcome) -> None:
        self._portal, self._account_id, self._by = portal, account_id, by
        self._handler, self._tell = handler, tell
        self._wish, self._least = Wish(""), 1
        self._preview: ChangePreview | None = None
        self._seats: Field | None = None
        self._code: Field | None = None
        self._modal = Modal(_("Change the plan"), safe=_("Keep it as it is"))
        with self._modal, Tag("div", classes="stack"):
            self._options = Tag("div", classes="stack")
            self._wrong = Tag("p", classes="field-error", role="alert").mark("plan-wrong")
            self._way = Tag("div", classes="way")
            self._shown = Tag("div", classes="stack", aria_live="polite").mark("plan-preview")

    async def open(self, wish: Wish, had: Subscription, *, least: int | None, looks: bool) -> None:
        """Shows what this wish would mean; only the choices when not `looks`, for the number of seats is still open.

        `least`: fewer seats cannot be had; None where none are charged for.
        """
        self._wish, self._least = wish, least or 1
        self._forget()
        self._options.clear()
        with self._options:
            if had.status != "trialing":
                self._moments(had)
            self._more(seats=wish.seats if least is not None else None)
        self._modal.show()
        if looks:
            await self._look()

    def _moments(self, had: Subscription) -> None:
        """Now or when the period ends: a radio each, so that both are one press away."""
        with Tag("fieldset", classes="segments"):
            Tag("legend", _("When"))
            for when, text in (
                (When.NOW, _("Now")),
                (When.PERIOD_END, _("On {day}", day=written.day(had.period_end))),
            ):
                with Tag("label"):
                    mine = self._wish.when is when
                    radio = Tag("input", type="radio", name="when", value=when.value, checked=mine or None)
                    radio.on("change", self._handler(self._at), js_handler=CHOSEN)
                    Tag("span", text)

    def _more(self, seats: int | None) -> None:
        """The number of seats, and a code, each where there is one; shown by their own button."""
        takes_codes = self._portal.settings.subscription.promotion_codes
        self._seats, self._code = None, None
        if seats is None and not takes_codes:
            return
        with Tag("form").on("submit", self._handler(self._given), js_handler=READ_FORM):
            if seats is not None:
                hint = n_("At least {n}: every member needs one.", "At least {n}: every member needs one.", self._least)
                self._seats = Field(
                    "input", "seats", _("Seats"), hint, inputmode="numeric", maxlength=DIGITS_MOST, value=str(seats)
                )
            if takes_codes:
                self._code = Field("input", "code", _("Promotion code"), _("Leave it empty if you have none."))
            button(_("Show the price"), classes="small", type="submit")

    async def _at(self, event: GenericEventArguments) -> None:
        chosen = When.PERIOD_END if event.args == When.PERIOD_END.value else When.NOW
        self._wish = replace(self._wish, when=chosen)
        await self._look()

    async def _given(self, event: GenericEventArguments) -> None:
        for field in (self._seats, self._code):
            if field is not None:
                field.clear()
        code = told(event.args, "code").strip() or None
        try:
            seats = self._wanted_seats(told(event.args, "seats"))
        except BadInput as wrong:
            self._forget()
            if self._seats is not None:
                self._seats.refuse(worded(wrong.sentence))
            return
        self._wish = replace(self._wish, seats=seats, promotion_code=code)
        await self._look()

    def _wanted_seats(self, text: str) -> int | None:
        """The number that was typed. Raises BadInput for none, and for one below the members."""
        if self._seats is None:
            return self._wish.seats
        text = text.strip()
        if not (text.isascii() and text.isdigit()) or len(text) > DIGITS_MOST:
            raise BadInput(NO_NUMBER)
        if int(text) < self._least:
            raise BadInput(sentence("At least {least} seats are needed, one for each member.", least=self._least))
        return int(text)

    async def _look(self) -> None:
        """Asks what it would mean, and shows that or why it cannot be."""
        self._forget()
        try:
            self._preview = await ask(plan_changes.preview, self._portal, self._account_id, self._wish)
        except ScripError as refused:
            self._refuse(refused)
            return
        with self._shown:
            ChangeShown(self._preview)
            with Tag("div", classes="actions"):
                button(confirmation(self._preview), self._handler(self._confirm), "primary").mark("confirm-change")

    async def _confirm(self, _pressed: GenericEventArguments) -> None:
        """The token goes with it. A second press finds nothing to confirm, or asks for the very same change."""
        shown, self._preview = self._preview, None
        if shown is None:
            return
        try:
            found = await ask(plan_changes.change, self._portal, self._account_id, self._wish, shown.token, by=self._by)
        except Unavailable as away:
            # nobody knows whether it was made: the same token again finds out
            self._preview = shown
            self._refuse(away)
        except ScripError as refused:
            await self._look()
            self._refuse(refused)
        else:
            self._modal.shut()
            await (self._tell.done(_changed(shown)) if found.pending is None else self._tell.waits(found))

    def _forget(self) -> None:
        self._preview = None
        self._wrong.text = ""
        self._way.clear()
        self._shown.clear()

    def _refuse(self, refused: ScripError) -> None:
        """Says why, beside what is shown; an invoice that stands in the way is one press away."""
        self._wrong.text = worded(refused.sentence)
        address = refused.details.get("invoice_url")
        self._way.clear()
        if isinstance(address, str) and address.startswith("http"):
            with self._way:
                link(_("Pay the open invoice"), address, "btn", rel="noopener")


def _changed(shown: ChangePreview) -> str:
    if shown.when is When.PERIOD_END:
        return _("On {day} the plan becomes {plan}.", day=written.day(shown.effective_at), plan=shown.after.title)
    return _("The plan is now {plan}.", plan=shown.after.title)
