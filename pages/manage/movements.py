"""/manage/transactions: what moved anybody's credits, across accounts. app.py mounts it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from auth.policy import Action, Principal
from billing import accounts, trade_lists
from billing.portal import Portal
from billing.rules.console import Listed
from billing.rules.insights import FLOWS, MovementFilters, kinds_of
from billing.rules.kinds import Kind
from billing.rules.views import Line
from pages.frame import frame, screen
from pages.manage.insights_credits import FLOW_WORDS
from pages.manage.lists import ListPage, ListSpec
from pages.parts import format as written
from pages.parts.ledger_table import about, actor_words
from pages.parts.list_filters import Asked, ListField, begins, ends
from pages.parts.plain_table import Cell, moment_cell
from pages.words import _, n_

PATH = "/manage/transactions"

Named = tuple[Line, str, Mapping[str, str]]
"""A movement with the names of those who made the ones on its page."""


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PATH, Action.VIEW_INSIGHTS)
    async def movements(principal: Principal) -> None:
        async with frame(portal, principal, _("Transactions of all accounts"), "/manage/insights"):
            await ListPage(portal, principal, _spec(portal, principal)).show()


def filters(asked: Asked) -> MovementFilters:
    """What an address asks for, as the list reads it."""
    return MovementFilters(
        search=asked.get("search", ""),
        kinds=kinds_of(asked.get("kind", "")),
        since=begins(asked),
        until=ends(asked),
        after=asked.get("after", ""),
    )


def fetch(portal: Portal, asked: Asked) -> Listed[Named]:
    """The page of transactions that an address asks for."""
    found = trade_lists.movements(portal, filters(asked))
    names = accounts.names(portal, [line.actor for line, _name in found.lines])
    return Listed([(*each, names) for each in found.lines], found.after, found.matching)


def _spec(portal: Portal, reader: Principal) -> ListSpec[Named]:
    words = written.words(portal.settings)
    groups = ((flow.value, _("All: {what}", what=_(word))) for flow, word in FLOW_WORDS.items() if len(FLOWS[flow]) > 1)
    kinds = (("", _("All types")), *groups, *((kind.value, words[kind]) for kind in Kind))
    amounts = ("#" + _("Amount"), "#" + _("Balance after"))
    return ListSpec(
        path=PATH,
        action=Action.VIEW_INSIGHTS,
        counted=lambda n: n_("{n} transaction", "{n} transactions", n),
        fields=(
            ListField("search", _("Search"), "search", placeholder=_("Description, id or reference")),
            ListField("kind", _("Type"), "select", kinds),
            ListField("since", _("From"), "date"),
            ListField("until", _("To"), "date"),
        ),
        columns=(_("When"), _("Account"), _("Type"), _("Description"), *amounts, _("By")),
        caption=_("Transactions of all accounts"),
        fetch=fetch,
        row=partial(_row, words, reader),
        empty=_("No transaction matches."),
        key=lambda found: str(found[0].id),
        csv="/exports/movements.csv",
    )


def _row(words: dict[Kind, str], reader: Principal, found: Named, now: int) -> tuple[Cell | str, ...]:
    line, name, names = found
    return (
        moment_cell(line.recorded_at, now),
        Cell(name, href=f"/manage/accounts/{line.account_id}"),
        words[line.kind],
        Cell(about(line) or written.NONE, below=str(line.id)),
        Cell(written.signed(line.amount), tone="plus" if line.amount.micro > 0 else "minus"),
        written.credits(line.balance_after),
        Cell(actor_words(line.actor, reader, names), title=line.actor),
    )
