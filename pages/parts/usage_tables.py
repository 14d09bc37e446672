"""What was used, as figures, tables and a drawing. Only pages/usage.py imports it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from auth.policy import Principal
from billing.portal import Portal
from billing.rules.forecasts import expected
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.rules.usage_reports import Group, Grouping, UsageReport
from pages.parts import format as written
from pages.parts.ledger_table import actor_words
from pages.parts.plain_table import Cell, PlainTable
from pages.parts.sum_line import Figure, SumLine
from pages.parts.tags import Tag, link
from pages.parts.usage_chart import REST, Series, UsageChart, colour, step_names
from pages.words import _, n_

HUNDREDTH, WHOLE = 10_000, 1_000_000

SAMPLE = """\
curl -X POST {url}/api/v1/usage \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{{"account": "{account}", "amount": "0.25", "idempotency_key": "job-1", "dimensions": {{"model": "large"}}}}'"""


class UsageTables:
    """Built in the current slot, empty; `show` fills it. `on_pick` hears which bar was clicked."""

    def __init__(self, portal: Portal, grouping: Grouping, on_pick: Callable[..., Any], *, buys: bool) -> None:
        self._portal, self._grouping, self._buys = portal, grouping, buys
        self._stats = SumLine(stats=True).mark("stats")
        self._empty = Tag("div", classes="empty").mark("empty")
        self._body = Tag("div", classes="stack")
        with self._body:
            self._heading = Tag("h2")
            self._chart = UsageChart(_("The drawing cannot be shown; the tables hold the same."), on_pick)
            with Tag("details", classes="more").mark("as-table"):
                Tag("summary", _("Show as table"))
                self._steps = Tag("div")
            with Tag("div", classes="row"):
                Tag("h2", self._by(), "grow")
                self._lines = link(_("Show the transactions"), "/transactions")
                self._csv = link(_("Export CSV"), "/exports/usage.csv", download="", data_export="")
            columns = (self._by_word(), "#" + _("Uses"), "#" + _("Credits"), "#" + _("Share"), "#" + _("Period before"),
                       "#" + _("Change"))  # fmt: skip
            self._groups = PlainTable(_("What was used most comes first"), columns)
            self._note = Tag("p", classes="caption").mark("usage-note")

    def show(self, report: UsageReport, names: Mapping[str, str], reader: Principal, csv: str) -> None:
        """Replaces everything. `names` are those of the account's own keys, `csv` is where it is found as a file."""
        self._say_empty(report, reader)
        self._show_stats(report)
        if not report.events:
            return
        told = _distinct({each.name: self._name(each, names, reader) for each in report.groups})
        places = written.places(amount for each in report.groups for amount in (each.used, each.before))
        self._heading.text = self._title(report)
        self._draw(report, [told[each.name] for each in report.series])
        self._list_steps(report, [told[each.name] for each in report.series])
        self._groups.show(self._rows(report, told, places))
        self._csv.put("href", csv)
        self._lines.put("href", _lines(report))
        self._note.text = _say_late(report)

    def _say_empty(self, report: UsageReport, reader: Principal) -> None:
        self._body.set_visibility(report.events > 0)
        self._empty.set_visibility(not report.events)
        self._empty.clear()
        if report.events:
            return
        with self._empty:
            Tag("h2", _("Nothing was used in this period"))
            Tag("p", _("A program spends credits with an API key, like this:"), "muted")
            sample = SAMPLE.format(url=self._portal.settings.public_url.rstrip("/"), account=reader.account_id)
            Tag("pre", sample, "code sample", tabindex="0", aria_label=_("Example"))

    def _show_stats(self, report: UsageReport) -> None:
        before = _("{change} against the period before", change=written.change(report.total, report.before))
        stats = [Figure(_("Used"), written.credits(report.total), hint=before if report.before.micro else "")]
        if not report.window.hourly:
            stats.append(Figure(_("Daily average"), written.credits(_average(report, self._portal.clock()))))
            stats += _foretold(report, self._portal.clock())
        stats.append(Figure(_("Uses"), written.number(report.events)))
        if report.given_back.micro:
            hint = _("not subtracted above")
            stats.append(Figure(_("Given back"), written.credits(report.given_back), hint=hint))
        self._stats.show(stats)

    def _draw(self, report: UsageReport, told: Sequence[str]) -> None:
        series = [
            Series(name, colour(place), [str(bar.used[place]) for bar in report.bars],
                   [written.credits(bar.used[place]) for bar in report.bars])
            for place, name in enumerate(told)
        ]  # fmt: skip
        if any(bar.others.micro for bar in report.bars):
            others = [bar.others for bar in report.bars]
            series.append(Series(_("Others"), REST, list(map(str, others)), list(map(written.credits, others))))
        labels, marks = step_names(report.window)
        totals = [written.credits(bar.total) for bar in report.bars]
        self._chart.show(_about(report, marks), labels, marks, totals, series)

    def _list_steps(self, report: UsageReport, told: Sequence[str]) -> None:
        """The table of the drawing: the same numbers, step by step."""
        self._steps.clear()
        shown = told if len(told) > 1 else ()
        others = any(bar.others.micro for bar in report.bars)
        first = _("Hour") if report.window.hourly else _("Day")
        extra = ("#" + _("Others"),) if others else ()
        columns = (first, *(f"#{name}" for name in shown), *extra, "#" + _("Together"), "#" + _("Uses"))
        marks = step_names(report.window)[1]
        with self._steps:
            table = PlainTable(self._heading.text, columns, quiet=True)
        table.show(
            (mark, *map(written.credits, bar.used[: len(shown)]), *([written.credits(bar.others)] if others else []),
             written.credits(bar.total), written.number(bar.events))
            for mark, bar in zip(marks, report.bars, strict=True)
        )  # fmt: skip

    def _rows(self, report: UsageReport, told: Mapping[str, str], places: int) -> list[tuple[Cell | str, ...]]:
        rows = [_row(self._lead(each, told, report), each, report, places) for each in report.groups]
        if report.others is not None:
            named = n_("{n} other", "{n} others", report.others_count)
            rows.append(_row(named, report.others, report, places))
        return rows

    def _lead(self, group: Group, told: Mapping[str, str], report: UsageReport) -> Cell | str:
        """The name; that of a key leads to its uses."""
        by_actor = self._grouping.by_actor
        return Cell(told[group.name], href=_lines(report, by=group.name)) if by_actor else told[group.name]

    def _name(self, group: Group, names: Mapping[str, str], reader: Principal) -> str:
        if self._grouping.by_actor:
            return names.get(group.name) or actor_words(group.name, reader)
        if not self._grouping.dimension:
            return _("All uses")
        return group.name or _("not given")

    def _title(self, report: UsageReport) -> str:
        return _("Credits used by the hour") if report.window.hourly else _("Credits used by the day")

    def _by(self) -> str:
        return _("By {what}", what=self._by_word()) if self._grouping != Grouping() else _("All together")

    def _by_word(self) -> str:
        return self._grouping.dimension or _("API key")


