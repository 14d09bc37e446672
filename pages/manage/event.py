"""/manage/events/{id}: one event, its payload, every try, what it changed, and what can be done. app.py mounts it."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import dashboards, inbox, replays
from billing.portal import Portal
from billing.replays import By
from billing.rules.errors import BadInput, NotFound
from billing.rules.inbox import Effect, EventDetail, EventRow, EventTry
from billing.rules.texts import REASON_MAX
from pages import notices
from pages.frame import Work, act, frame, screen
from pages.live import ask
from pages.manage.account import COPY
from pages.manage.events_words import about, state_cell
from pages.parts import format as written
from pages.parts.modal import Field, Modal, PlainForm, told
from pages.parts.names import by, short, whose
from pages.parts.plain_table import Cell, PlainTable, moment_cell
from pages.parts.tags import Tag, button, chip, link, outside, when
from pages.words import N_, _, worded

PATH = "/manage/events/{event_id}"
LONGEST = 255
KINDS = {
    "transaction": N_("Transaction"), "order": N_("Order"), "subscription": N_("Subscription"),
    "invoice": N_("Invoice"),
}  # fmt: skip


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_INBOX)
    async def event(principal: Principal, event_id: str) -> None:
        if len(event_id) > LONGEST or not event_id.isprintable():
            raise NotFound("There is no such event.")
        found = await ask(inbox.detail, portal, event_id)
        async with frame(portal, principal, found.row.type, "/manage/events"):
            EventPage(portal, principal, found).draw()


class EventPage:
    """Built in the current slot; `draw` shows the event as it stands."""

    def __init__(self, portal: Portal, principal: Principal, found: EventDetail) -> None:
        self._portal, self._principal, self._found = portal, principal, found
        link(_("All events"), "/manage/events")
        self._facts = Tag("dl", classes="facts").mark("event-facts")
        self._outcome = Tag("div", classes="stack tight", role="status").mark("outcome")
        self._ignore: Tag | None = None
        if may(principal, Action.REPLAY_EVENT):
            self._build_buttons()
        columns = (_("What"), _("Account"), _("As it stands"))
        self._effects = PlainTable(_("What it is about"), columns, empty=_("Nothing here knows of it."))
        noted = (_("When"), _("By"), _("Status"), _("What it changed"))
        self._tries = PlainTable(_("Tries that failed or were asked for"), noted)
        with Tag("section", classes="stack"):
            with Tag("div", classes="row apart"):
                Tag("h2", _("Payload"))
                copy = button(_("Copy"), classes="small", data_copy=found.payload)
                copy.on("click", js_handler=COPY)
            Tag("p", _("What tells of people, and what opens a payment, is left out."), "muted")
            Tag("pre", found.payload, "payload", tabindex="0", aria_label=_("Payload")).mark("payload")

    def draw(self) -> None:
        """Everything that may have changed."""
        row, now = self._found.row, self._portal.clock()
        self._facts.clear()
        with self._facts:
            self._draw_facts(row)
        names = self._found.names
        self._effects.show(_effect_row(each, names) for each in self._found.effects)
        self._tries.show(_try_row(each, names, now) for each in self._found.tries)
        if self._ignore is not None:
            self._ignore.set_visibility(row.state in ("parked", "failed"))

    def _build_buttons(self) -> None:
        self._dialog = Modal(_("Ignore this event"))
        with self._dialog:
            form = PlainForm(self._on(self._ignored)).mark("ignore-form")
        with form:
            self._reason = Field("textarea", "reason", _("Reason"), rows=2, maxlength=REASON_MAX)
            with Tag("div", classes="actions"):
                Tag("button", _("Ignore it"), "btn danger", type="submit")
        with Tag("div", classes="row"):
            button(_("Replay"), self._on(self._replay), "primary").mark("replay")
            self._ignore = button(_("Ignore…"), lambda _event: self._dialog.show()).mark("ignore")

    def _on(self, work: Work) -> Work:
        return act(self._portal, self._principal, Action.REPLAY_EVENT, work, in_order=True)

    async def _replay(self, _event: GenericEventArguments) -> None:
        found = await ask(replays.replay, self._portal, self._found.row.id, self._by())
        self._outcome.clear()
        with self._outcome:
            if not found.changes:
                Tag("strong", _("No change."))
            for change in found.changes:
                Tag("span", change)
            if found.reason:
                Tag("span", worded(found.reason), "muted")
        await self._again()

    async def _ignored(self, event: GenericEventArguments) -> None:
        self._reason.clear()
        reason = told(event.args, "reason")
        try:
            await ask(replays.ignore, self._portal, self._found.row.id, reason, self._by())
        except BadInput as refused:
            self._reason.refuse(worded(refused.sentence))
            return
        self._dialog.shut()
        notices.said(_("Ignored. It stands in the audit log."))
        await self._again()

    async def _again(self) -> None:
        self._found = await ask(inbox.detail, self._portal, self._found.row.id)
        self.draw()

    def _by(self) -> By:
        return By(self._principal.id, self._principal.origin)

    def _draw_facts(self, row: EventRow) -> None:
        cell = state_cell(row)
        with _fact(_("Status")):
            chip(cell.text, cell.chip, cell.sign)
            Tag("span", cell.below or about(row.state))
        with _fact(_("Event")):
            Tag("span", row.id, "code")
            address = dashboards.address(self._portal, row.id)
            if address is not None:
                place = _("Open in the sandbox") if dashboards.is_practice(self._portal) else _("Open at Stripe")
                outside(place, address)
        with _fact(_("Happened")):
            when(row.happened_at)
        with _fact(_("Received")):
            when(row.received_at)
        with _fact(_("Account")):
            if row.account_id is None:
                Tag("span", written.NONE)
            else:
                link(row.account_name or short(row.account_id), f"/manage/accounts/{row.account_id}/payments")
        with _fact(_("Tries")):
            Tag("span", _("{n}", n=row.attempts))
        with _fact(_("API version")):
            Tag("span", row.api_version or written.NONE, "code")
        with _fact(_("Mode")):
            Tag("span", _("Live") if row.livemode else _("Test"))


def _fact(name: str) -> ui.element:
    Tag("dt", name)
    return Tag("dd")


def _effect_row(each: Effect, names: Mapping[str, str]) -> tuple[Cell | str, ...]:
    places = {"transaction": "?search=" + each.id, "order": "/payments", "subscription": "/subscription"}
    account = whose(each.account_id, names.get(each.account_id), places.get(each.kind, ""))
    return Cell(_(KINDS[each.kind]), below=each.id), account, each.said


def _try_row(each: EventTry, names: Mapping[str, str], now: int) -> tuple[Cell | str, ...]:
    return (
        moment_cell(each.recorded_at, now), by(each.actor, names),
        Cell(each.state, below=worded(each.reason)), " ".join(each.changes) or _("No change."),
    )  # fmt: skip
