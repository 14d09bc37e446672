"""Insights: what everybody paid, got and used in a window of time. The managers' page and its export call it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection

from billing import spreadsheets
from billing.portal import Portal
from billing.rules.inbox import percentile
from billing.rules.insights import FLOW_OF, Bought, Flow, Flows, Insights, Revenue, Told, worth
from billing.rules.moments import iso, to_datetime
from billing.rules.money import Credits, Money
from billing.rules.windows import Window
from billing.store import insights as rows
from billing.store.insights import Earned

TOP = 10
COLUMNS = ("from", "until", "local", "figure", "unit", "amount")


def report(portal: Portal, window: Window) -> Insights:
    """Everything for the window, as it stood at one moment."""
    since, until = window.since, window.until
    with portal.database.read() as connection:
        held, owed = rows.outstanding(connection)
        flows, later = _flows(connection, window)
        closing = held + owed - later
        sold, invoiced = list(rows.earned(connection, since, until)), list(rows.invoiced(connection, since, until))
        return Insights(
            at=portal.clock(),
            window=window,
            opening=closing - sum((amount for step in flows for amount in step.values()), Credits(0)),
            closing=closing,
            flows=flows,
            revenue=_revenue(sold, invoiced),
            earned=_by_step(window, [*sold, *invoiced]),
            held=held,
            owed=owed,
            sources=rows.sources(connection),
            unspent=rows.unspent(connection),
            lost=rows.lost(connection, since, until),
            top=rows.top(connection, since, until, TOP),
            failures=rows.failures(connection, since, until),
            told=_told(connection, since, until),
        )


def csv_rows(portal: Portal, window: Window) -> Iterator[str]:
    """Each step's figures as CSV text: credits by flow, money by currency; what is nought is left out.

    Then follow what expired unused of what was bought, and what is outstanding at the moment of the file.
    """
    found = report(portal, window)
    yield from spreadsheets.sheet(COLUMNS, _cells(found))


def _flows(connection: Connection, window: Window) -> tuple[list[Flows], Credits]:
    """What each flow brought in each step, and what all of them brought after the window."""
    flows: list[dict[Flow, Credits]] = [{} for _ in range(window.steps)]
    later = Credits(0)
    for piece in rows.moved(connection, window.since, window.until):
        if piece.is_later:
            later = later + piece.amount
            continue
        step, flow = flows[window.step(piece.at)], FLOW_OF[piece.kind]
        step[flow] = step.get(flow, Credits(0)) + piece.amount
    return list(flows), later


def _revenue(sold: Iterable[Earned], invoiced: Iterable[Earned]) -> list[Revenue]:
    """By currency, that with the most payments first."""
    sums: dict[str, list[int]] = {}
    for place, pieces in enumerate((sold, invoiced)):
        for piece in pieces:
            row = sums.setdefault(piece.currency, [0, 0, 0, 0, 0])
            for column, value in zip((3 * place, 3 * place + 1), (piece.payments, piece.amount), strict=True):
                row[column] += value
            row[2] += piece.tax
    found = [
        Revenue(currency, row[0], Money(row[1], currency), Money(row[2], currency), row[3], Money(row[4], currency))
        for currency, row in sums.items()
    ]
    return sorted(found, key=lambda each: (-each.payments - each.invoices, each.currency))


def _by_step(window: Window, pieces: Iterable[Earned]) -> list[dict[str, int]]:
    steps: list[dict[str, int]] = [{} for _ in range(window.steps)]
    for piece in pieces:
        step = steps[window.step(piece.at)]
        step[piece.currency] = step.get(piece.currency, 0) + piece.amount + piece.tax
    return steps


def _told(connection: Connection, since: int, until: int) -> Told:
    lags = rows.lags(connection, since, until)
    return Told(
        rows.states(connection, since, until), percentile(lags, 50), percentile(lags, 95), max(lags, default=None)
    )


def _cells(found: Insights) -> Iterator[tuple[spreadsheets.Cell, ...]]:
    window = found.window
    for place in range(window.steps):
        when = _when(found, *window.edges[place : place + 2])
        for flow, amount in sorted(found.flows[place].items()):
            yield (*when, flow.value, "credits", str(amount))
        for currency, minor in sorted(found.earned[place].items()):
            yield (*when, "revenue", currency, format(Money(minor, currency).major, "f"))
    yield from _bought(_when(found, window.since, window.until), "breakage", found.lost)
    now = _when(found, None, found.at)
    for figure, amount in (("held", found.held), ("owed", found.owed), ("outstanding", found.held + found.owed)):
        yield (*now, figure, "credits", str(amount))
    yield from _bought(now, "liability", found.unspent)


def _when(found: Insights, since: int | None, until: int) -> tuple[str, str, str]:
    local = to_datetime(until if since is None else since).astimezone(found.window.zone)
    return "" if since is None else iso(since), iso(until), local.isoformat(timespec="minutes")


def _bought(
    when: tuple[str, str, str], figure: str, pieces: Sequence[Bought]
) -> Iterator[tuple[spreadsheets.Cell, ...]]:
    """Credits that were bought, and what was paid for them."""
    yield (*when, f"{figure}_bought", "credits", str(sum((each.credits for each in pieces), Credits(0))))
    for money in worth(pieces):
        yield (*when, f"{figure}_worth", money.currency, format(money.major, "f"))
