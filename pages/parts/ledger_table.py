"""The list of transactions, a table in the browser fed with plain data. Overview, transactions and account use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from nicegui import ui

from auth.policy import Action, Principal, may
from billing.rules.kinds import Kind
from billing.rules.moments import iso
from billing.rules.views import Line
from pages.parts import format as written
from pages.parts.halves import half
from pages.parts.names import called
from pages.parts.reasons import reason_words
from pages.parts.stills import NOTHING, Still, each
from pages.words import N_, _, apart

ADDRESS_MOST = 2_000
NAMELESS: Mapping[str, str] = {}

HEARD = {
    "when": N_("When"), "what": N_("What"), "by": N_("By"), "receipt": N_("Receipt"), "amount": N_("Amount"),
    "after": N_("Balance after"), "none": N_("none"), "pages": N_("Pages"), "newest": N_("Newest"),
    "older": N_("Older"), "oldest": N_("Oldest"), "newer": N_("Newer"), "balance": N_("balance"),
    "details": N_("Details"), "loading": N_("One moment …"), "related": N_("Belongs together with"),
    "size": N_("Lines on a page"), "copy": N_("Copy"), "copied": N_("Copied"),
}  # fmt: skip
"""What the table itself says, by the names its browser's half has for it."""

LENGTHY = 160
"""A reason of more characters than that has a line of its own on a phone; ledger_table.js knows it too."""

_TABLE = Markup("""\
<div class="table-scroll"><table class="list ledger" role="table"><caption>{caption}</caption><thead role="rowgroup">\
<tr role="row"><th role="columnheader">{when}</th><th role="columnheader">{what}</th>\
<th role="columnheader" class="num">{amount}</th><th role="columnheader" class="num">{after}</th></tr></thead>\
<tbody role="rowgroup">{rows}</tbody></table></div>""")
_ROW = Markup("""\
<tr role="row"><td role="cell" class="date"><time datetime="{iso}" title="{whole}">{when}</time></td>\
<td role="cell" class="what"><span class="strong">{word}</span>{about}</td>\
<td role="cell" class="num amount {tone}"><span aria-hidden="true">{amount}</span>\
<span class="scrip-heard">{spoken}</span></td>\
<td role="cell" class="num after" data-label="{balance}">{after}</td></tr>""")
_ABOUT = Markup('<span class="about {lengthy}"> {about}</span>')


@dataclass(frozen=True, slots=True)
class Ways:
    """Addresses of other pages of the same list, or None: the first one, the next one, the same the other way round.

    `sizes` leads to pages of other lengths; the one that is shown comes with its own.
    """

    first: str | None = None
    further: str | None = None
    turned: str | None = None
    oldest: bool = False
    sizes: Mapping[int, str] | None = None
    size: int = 0


class LedgerTable(ui.element):
    """Rows of a statement. The browser writes every value as text; nothing in it is read as markup."""

    def __init__(self, reader: Principal, words: Mapping[Kind, str], *, short: bool = False) -> None:
        """`reader` is who looks; `short` leaves out who and receipt, and what can be opened."""
        super().__init__(half("ledger_table"))
        self._reader, self._words = reader, words
        self.props["nobody"] = short
        self.props["caption"] = _("Times in {zone}", zone=written.zone_name())
        self.props["words"] = {name: _(text) for name, text in HEARD.items()}

    def hear(self, on_page: Callable[..., Any], on_story: Callable[..., Any], on_lot: Callable[..., Any]) -> None:
        """Who hears the address of another page, the id of a line that was opened, and of a lot asked about."""
        self.on("page", on_page)
        self.on("story", on_story)
        self.on("lot", on_lot)

    def show(
        self, lines: Sequence[Line], now: int, ways: Ways | None = None, names: Mapping[str, str] = NAMELESS
    ) -> None:
        """Replaces what is shown, and forgets what was told of lines that are gone. `names` are the managers'."""
        places = written.places(amount for line in lines for amount in (line.amount, line.balance_after))
        self.props["rows"] = [row(line, self._reader, now, self._words, places, names) for line in lines]
        kept = {str(line.id) for line in lines}
        self.props["stories"] = {each: told for each, told in self.props.get("stories", {}).items() if each in kept}
        ways = ways or Ways()
        self.props["further"], self.props["first"] = ways.further, ways.first
        self.props["turned"], self.props["oldest"] = ways.turned, ways.oldest
        self.props["sizes"] = [
            {"size": size, "href": address, "chosen": size == ways.size} for size, address in (ways.sizes or {}).items()
        ]
        self.update()

    def tell(self, line_id: str, story: Mapping[str, Any]) -> None:
        """What stands behind a line."""
        self.props["stories"] = {**self.props.get("stories", {}), line_id: dict(story)}
        self.update()

    def still(self, _inner: Markup) -> Still | None:
        """The short one; the long one has too much to press."""
        if not self.props["nobody"]:
            return None
        names = {**self.props["words"], "caption": self.props["caption"]}
        rows = [{**row, "about": _reason(row["about"]), "balance": names["balance"]} for row in self.shown]
        return Still("div", {}, each(_TABLE, [{**names, "rows": each(_ROW, rows)}]))

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The rows as they were sent."""
        rows: list[dict[str, Any]] = self.props.get("rows", [])
        return rows


def row(
    line: Line,
    reader: Principal,
    now: int,
    words: Mapping[Kind, str],
    places: int = 0,
    names: Mapping[str, str] = NAMELESS,
) -> dict[str, Any]:
    """One line as the browser shows it: finished texts only, so that no arithmetic happens there."""
    own_receipt = line.order_id is not None and line.account_id == reader.account_id and may(reader, Action.BUY)
    when = written.ago(line.recorded_at, now)
    return {
        "id": str(line.id),
        "iso": iso(line.recorded_at),
        "when": when,
        "whole": written.moment_whole(line.recorded_at),
        "word": words[line.kind],
        "about": about(line),
        "label": _("Details: {what}, {when}", what=words[line.kind], when=when),
        "by": actor_words(line.actor, reader, names),
        "actor": line.actor,
        "receipt": f"/receipt/{line.order_id}" if own_receipt else None,
        "amount": written.signed(line.amount, places),
        "spoken": written.spoken(line.amount),
        "tone": "plus" if line.amount.micro > 0 else "minus",
        "after": written.credits(line.balance_after, places),
    }


def _reason(text: str) -> Markup:
    lengthy = "lengthy" if len(text) > LENGTHY else ""
    return _ABOUT.format(lengthy=lengthy, about=text) if text else NOTHING


TYPED = (Kind.GRANT, Kind.REMOVAL, Kind.USAGE)
"""Whose reasons are always somebody's own words."""


def about(line: Line) -> str:
    """Why, in the visitor's language where the portal itself wrote it."""
    return apart(line.reason) if line.kind in TYPED else reason_words(line.reason)


def actor_words(actor: str, reader: Principal, names: Mapping[str, str] = NAMELESS) -> str:
    """Who it was, in words. Managers read names; to customers the people of the portal stay nameless."""
    if actor == reader.id:
        return _("You")
    if actor.startswith("key_"):
        return _("API key {end}", end=f"…{actor[-4:]}")
    if actor.startswith("usr_"):
        return called(actor, names) if may(reader, Action.SEARCH_ACCOUNTS) else _("Manager")
    return actor.capitalize() if may(reader, Action.SEARCH_ACCOUNTS) else _("System")
