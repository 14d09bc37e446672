"""/manage/bulk: sends a file of grants and removals to be checked, and lists earlier batches. app.py mounts it."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from auth.policy import Action, Principal
from billing import accounts, grant_batches
from billing.grant_batches import NAME_MOST
from billing.portal import Portal
from billing.rules.grant_batches import Batch, BatchState
from billing.rules.grant_rows import REFERENCE_MOST, ROWS_MOST, TEXT_MOST
from pages.frame import frame, screen
from pages.live import ask
from pages.parts.halves import half
from pages.parts.names import by
from pages.parts.plain_table import Cell, PlainTable, moment_cell
from pages.parts.tags import Tag
from pages.words import N_, _

PATH = "/manage/bulk"
DOOR = "/api/v1/grant-batches"
CHOSEN_MOST = 500
ID_MOST = 40

STATES: dict[BatchState, tuple[str, str, str]] = {
    BatchState.CHECKED: (N_("Checked"), "info", "○"),
    BatchState.RUNNING: (N_("Running"), "warn", "◐"),
    BatchState.DONE: (N_("Done"), "good", "●"),
    BatchState.STOPPED: (N_("Stopped"), "danger", "✕"),
}


class BulkForm(ui.element):
    """The file or the pasted rows, and what holds for all of them. It asks the door and leads to the batch."""

    def __init__(self, rows: str) -> None:
        super().__init__(half("bulk_form"))
        self.props["door"], self.props["next"], self.props["rows"] = DOOR, f"{PATH}/", rows
        self.props["words"] = {
            "file": _("A CSV file"),
            "rows": _("Or paste rows"),
            "hint": _(
                "account, amount, reason, expires, reference: with or without a line of these names; at most {n} rows."
                " A negative amount removes. An account is named by its id, its customer's id or its mail address.",
                n=ROWS_MOST,
            ),
            "shown": _("The customers read the reasons in their statements"),
            "check": _("Check the rows"),
            "busy": _("Checking …"),
            "pasted": _("Pasted"),
            "failed": _("The rows could not be sent. Nothing was changed; please try again."),
            "fields": [
                _field("amount", _("Amount for rows without one"), _("Such as 500 or −20."), 40),
                _field("reason", _("Reason for rows without one"), _("It stands in the audit log."), TEXT_MOST),
                _field("reference", _("Reference for rows without one"), _("Such as a ticket."), REFERENCE_MOST),
            ],
        }


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.ADJUST_CREDITS)
    async def bulk(principal: Principal) -> None:
        async with frame(portal, principal, _("Bulk grants"), PATH):
            Tag("p", _("Rows are checked first and nothing moves until you confirm the total."), "muted")
            BulkForm(_chosen())
            columns = (_("Name"), _("By"), _("Checked"), _("Status"), _("Batch"))
            table = PlainTable(_("Batches, newest first"), columns)
            now = portal.clock()
            batches = await ask(grant_batches.latest, portal)
            names = await ask(accounts.names, portal, [batch.created_by for batch in batches])
            table.show(_row(batch, names, now) for batch in batches)


def state_cell(batch: Batch) -> Cell:
    """The state of a batch as a chip."""
    word, tone, sign = STATES[batch.state]
    return Cell(_(word), chip=tone, sign=sign)


def _row(batch: Batch, names: Mapping[str, str], now: int) -> tuple[Cell | str, ...]:
    return (
        Cell(batch.name[:NAME_MOST] or batch.id, href=f"{PATH}/{batch.id}"), by(batch.created_by, names),
        moment_cell(batch.created_at, now), state_cell(batch), Cell(batch.id, code=True),
    )  # fmt: skip


def _field(name: str, label: str, hint: str, most: int) -> dict[str, str | int]:
    return {"name": name, "label": label, "hint": hint, "most": most}


def _chosen() -> str:
    """Accounts that were chosen in a list, one to a row."""
    given = ui.context.client.request.query_params.get("accounts", "").split(",")
    fit = [each for each in given if 0 < len(each) <= ID_MOST and each.replace("_", "").isalnum()]
    return "\n".join(["account,amount", *(f"{each}," for each in fit[:CHOSEN_MOST])]) if fit else ""
