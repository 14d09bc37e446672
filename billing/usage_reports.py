"""Usage reports: what was used in a window of time, by whom or for what. Doors call it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from billing.portal import Portal
from billing.rules.errors import NotFound
from billing.rules.moments import iso, to_datetime
from billing.rules.money import Credits
from billing.rules.usage_reports import (
    GROUPS_MOST,
    NEWEST,
    SERIES_MOST,
    TOGETHER,
    Bar,
    Group,
    Grouping,
    UsageReport,
    Use,
)
from billing.rules.windows import Window
from billing.statements import csv_line, harmless
from billing.store import accounts, periods
from billing.store import usage_reports as rows
from billing.store.periods import Span

COLUMNS = ("from", "until", "local", "group", "events", "credits")


def report(portal: Portal, account_id: str, window: Window, grouping: Grouping = TOGETHER) -> UsageReport:
    """What the account used in the window. Raises NotFound."""
    with portal.database.read() as connection:
        if accounts.balance(connection, account_id) is None:
            raise NotFound("There is no such account.")
        found = periods.span(connection, account_id, window.since, window.until)
        earlier = periods.span(connection, account_id, *window.before)
        before = rows.total(connection, earlier, grouping)
        if grouping.is_together:
            bars, has_more = _bars(connection, found, window, grouping, ("",)), False
            groups = _together(bars, before)
        else:
            groups, has_more = _groups(connection, found, earlier, grouping)
            bars = _bars(connection, found, window, grouping, [each.name for each in groups[:SERIES_MOST]])
        last_at, dimensions = rows.latest(connection, found, grouping)
        return UsageReport(
            window=window, grouping=grouping, groups=groups,
            others=_others(groups, bars, before) if has_more else None,
            others_count=rows.count(connection, found, grouping) - GROUPS_MOST if has_more else 0,
            bars=bars, before=before, given_back=rows.given_back(connection, found, grouping),
            dimensions=dimensions, last_at=last_at,
        )  # fmt: skip


def newest(portal: Portal, account_id: str, window: Window, grouping: Grouping = TOGETHER) -> list[Use]:
    """The newest uses of the window, one by one."""
    with portal.database.read() as connection:
        found = periods.span(connection, account_id, window.since, window.until)
        return rows.newest(connection, found, grouping, NEWEST)


def csv_rows(portal: Portal, account_id: str, window: Window, grouping: Grouping) -> Iterator[str]:
    """Every step of the window by every group, as CSV text: times in UTC, and the step's beginning by local clocks."""
    yield csv_line(COLUMNS)
    with portal.database.read() as connection:
        found = periods.span(connection, account_id, window.since, window.until)
        step, sums = 0, dict[str, tuple[int, Credits]]()
        for piece in rows.pieces(connection, found, grouping):
            if window.step(piece.at) != step:
                yield from _step_rows(window, step, sums)
                step, sums = window.step(piece.at), {}
            events, used = sums.get(piece.group or "", (0, Credits(0)))
            sums[piece.group or ""] = (events + piece.events, used + piece.used)
        yield from _step_rows(window, step, sums)


def _groups(connection: Connection, found: Span, earlier: Span, grouping: Grouping) -> tuple[tuple[Group, ...], bool]:
    """The groups that used most, with what they used before, and whether there are more."""
    ranked = rows.groups(connection, found, grouping, GROUPS_MOST)
    names = [name for name, _, _ in ranked[:GROUPS_MOST]]
    known = rows.used_by(connection, earlier, grouping, names)
    groups = (Group(name, events, used, known.get(name, Credits(0))) for name, events, used in ranked[:GROUPS_MOST])
    return tuple(groups), len(ranked) > GROUPS_MOST


def _bars(
    connection: Connection, found: Span, window: Window, grouping: Grouping, series: Sequence[str]
) -> tuple[Bar, ...]:
    used = [dict.fromkeys((*series, None), Credits(0)) for _ in range(window.steps)]
    events = [0] * window.steps
    for piece in rows.pieces(connection, found, grouping, series):
        step = window.step(piece.at)
        used[step][piece.group] = used[step][piece.group] + piece.used
        events[step] += piece.events
    return tuple(
        Bar(tuple(each[name] for name in series), each[None], count) for each, count in zip(used, events, strict=True)
    )


def _together(bars: Sequence[Bar], before: Credits) -> tuple[Group, ...]:
    """All uses as one group; none where there were none."""
    used, events = sum((each.total for each in bars), Credits(0)), sum(each.events for each in bars)
    return (Group("", events, used, before),) if events else ()


def _others(groups: Sequence[Group], bars: Sequence[Bar], before: Credits) -> Group:
    """What no group of the list has, so that the list sums to the bars."""
    used = sum((each.total for each in bars), Credits(0)) - sum((each.used for each in groups), Credits(0))
    events = sum(each.events for each in bars) - sum(each.events for each in groups)
    return Group("", events, used, before - sum((each.before for each in groups), Credits(0)))


def _step_rows(window: Window, step: int, sums: dict[str, tuple[int, Credits]]) -> Iterator[str]:
    since, until = window.edges[step : step + 2]
    local = to_datetime(since).astimezone(window.zone).isoformat(timespec="minutes")
    for name, (events, used) in sorted(sums.items()):
        yield csv_line((iso(since), iso(until), local, harmless(name), str(events), str(used)))
