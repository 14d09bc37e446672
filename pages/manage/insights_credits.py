"""Everybody's credits in a window: how what is held grew and shrank, what is left, who used most.

The pages about insights import it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from billing.rules.insights import Bought, Flow, Insights, TopAccount, worth
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource
from billing.rules.money import Credits
from billing.rules.windows import Window
from pages.parts import format as written
from pages.parts.balance_panel import SOURCES
from pages.parts.plain_table import Cell, PlainTable
from pages.parts.sum_line import Figure, SumLine
from pages.parts.tags import Tag
from pages.parts.usage_chart import Series, UsageChart, colour, step_names
from pages.words import N_, _

FLOW_WORDS: dict[Flow, str] = {
    Flow.SOLD: N_("Sold"),
    Flow.PLANS: N_("With plans"),
    Flow.GIVEN: N_("Granted"),
    Flow.USED: N_("Used"),
    Flow.EXPIRED: N_("Expired"),
    Flow.RETURNED: N_("Refunded and disputed"),
    Flow.ADJUSTED: N_("Adjusted"),
}

CAME_IN = (Flow.SOLD, Flow.PLANS, Flow.GIVEN)
WENT_OUT = (Flow.USED, Flow.EXPIRED, Flow.RETURNED)
ALWAYS = (Flow.SOLD, Flow.USED)
"""Told even when they are nought."""


def behind(path: str, window: Window, **more: str) -> str:
    """The list at `path` of the days of the window, which are days of whoever looks."""
    days = {"since": window.day(0).isoformat(), "until": window.day(window.steps - 1).isoformat()}
    return f"{path}?{urlencode({**more, **days})}"


class CreditFlows:
    """The sum from what was held at the beginning to what is held at the end, drawings, and a table of all steps."""

    def __init__(self, found: Insights, on_pick: Callable[..., Any]) -> None:
        self._found = found
        self._shown = [flow for flow in Flow if flow in ALWAYS or any(step.get(flow) for step in found.flows)]
        Tag("h2", _("Credits of all accounts"))
        SumLine(_("How what all accounts hold together changed")).mark("credit-flows").show(self._sum())
        self._drawing(_("Credits that came in"), CAME_IN, 1, on_pick)
        self._drawing(_("Credits that went out"), WENT_OUT, -1, on_pick)
        with Tag("details", classes="more").mark("as-table"):
            Tag("summary", _("Show as table"))
            self._table()
        self._breakage()

    def _sum(self) -> list[Figure]:
        found = self._found
        figures = [Figure(_("At the beginning"), written.credits(found.opening))]
        for flow in self._shown:
            amount = found.total(flow)
            sign = written.MINUS if amount.micro < 0 or (flow in WENT_OUT and not amount.micro) else "+"
            href = behind("/manage/transactions", found.window, kind=flow)
            figures.append(Figure(_(FLOW_WORDS[flow]), written.credits(Credits(abs(amount.micro))), sign, href=href))
        return [*figures, Figure(_("At the end"), written.credits(found.closing), "=", href="/manage?sort=-balance")]

    def _drawing(self, title: str, flows: Sequence[Flow], turn: int, on_pick: Callable[..., Any]) -> None:
        drawn = [flow for flow in flows if flow in self._shown and self._found.total(flow).micro]
        if not drawn:
            return
        labels, marks = step_names(self._found.window)
        heights = {
            flow: [Credits(turn * step.get(flow, Credits(0)).micro) for step in self._found.flows] for flow in drawn
        }
        totals = [sum(each, Credits(0)) for each in zip(*heights.values(), strict=True)]
        most = max(range(len(totals)), key=lambda place: totals[place])
        about = _(
            "{title}: {total} in all, most of it, {most}, on {when}.",
            title=title, total=sum(totals, Credits(0)), most=totals[most], when=marks[most],
        )  # fmt: skip
        Tag("h3", title)
        chart = UsageChart(_("The drawing cannot be shown; the tables hold the same."), on_pick)
        chart.show(
            about, labels, marks, list(map(written.credits, totals)),
            [
                Series(_(FLOW_WORDS[flow]), colour(place), list(map(str, each)), list(map(written.credits, each)))
                for place, (flow, each) in enumerate(heights.items())
            ],
        )  # fmt: skip

    def _breakage(self) -> None:
        """What nobody used in time: how much, what share of all that left by itself, and what had been paid for it."""
        found = self._found
        if not found.expired.micro:
            return
        href = behind("/manage/transactions", found.window, kind=Flow.EXPIRED)
        share = written.percent(found.expired, found.ended) if found.expired.micro > 0 else written.NONE
        Tag("h3", _("Expired unused"))
        SumLine(stats=True).mark("breakage").show(
            [
                Figure(_("Credits"), written.credits(found.expired), href=href),
                Figure(_("Breakage"), share, hint=_("of what was used or expired")),
                *_paid_for(found.lost),
            ]
        )

    def _table(self) -> None:
        window, names = self._found.window, [_(FLOW_WORDS[flow]) for flow in self._shown]
        columns = (_("Hour") if window.hourly else _("Day"), *("#" + name for name in names))
        marks = step_names(window)[1]
        PlainTable(_("Credits of all accounts"), columns, quiet=True).show(
            (mark, *(written.signed(step.get(flow, Credits(0))) for flow in self._shown))
            for mark, step in zip(marks, self._found.flows, strict=True)
        )


def outstanding(found: Insights) -> None:
    """The liability: what is held and owed now, what was paid for what is left of it, and where that came from."""
    Tag("h2", _("Outstanding now"))
    together = found.held + found.owed
    SumLine(stats=True).mark("outstanding").show(
        [
            Figure(_("Held by customers"), written.credits(found.held), href="/manage?sort=-balance"),
            Figure(_("Owed by customers"), written.credits(-found.owed), href="/manage?negative=1&sort=balance"),
            Figure(_("Together"), written.credits(together), hint=_("what all balances add up to")),
            Figure(_("Of it bought"), written.credits(sum((each.credits for each in found.unspent), Credits(0)))),
            *_paid_for(found.unspent),
        ]
    )
    left = [(source, amount) for source, amount in found.sources if amount.micro]
    if left:
        table = PlainTable(_("What is left, by where it came from"), (_("Source"), "#" + _("Credits")))
        table.show((_(SOURCES[LotSource(source)]), written.credits(amount)) for source, amount in left)


def _paid_for(pieces: Sequence[Bought]) -> list[Figure]:
    """The money that was received for these credits, a figure for each currency."""
    hint = _("before tax, at the price of each order")
    return [
        Figure(_("Paid for it in {currency}", currency=each.currency), written.money(each), hint=hint)
        for each in worth(pieces)
    ]


def top_accounts(found: Insights) -> None:
    """Those that used most, with the way to their uses."""
    Tag("h2", _("Accounts that used most"))
    columns = (_("Account"), "#" + _("Uses"), "#" + _("Credits"), "#" + _("Share"), "#" + _("Balance"))
    used = Credits(sum(max(0, -step.get(Flow.USED, Credits(0)).micro) for step in found.flows))
    table = PlainTable(_("What was used most comes first"), columns, empty=_("Nothing was used in this period"))
    table.show([_account(each, found, used) for each in found.top])


def _account(each: TopAccount, found: Insights, used: Credits) -> tuple[Cell | str, ...]:
    path = f"/manage/accounts/{each.id}"
    share = written.percent(each.used, used) if used.micro >= each.used.micro > 0 else written.NONE
    uses = Cell(each.name, href=behind(path, found.window, kind=Kind.USAGE), below=each.id)
    return uses, written.number(each.uses), written.credits(each.used), share, written.credits(each.balance)
