"""The list of transactions, a table in the browser fed with plain data. Overview, transactions and account use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from auth.policy import Action, Principal, may
from billing.rules.kinds import Kind
from billing.rules.moments import iso
from billing.rules.views import Line
from pages.parts import format as written
from pages.parts.reasons import reason_words
from pages.words import N_, _, apart

ADDRESS_MOST = 2_000

HEARD = {
    "when": N_("When"), "what": N_("What"), "by": N_("By"), "receipt": N_("Receipt"), "amount": N_("Amount"),
    "after": N_("Balance after"), "none": N_("none"), "pages": N_("Pages"), "newest": N_("Newest"),
    "older": N_("Older"), "balance": N_("balance"),
}  # fmt: skip
"""What the table itself says, by the names its browser's half has for it."""


class LedgerTable(ui.element, component="ledger_table.js"):
    """Rows of a statement. The browser writes every value as text; nothing in it is read as markup."""

    def __init__(
        self,
        reader: Principal,
        words: Mapping[Kind, str],
        *,
        short: bool = False,
        on_page: Callable[..., Any] | None = None,
    ) -> None:
        """`reader` is who looks; `short` leaves out who and receipt; `on_page` hears the address of another page."""
        super().__init__()
        self._reader, self._words = reader, words
        self.props["nobody"] = short
        self.props["caption"] = _("Times in {zone}", zone=written.zone_name())
        self.props["words"] = {name: _(text) for name, text in HEARD.items()}
        if on_page is not None:
            self.on("page", on_page)

    def show(self, lines: Sequence[Line], now: int, *, older: str | None = None, newest: str | None = None) -> None:
        """Replaces what is shown. `older` and `newest` are addresses of other pages, or None."""
        places = written.places(amount for line in lines for amount in (line.amount, line.balance_after))
        self.props["rows"] = [row(line, self._reader, now, self._words, places) for line in lines]
        self.props["older"], self.props["newest"], self.props["busy"] = older, newest, False
        self.update()

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The rows as they were sent."""
        rows: list[dict[str, Any]] = self.props.get("rows", [])
        return rows


def row(line: Line, reader: Principal, now: int, words: Mapping[Kind, str], places: int = 0) -> dict[str, Any]:
    """One line as the browser shows it: finished texts only, so that no arithmetic happens there."""
    own_receipt = line.order_id is not None and line.account_id == reader.account_id and may(reader, Action.BUY)
    return {
        "id": str(line.id),
        "iso": iso(line.recorded_at),
        "when": written.ago(line.recorded_at, now),
        "whole": written.moment_whole(line.recorded_at),
        "word": words[line.kind],
        "about": apart(line.reason) if line.kind in TYPED else reason_words(line.reason),
        "by": actor_words(line.actor, reader),
        "actor": line.actor,
        "receipt": f"/receipt/{line.order_id}" if own_receipt else None,
        "amount": written.signed(line.amount, places),
        "spoken": written.spoken(line.amount),
        "tone": "plus" if line.amount.micro > 0 else "minus",
        "after": written.credits(line.balance_after, places),
    }


TYPED = (Kind.GRANT, Kind.REMOVAL, Kind.USAGE)
"""Whose reasons are always somebody's own words."""


def actor_words(actor: str, reader: Principal) -> str:
    """Who it was, in words. Managers see ids; to customers the people of the portal stay nameless."""
    if actor == reader.id:
        return _("You")
    if actor.startswith("key_"):
        return _("API key …{end}", end=actor[-4:])
    if actor.startswith("usr_"):
        return actor if may(reader, Action.SEARCH_ACCOUNTS) else _("Manager")
    return actor.capitalize() if may(reader, Action.SEARCH_ACCOUNTS) else _("System")
