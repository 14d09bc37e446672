"""What an account may owe, what it owes, and the invoices for it, on the managers' page of the account."""

from __future__ import annotations

from datetime import tzinfo

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal, may
from billing import credit_limits
from billing.credit_limits import Standing
from billing.portal import Portal
from billing.rules.moments import iso
from billing.rules.overdraft import InvoiceState, Mode, OverdraftInvoice
from billing.rules.views import AccountView
from pages.frame import act
from pages.live import ask
from pages.manage.credit_dialog import CreditDialog
from pages.parts import format as written
from pages.parts.plain_table import Cell, PlainTable
from pages.parts.reasons import reason_words
from pages.parts.tags import Tag, button
from pages.words import N_, _, n_

STATES: dict[InvoiceState, tuple[str, str, str]] = {
    InvoiceState.NEW: (N_("Being sent"), "plain", "○"),
    InvoiceState.OPEN: (N_("Open"), "info", "○"),
    InvoiceState.PAID: (N_("Paid"), "good", "●"),
    InvoiceState.UNCOLLECTIBLE: (N_("Uncollectible"), "danger", "✕"),
    InvoiceState.VOID: (N_("Void"), "plain", "○"),
    InvoiceState.REFUSED: (N_("Refused"), "danger", "✕"),
}


class CreditPanel:
    """Built in the current slot; `show` reads everything again."""

    def __init__(self, portal: Portal, principal: Principal, account: AccountView) -> None:
        self._portal, self._account = portal, account
        self._standing: Standing | None = None
        with Tag("section", classes="panel", aria_label=_("Credit on account")):
            with Tag("div", classes="row apart"):
                Tag("h2", _("Credit on account"))
                self._actions = Tag("div", classes="row")
            self._facts = Tag("dl", classes="facts").mark("credit-facts")
            self._invoices = PlainTable(_("Invoices for credits used on account, newest first"), _columns())
        own = account.id == principal.account_id
        if not own and may(principal, Action.SET_CREDIT_LIMIT, account.id):
            self._dialog = CreditDialog(portal, principal, account, self.show)
            work = act(portal, principal, Action.SET_CREDIT_LIMIT, self._open, account_id=account.id)
            with self._actions:
                button(_("Change credit limit"), work).mark("credit-limit")

    async def show(self) -> None:
        """The terms, what is owed, and the invoices as they stand."""
        standing = self._standing = await ask(credit_limits.standing, self._portal, self._account.id)
        self._facts.clear()
        with self._facts:
            for name, value in _facts(standing):
                Tag("dt", name)
                Tag("dd", value)
        self._invoices.set_visibility(bool(standing.invoices))
        self._invoices.show(_row(each, standing.zone) for each in standing.invoices)

    async def _open(self, _event: GenericEventArguments) -> None:
        await self.show()
        if self._standing is not None:
            self._dialog.show(self._standing)


def _columns() -> tuple[str, ...]:
    amounts = ("#" + _("Credits"), "#" + _("Amount"))
    return _("Used until"), *amounts, _("Status"), _("Due"), _("Invoice"), _("To look at")


def _facts(standing: Standing) -> list[tuple[str, str]]:
    facts = [(_("Mode"), _("Postpaid") if standing.mode is Mode.POSTPAID else _("Prepaid"))]
    if standing.minimum.micro:
        facts.append((_("Required minimum"), written.counted(standing.minimum)))
    if standing.limit.micro or standing.owed.micro or standing.invoices:
        facts += [
            (_("Credit limit"), written.counted(standing.limit)),
            (_("Owed"), written.counted(standing.owed)),
            (_("Not invoiced yet"), written.counted(standing.unasked)),
            (_("Invoices are due after"), n_("{n} day", "{n} days", standing.due_in_days)),
        ]
    if standing.next_invoice_at is not None:
        facts.append((_("Next invoice"), written.day(standing.next_invoice_at, standing.zone)))
    return facts


def _row(each: OverdraftInvoice, zone: tzinfo) -> tuple[Cell | str, ...]:
    word, tone, sign = STATES[each.state]
    last, due = each.period_end - 1, each.due_at
    return (
        Cell(written.day(last, zone), iso=iso(last), title=written.moment_whole(last)),
        written.credits(each.credits),
        written.money(each.amount),
        Cell(_(word), chip=tone, sign=sign),
        written.NONE if due is None else Cell(written.day(due, zone), iso=iso(due), title=written.moment_whole(due)),
        Cell(each.number or each.invoice_ref or written.NONE, code=True),
        reason_words(each.note),
    )
