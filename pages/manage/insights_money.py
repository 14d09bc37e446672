"""Everybody's payments in a window: what was paid, what failed and why, and how fast the provider's news were worked.

Only pages/manage/insights.py imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing.rules.insights import Insights, Revenue
from billing.rules.kinds import Kind
from billing.rules.money import Money
from billing.rules.orders import OrderState
from pages.manage.events_words import STATES
from pages.manage.insights_credits import behind
from pages.parts import format as written
from pages.parts.plain_table import Cell, PlainTable
from pages.parts.sum_line import Figure, SumLine
from pages.parts.tags import Tag
from pages.parts.usage_chart import Series, UsageChart, colour, step_names
from pages.words import _

CHARTS = 2
"""So many currencies are drawn; the table has them all."""


def revenue(found: Insights, on_pick: Callable[..., Any]) -> None:
    """What was paid, by currency, and when."""
    Tag("h2", _("Revenue"))
    numbers = ("#" + _("Payments"), "#" + _("Sold"), "#" + _("Tax"), "#" + _("Invoices paid"), "#" + _("Together"))
    table = PlainTable(
        _("What was paid, by currency"), (_("Currency"), *numbers), empty=_("Nothing was paid in this period.")
    )
    table.show([_currency(each, found) for each in found.revenue])
    for each in found.revenue[:CHARTS]:
        _drawing(each, found, on_pick)
    Tag("p", _("What subscriptions brought is told by the provider, whose invoices they are paid by."), "caption")


def failed(found: Insights) -> None:
    """Why payments failed that were not made since."""
    Tag("h2", _("Payments that failed"))
    table = PlainTable(
        _("By reason, as the provider names it"), (_("Reason"), "#" + _("Orders")), empty=_("No payment failed.")
    )
    table.show(
        (Cell(code, href=behind("/manage/payments", found.window, failure=code), code=True), written.number(count))
        for code, count in found.failures
    )


def events_told(found: Insights) -> None:
    """How the provider's events fared."""
    Tag("h2", _("Events of the provider"))
    told, window = found.told, found.window
    figures = [
        Figure(_("Received in all"), written.number(sum(told.states.values())), href=behind("/manage/events", window)),
        *(
            Figure(_(word), written.number(told.states[state]), href=behind("/manage/events", window, state=state))
            for state, (word, *_look) in STATES.items()
            if told.states.get(state)
        ),
        Figure(_("Half done within"), _lag(told.lag_p50)),
        Figure(_("95 of 100 done within"), _lag(told.lag_p95)),
        Figure(_("Slowest"), _lag(told.lag_most)),
    ]
    SumLine(stats=True).mark("events-told").show(figures)


def _currency(each: Revenue, found: Insights) -> tuple[Cell | str, ...]:
    paid = behind("/manage/payments", found.window, state=OrderState.CREDITED, currency=each.currency)
    invoices = behind("/manage/transactions", found.window, kind=Kind.SETTLEMENT)
    return (
        Cell(each.currency, href=paid),
        written.number(each.payments),
        written.money(each.sold),
        written.money(each.tax),
        Cell(written.money(each.invoiced), href=invoices) if each.invoices else written.NONE,
        Cell(written.money(each.total), tone="strong"),
    )


def _drawing(each: Revenue, found: Insights, on_pick: Callable[..., Any]) -> None:
    labels, marks = step_names(found.window)
    earned = [Money(step.get(each.currency, 0), each.currency) for step in found.earned]
    texts = list(map(written.money, earned))
    most = max(range(len(earned)), key=lambda place: earned[place].minor)
    title = _("Revenue in {currency}", currency=each.currency)
    about = _(
        "{title}: {total} in all, most of it, {most}, on {when}.",
        title=title, total=written.money(each.total), most=texts[most], when=marks[most],
    )  # fmt: skip
    Tag("h3", title)
    chart = UsageChart(_("The drawing cannot be shown; the tables hold the same."), on_pick)
    chart.show(about, labels, marks, texts, [Series(title, colour(0), [f"{one.major:f}" for one in earned], texts)])
    with Tag("details", classes="more"):
        Tag("summary", _("Show as table"))
        columns = (_("Hour") if found.window.hourly else _("Day"), f"#{title}")
        PlainTable(title, columns, quiet=True).show(zip(marks, texts, strict=True))


def _lag(microseconds: int | None) -> str:
    return written.NONE if microseconds is None else written.lasting(microseconds)
