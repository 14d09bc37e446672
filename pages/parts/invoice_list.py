"""The list of invoices: a table in the browser, cards on a phone. Only pages/invoices.py imports it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from billing.rules.moments import iso
from billing.rules.papers import Paper, PaperKind, PaperState
from pages.parts import format as written
from pages.parts.plain_table import Cell, PlainTable
from pages.words import N_, _

STATES: dict[PaperState, tuple[str, str, str]] = {
    PaperState.DRAFT: (N_("In preparation"), "plain", "○"),
    PaperState.OPEN: (N_("To be paid"), "info", "◐"),
    PaperState.OVERDUE: (N_("Overdue"), "danger", "▲"),
    PaperState.PAID: (N_("Paid"), "good", "●"),
    PaperState.REFUNDED: (N_("Refunded"), "plain", "↩"),
    PaperState.PARTLY_REFUNDED: (N_("Refunded in part"), "plain", "↩"),
    PaperState.VOID: (N_("Void"), "plain", "○"),
    PaperState.UNCOLLECTIBLE: (N_("Unpaid"), "danger", "✕"),
    PaperState.OTHER: (N_("Unknown"), "warn", "▲"),
}
KINDS: dict[PaperKind, str] = {
    PaperKind.PLAN_BEGUN: N_("Plan begun"),
    PaperKind.PLAN_RENEWED: N_("Plan renewed"),
    PaperKind.PLAN_CHANGED: N_("Plan changed"),
    PaperKind.OTHER: N_("Credits and others"),
}


class InvoiceList(PlainTable):
    """Number, date, kind, state and amount, with the ways to the invoice and its file at the provider."""

    def __init__(self) -> None:
        columns = (_("Number"), _("Date"), _("What for"), _("State"), f"#{_('Amount')}", _("Invoice"), _("File"))
        super().__init__(_("Dates in UTC, as on the invoices"), columns)

    def tell(self, papers: Iterable[Paper], now: int) -> None:
        """Replaces what is shown."""
        self.show(row(each, now) for each in papers)


def row(paper: Paper, now: int) -> tuple[Cell, ...]:
    """One invoice; a draft has neither number nor page yet."""
    word, tone, sign = STATES[paper.state(now)]
    day, number = written.day(paper.created_at, UTC), paper.number or written.NONE
    return (
        Cell(number, code=True),
        Cell(day, iso=iso(paper.created_at), title=written.moment_whole(paper.created_at)),
        Cell(_(KINDS[paper.kind])),
        Cell(_(word), chip=tone, sign=sign),
        Cell(written.money(paper.total)),
        _way(_("Open"), _("Open invoice {number}", number=number), paper.url),
        _way(_("PDF"), _("PDF of invoice {number}", number=number), paper.pdf),
    )


def _way(text: str, aloud: str, address: str | None) -> Cell:
    return Cell(text, href=address, title=aloud) if address else Cell(written.NONE)
