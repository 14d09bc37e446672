"""/manage/events: the inbox, what came of each event, and working them again. app.py mounts it."""

from __future__ import annotations

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import inbox, replays
from billing.portal import Portal
from billing.replays import By
from billing.rules.console import Listed
from billing.rules.inbox import EventFilters, EventRow, InboxFigures
from pages import notices
from pages.frame import frame, screen
from pages.live import ask
from pages.manage.events_words import state_cell, state_options
from pages.manage.fetch_dialog import FetchDialog
from pages.manage.lists import ListPage, ListSpec
from pages.parts import format as written
from pages.parts.list_filters import Asked, ListField, begins, ends
from pages.parts.names import whose
from pages.parts.plain_table import Cell, Ears, moment_cell
from pages.parts.sum_line import Figure, SumLine
from pages.parts.tags import Tag, button
from pages.words import _, n_, worded

PATH = "/manage/events"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_INBOX)
    async def events(principal: Principal) -> None:
        kinds = await ask(inbox.kinds, portal)
        async with frame(portal, principal, _("Events"), PATH):
            await Events(portal, principal, kinds).show()


class Events:
    """The figures, the list, and what managers do with the events they choose in it."""

    def __init__(self, portal: Portal, principal: Principal, kinds: list[str]) -> None:
        self._portal, self._principal = portal, principal
        self._picked: list[str] = []
        runs = may(principal, Action.REPLAY_EVENT)
        self._figures = SumLine(stats=True).mark("figures")
        if runs:
            dialog = FetchDialog(portal, principal, self.show)
            with Tag("div", classes="row"):
                button(_("Fetch missing events"), lambda _event: dialog.show()).mark("fetch")
        self._list = ListPage(portal, principal, _spec(kinds), Ears(pick=self._choose if runs else None))
        with self._list.above:
            self._selection = Tag("div", classes="selection", role="status").mark("selection")
            with self._selection:
                self._said = Tag("strong")
                replay = self._list.on(self._replay, Action.REPLAY_EVENT)
                button(_("Replay them"), replay, "small").mark("replay-chosen")
            self._outcomes = Tag("ul", classes="stack tight").mark("outcomes")
        self._selection.set_visibility(False)

    async def show(self) -> None:
        """Reads the figures and the page that is asked for."""
        self._draw(await ask(inbox.figures, self._portal))
        await self._list.show()

    async def _choose(self, event: GenericEventArguments) -> None:
        on_page = {row.id for row in self._list.lines}
        given = event.args if isinstance(event.args, list) else []
        self._picked = [key for key in given if isinstance(key, str) and key in on_page]
        self._said.text = n_("{n} event chosen.", "{n} events chosen.", len(self._picked))
        self._selection.set_visibility(bool(self._picked))

    async def _replay(self, _event: GenericEventArguments) -> None:
        by = By(self._principal.id, self._principal.origin)
        found = await ask(replays.replay_all, self._portal, tuple(self._picked), by)
        self._outcomes.clear()
        with self._outcomes:
            for each in found:
                with Tag("li"):
                    Tag("span", each.event_id, "code")
                    Tag("span", " ".join(each.changes) or worded(each.reason) or _("No change."))
        changed = sum(bool(each.changes) for each in found)
        notices.said(n_("{n} event changed something.", "{n} events changed something.", changed))
        await self.show()

    def _draw(self, found: InboxFigures) -> None:
        now = self._portal.clock()
        oldest = written.NONE if found.oldest_at is None else written.ago(found.oldest_at, now)
        lag = written.NONE if found.lag_p95 is None else written.lasting(found.lag_p95)
        self._figures.show(
            [
                Figure(_("Received within a day"), written.number(found.received)),
                Figure(_("Handled within a day"), written.number(found.handled), href=f"{PATH}?state=handled"),
                Figure(_("Failed, come again"), written.number(found.waiting), href=f"{PATH}?state=failed"),
                Figure(_("Parked, need somebody"), written.number(found.parked), href=f"{PATH}?state=parked"),
                Figure(_("Oldest of these"), oldest),
                Figure(_("95 of 100 done within"), lag),
            ]
        )


def fetch(portal: Portal, asked: Asked) -> Listed[EventRow]:
    """The page of events that an address asks for."""
    return inbox.page(portal, filters(asked))


def filters(asked: Asked) -> EventFilters:
    """What an address asks for, as the inbox reads it."""
    return EventFilters(
        state=asked.get("state", ""),
        kind=asked.get("type", ""),
        search=asked.get("search", ""),
        account_id=asked.get("account", ""),
        since=begins(asked),
        until=ends(asked),
        after=asked.get("after", ""),
    )


def _spec(kinds: list[str]) -> ListSpec[EventRow]:
    # a type that came long ago, or part of one, may stand in an address
    asked = ui.context.client.request.query_params.get("type", "")
    named = [*kinds, *([asked] if asked and asked not in kinds else [])]
    return ListSpec(
        path=PATH,
        action=Action.VIEW_INBOX,
        counted=lambda n: n_("{n} event", "{n} events", n),
        fields=(
            ListField("search", _("Search"), "search", placeholder="evt_… / pi_…"),
            ListField("state", _("Status"), "select", state_options()),
            ListField("type", _("Type"), "select", (("", _("Any type")), *((each, each) for each in named))),
            ListField("account", _("Account"), "search", placeholder="acc_…"),
            ListField("since", _("From"), "date"),
            ListField("until", _("To"), "date"),
        ),
        columns=(_("Received"), _("Type"), _("Account"), _("Status"), "#" + _("Tries"), "#" + _("Took")),
        caption=_("Events"),
        fetch=fetch,
        row=_row,
        empty=_("No event matches."),
        key=lambda row: row.id,
        name=lambda row: row.id,
    )


def _row(row: EventRow, now: int) -> tuple[Cell | str, ...]:
    account: Cell | str = written.NONE
    if row.account_id is not None:
        account = whose(row.account_id, row.account_name, "/payments")
    took = written.NONE if row.handled_at is None else written.lasting(row.handled_at - row.happened_at)
    return (
        moment_cell(row.received_at, now),
        Cell(row.type, href=f"{PATH}/{row.id}", below=row.object_id or ""),
        account,
        state_cell(row),
        _("{n}", n=row.attempts),
        took,
    )