def _row(name: Cell | str, group: Group, report: UsageReport, places: int) -> tuple[Cell | str, ...]:
    return (
        name, written.number(group.events), written.credits(group.used, places),
        written.percent(group.used, report.total), written.credits(group.before, places),
        written.change(group.used, group.before),
    )  # fmt: skip


def _lines(report: UsageReport, **more: str) -> str:
    """Where the uses of these days stand line by line."""
    days = (report.window.day(0), report.window.day(report.window.steps - 1))
    pairs = {"since": days[0].isoformat(), "until": days[1].isoformat(), **more, "kind": "usage"}
    return f"/transactions?{urlencode(pairs)}"


def _about(report: UsageReport, marks: Sequence[str]) -> str:
    """The drawing in a sentence."""
    place = max(range(len(report.bars)), key=lambda each: report.bars[each].total)
    return _(
        "Bars of credits used: {total} in all, most of it, {most}, on {when}.",
        total=report.total, most=report.bars[place].total, when=marks[place],
    )  # fmt: skip


def _average(report: UsageReport, now: int) -> Credits:
    """A day's, to the hundredth: a mean of millionths would look more exact than anything is."""
    return _rounded(report.total.micro // max(1, _days_passed(report, now)))


def _roughly(least: Credits, most: Credits) -> tuple[Credits, Credits]:
    """Whole credits of what is many: what is foretold must not look exact."""
    step = WHOLE if most.micro >= 10 * WHOLE else HUNDREDTH
    return Credits(least.micro - least.micro % step), Credits(most.micro + -most.micro % step)


def _rounded(micro: int) -> Credits:
    return Credits(micro - micro % HUNDREDTH)


def _foretold(report: UsageReport, now: int) -> list[Figure]:
    """What a period that still runs will have used at its end, if its days go on as they did."""
    window = report.window
    whole = [bar.total for bar, end in zip(report.bars, window.edges[1:], strict=True) if end <= now]
    ahead = window.steps - len(whole)
    # of a window that ends today there is nothing to foretell but the rest of today
    found = expected(whole, ahead) if now < window.edges[-2] else None
    if found is None:
        return []
    used = sum(whole, Credits(0))
    least, most = (max(report.total, used + each) for each in _roughly(*found))
    until = written.short_day(window.day(window.steps - 1))
    span = written.credits(least) if least == most else f"{written.credits(least)} – {written.credits(most)}"
    return [Figure(_("Expected by {day}", day=until), span, hint=_("if days go on as they did"))]


def _distinct(told: Mapping[str, str]) -> dict[str, str]:
    """Names by group, numbered where two are alike: the ends of two keys may be the same."""
    seen: Counter[str] = Counter()
    distinct = {}
    for group, name in told.items():
        seen[name] += 1
        distinct[group] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return distinct


def _days_passed(report: UsageReport, now: int) -> int:
    """How many days of the window have begun; an average over days that are still to come would be too small."""
    return sum(edge <= now for edge in report.window.edges[:-1]) or (report.window.until - report.window.since) // DAY


def _say_late(report: UsageReport) -> str:
    if report.last_at is None:
        return ""
    return _("The newest of these uses was recorded on {moment}.", moment=written.moment_whole(report.last_at))
