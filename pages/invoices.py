"""/invoices: the account's invoices as the payment provider has them, what is due, and the next one. app.py mounts it.

Nothing is paid here: Pay now leads to the provider's page, and its webhook changes this one.
"""

from __future__ import annotations

from datetime import UTC

from nicegui import ui

from auth.policy import Action, Principal, may
from billing import papers
from billing.portal import Portal
from billing.rules.bills import Bill
from billing.rules.errors import GatewayUnavailable, PaymentRefused
from billing.rules.papers import Paper, of_year, unpaid
from pages import notices
from pages.frame import frame, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.bills import bill_details
from pages.parts.invoice_list import InvoiceList
from pages.parts.tags import Tag, link
from pages.words import N_, _, worded

PATH = "/invoices"
LIVE_SECONDS = 1.0
AWAY = N_("Your invoices cannot be shown now.")


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.BUY)
    async def invoices(principal: Principal) -> None:
        year = asked_year(ui.context.client.request.query_params.get("year", ""))
        async with frame(portal, principal, _("Invoices"), PATH):
            if principal.account_id is None:
                notices.no_account(_("Only somebody with an account has invoices."))
                return
            page = InvoicesPage(portal, principal, principal.account_id, year)
            follow(portal, principal, principal.account_id, page.show, LIVE_SECONDS)
            await page.show()


def asked_year(text: str) -> int | None:
    """The year in the address; None for all of them, and for what is no year."""
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else None


class InvoicesPage:
    """One visit: what is due, the next invoice, and the list."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str, year: int | None) -> None:
        self._portal, self._principal, self._account_id, self._year = portal, principal, account_id, year
        self._due = Tag("div", classes="stack", aria_live="polite").mark("invoices-due")
        self._next = Tag("div", classes="stack").mark("invoices-next")
        self._list = Tag("section", classes="panel", aria_labelledby="invoices-all").mark("invoices")

    async def show(self) -> None:
        """Asks for everything anew. No list is better than a wrong one."""
        try:
            found = await ask(papers.listed, self._portal, self._account_id)
            coming = await self._coming()
        except GatewayUnavailable as away:
            self._say_away(worded(away.sentence))
            return
        for part in (self._due, self._next, self._list):
            part.clear()
        with self._due:
            for paper in unpaid(found):
                self._owed(paper)
        with self._next:
            _upcoming(coming)
        with self._list:
            Tag("h2", _("All invoices"), id="invoices-all")
            self._tell(found)

    async def _coming(self) -> Bill | None:
        """The next invoice; a provider that will not foretell one must not hide those that are there."""
        try:
            (found,) = await ask(_foretold, self._portal, self._account_id)
        except PaymentRefused:
            return None
        return found

    def _say_away(self, sentence: str) -> None:
        for part in (self._due, self._next, self._list):
            part.clear()
        with self._list:
            Tag("h2", _("All invoices"), id="invoices-all")
            with notices.box("danger", _(AWAY), sentence):
                link(_("Try again"), PATH, "btn")

    def _owed(self, paper: Paper) -> None:
        late = paper.due_at is not None and paper.due_at < self._portal.clock()
        tone, heading = ("danger", N_("An invoice is overdue")) if late else ("warn", N_("An invoice is to be paid"))
        if paper.due_at is None:
            said = _("{amount} of invoice {number}.", amount=paper.left, number=paper.number or written.NONE)
        else:
            said = _(
                "{amount} of invoice {number}, due on {day}.",
                amount=paper.left, number=paper.number or written.NONE, day=written.day(paper.due_at, UTC),
            )  # fmt: skip
        with notices.box(tone, _(heading), said):
            if paper.url:
                named = _("Pay {amount} now", amount=paper.left)
                link(named, paper.url, "btn primary", rel="noopener")

    def _tell(self, found: tuple[Paper, ...]) -> None:
        if not found:
            Tag(
                "p",
                _("No invoices yet. What you pay for plans, and invoices for credits, will be listed here."),
                "muted",
            )
            return
        years = sorted({each.year for each in found}, reverse=True)
        with Tag("div", classes="row apart"):
            self._years(years)
            if may(self._principal, Action.EXPORT, self._account_id):
                more = f"?year={self._year}" if self._year else ""
                link(_("Download CSV"), f"/exports/invoices.csv{more}", "btn small", download="", data_export="")
        shown = of_year(found, self._year)
        if not shown:
            Tag("p", _("No invoice is of this year."), "muted")
            return
        InvoiceList().tell(shown, self._portal.clock())

    def _years(self, years: list[int]) -> None:
        """Each year is a place of its own."""
        with Tag("nav", classes="segments-links years", aria_label=_("Year")):
            for year in (None, *years):
                current = "page" if year == self._year else None
                text = _("All") if year is None else str(year)
                link(text, f"{PATH}?year={year}" if year else PATH, "segment", aria_current=current)


def _upcoming(coming: Bill | None) -> None:
    if coming is None:
        return
    with Tag("section", classes="panel plan", aria_labelledby="invoices-coming"):
        Tag("h2", _("Next invoice"), id="invoices-coming")
        Tag("p", _("{amount} on {day}, as things stand now.", amount=coming.due, day=written.day(coming.at)))
        bill_details(coming)


def _foretold(portal: Portal, account_id: str) -> tuple[Bill | None]:
    return (papers.upcoming(portal, account_id),)
