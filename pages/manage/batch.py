"""/manage/bulk/{id}: what a file would do, the total that lets it run, how far it has come. app.py mounts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nicegui import ui
from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import accounts, grant_batches
from billing.grant_batches import Confirmed, Seen
from billing.portal import Portal
from billing.rules.console import Listed
from billing.rules.errors import BadInput, NotFound
from billing.rules.grant_batches import BatchState, Row, RowState
from billing.rules.money import Credits
from billing.rules.texts import looks_like_id
from pages import notices
from pages.frame import Work, act, frame, screen
from pages.live import ask, follow
from pages.manage.bulk import PATH, state_cell
from pages.manage.lists import ListPage, ListSpec
from pages.parts import format as written
from pages.parts.list_filters import Asked, ListField
from pages.parts.modal import Field, PlainForm, told
from pages.parts.names import called, whose
from pages.parts.plain_table import Cell
from pages.parts.sum_line import Figure, SumLine
from pages.parts.tags import Tag, button, chip, link, when
from pages.words import N_, _, n_, worded

Named = tuple[Row, Mapping[str, str]]
"""A row with the names of the accounts on its page."""

ROWS: dict[RowState, tuple[str, str, str]] = {
    RowState.BAD: (N_("Bad"), "danger", "✕"),
    RowState.WAITING: (N_("Waiting"), "info", "○"),
    RowState.DONE: (N_("Done"), "good", "●"),
    RowState.REFUSED: (N_("Refused"), "danger", "✕"),
    RowState.STOPPED: (N_("Not tried"), "plain", "○"),
}


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH + "/{batch_id}", Action.ADJUST_CREDITS)
    async def batch(principal: Principal, batch_id: str) -> None:
        if not looks_like_id(batch_id, "bat"):
            raise NotFound("There is no such batch.")
        seen = await ask(grant_batches.view, portal, batch_id)
        async with frame(portal, principal, seen.batch.name or _("Bulk grants"), PATH):
            page = BatchPage(portal, principal, seen)
            follow(portal, principal, batch_id, page.show)
            await page.show()


class BatchPage:
    """Built in the current slot; `show` reads everything again: whoever works the batch, this page follows."""

    def __init__(self, portal: Portal, principal: Principal, seen: Seen) -> None:
        self._portal, self._principal, self._seen = portal, principal, seen
        self._names: dict[str, str] = {}
        link(_("All batches"), PATH)
        self._facts = Tag("dl", classes="facts").mark("batch-facts")
        self._stats = SumLine(stats=True).mark("batch-stats")
        self._note = Tag("div").mark("batch-note")
        with Tag("div", classes="stack", role="status", aria_live="polite") as self._progress:
            self._said = Tag("p", classes="strong").mark("batch-progress")
            self._bar = Tag("progress", classes="limit-bar", value=0, max=1, aria_label=_("Progress"))
        self._problems = Tag("ul", classes="stack tight").mark("batch-problems")
        self._build_confirmation()
        with Tag("div", classes="row"):
            self._stop = button(_("Stop the batch"), self._on(self._stopped), "danger").mark("stop-batch")
            self._reverse = button(_("Reverse the batch…"), self._on(self._reversed)).mark("reverse-batch")
            link(_("Download every row as CSV"), f"/exports/grant-batches/{seen.batch.id}.csv", "link", download="")
        self._list = ListPage(portal, principal, _spec(seen.batch.id))

    async def show(self) -> None:
        """Reads the batch and the page of rows again."""
        self._seen = await ask(grant_batches.view, self._portal, self._seen.batch.id)
        told_of = (self._seen.batch.created_by, self._seen.batch.reverses, self._seen.reversed_by)
        self._names = await ask(accounts.names, self._portal, told_of)
        self._draw()
        await self._list.show()

    def _build_confirmation(self) -> None:
        with Tag("section", classes="panel", aria_label=_("Confirm")) as self._confirmation:
            self._ask = Tag("h2")
            form = PlainForm(self._on(self._confirmed), classes="stack").mark("confirm-form")
            with form:
                self._skip = Tag("label", classes="check")
                with self._skip:
                    Tag("input", type="checkbox", name="skip", value="1")
                    self._skipped = Tag("span")
                hint = _("Type the total that stands above, without signs.")
                self._total = Field("input", "total", _("Total"), hint, inputmode="decimal")
                with Tag("div", classes="actions"):
                    self._run = Tag("button", classes="btn primary", type="submit").mark("confirm-batch")

    def _on(self, work: Work) -> Work:
        return act(self._portal, self._principal, Action.ADJUST_CREDITS, work, in_order=True)

    def _draw(self) -> None:
        seen, batch = self._seen, self._seen.batch
        state = batch.state
        self._facts.clear()
        with self._facts:
            self._draw_facts(seen)
        self._stats.show(
            [
                Figure(_("Granted"), written.credits(seen.totals.granted)),
                Figure(_("Removed"), written.credits(seen.totals.removed)),
                Figure(_("Total"), written.credits(seen.totals.moved)),
                *(
                    Figure(_(word), written.number(seen.totals.of(row_state)))
                    for row_state, (word, *_look) in ROWS.items()
                    if seen.totals.of(row_state)
                ),
            ]
        )
        self._draw_problems(seen)
        self._draw_progress(seen)
        own = batch.created_by == self._principal.id
        self._confirmation.set_visibility(state is BatchState.CHECKED and own and seen.totals.of(RowState.WAITING) > 0)
        self._draw_confirmation(seen)
        self._stop.set_visibility(state is BatchState.RUNNING)
        over = state in (BatchState.DONE, BatchState.STOPPED) and seen.totals.of(RowState.DONE) > 0
        self._reverse.set_visibility(over and seen.reversed_by is None)

    def _draw_facts(self, seen: Seen) -> None:
        batch, cell = seen.batch, state_cell(seen.batch)
        with _fact(_("Status")):
            chip(cell.text, cell.chip, cell.sign)
        with _fact(_("Batch")):
            Tag("span", batch.id, "code")
        with _fact(_("By")):
            Tag("span", called(batch.created_by, self._names), title=batch.created_by)
        with _fact(_("Checked")):
            when(batch.created_at)
        for name, other in ((_("Reverses"), batch.reverses), (_("Reversed by"), seen.reversed_by)):
            if other is not None:
                with _fact(name):
                    link(called(other, self._names), f"{PATH}/{other}", title=other)

    def _draw_problems(self, seen: Seen) -> None:
        self._note.clear()
        if seen.batch.note:
            with self._note:
                notices.box("danger", _("It was stopped."), worded(seen.batch.note))
        self._problems.clear()
        with self._problems:
            for problem, count in seen.problems:
                said = n_("{n} row: {problem}", "{n} rows: {problem}", count, problem=worded(problem))
                Tag("li", said, "danger-text")

    def _draw_progress(self, seen: Seen) -> None:
        state, totals = seen.batch.state, seen.totals
        over = totals.of(RowState.DONE, RowState.REFUSED)
        every = over + totals.of(RowState.WAITING, RowState.STOPPED)
        self._progress.set_visibility(state is not BatchState.CHECKED)
        self._said.text = _("{done} of {all} rows are done.", done=over, all=every)
        self._bar.put("value", over).put("max", max(1, every))

    def _draw_confirmation(self, seen: Seen) -> None:
        bad, good = seen.totals.of(RowState.BAD), seen.totals.of(RowState.WAITING)
        self._ask.text = n_("Run {n} row?", "Run {n} rows?", good)
        self._skip.set_visibility(bad > 0)
        self._skipped.text = n_("Skip the bad row", "Skip the {n} bad rows", bad)
        amount = seen.totals.moved
        self._run.text = n_("Run {n} row, {amount} credits", "Run {n} rows, {amount} credits", good, amount=amount)

    async def _confirmed(self, event: GenericEventArguments) -> None:
        self._total.clear()
        try:
            said = Confirmed(
                Credits.of(told(event.args, "total")), self._principal.id, told(event.args, "skip") == "1",
                self._principal.origin,
            )  # fmt: skip
            await ask(grant_batches.confirm, self._portal, self._seen.batch.id, said)
        except BadInput as refused:
            self._total.refuse(worded(refused.sentence))
            return
        await self.show()

    async def _stopped(self, _event: GenericEventArguments) -> None:
        who = self._principal
        await ask(grant_batches.stop, self._portal, self._seen.batch.id, who.id, who.origin)
        await self.show()

    async def _reversed(self, _event: GenericEventArguments) -> None:
        who = self._principal
        back = await ask(
            grant_batches.reverse, self._portal, self._seen.batch.id, who.id,
            own_account_id=who.account_id, origin=who.origin,
        )  # fmt: skip
        ui.navigate.to(f"{PATH}/{back.batch.id}")


def _fact(name: str) -> ui.element:
    Tag("dt", name)
    return Tag("dd")


def _spec(batch_id: str) -> ListSpec[Named]:
    def fetch(portal: Portal, asked: Asked) -> Listed[Named]:
        state = RowState(asked["state"]) if "state" in asked else None
        found = grant_batches.page(portal, batch_id, state, asked.get("after", ""))
        names = accounts.names(portal, [row.account_id for row in found.lines])
        return Listed([(row, names) for row in found.lines], found.after, found.matching)

    states = tuple((state.value, _(word)) for state, (word, *_look) in ROWS.items())
    amounts = ("#" + _("Amount"), "#" + _("Before"), "#" + _("After"))
    return ListSpec(
        path=f"{PATH}/{batch_id}",
        action=Action.ADJUST_CREDITS,
        counted=lambda n: n_("{n} row", "{n} rows", n),
        fields=(ListField("state", _("Status"), "select", (("", _("Any status")), *states)),),
        columns=(_("Row"), _("Account"), *amounts, "*" + _("Reason"), _("Status")),
        caption=_("Rows, in the order of the file"),
        fetch=fetch,
        row=_row,
        empty=_("No row matches."),
        keeps_filters=False,
        says_caption=True,
    )


def _row(line: Named, _now: int) -> tuple[Cell | str, ...]:
    row, names = line
    word, tone, sign = ROWS[row.state]
    account: Cell | str = Cell(row.given_account, code=True)
    if row.account_id is not None:
        given = row.given_account if row.given_account != row.account_id else ""
        account = replace(whose(row.account_id, names.get(row.account_id)), below=given)
    moved = row.given_amount if row.amount is None else written.signed(row.amount)
    return (
        str(row.place), account, Cell(moved or written.NONE, tone="strong"), _amount(row.before), _amount(row.after),
        Cell(row.reason or written.NONE, below=row.reference),
        Cell(_(word), chip=tone, sign=sign, below=worded(row.problem)),
    )  # fmt: skip


def _amount(credits: Credits | None) -> str:
    return written.NONE if credits is None else written.credits(credits)
