"""The list envelope: newest first, cursors on both sides. Used by every resource that can be listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from sandbox.errors import Json, invalid, missing
from sandbox.state import Call

CURSORS = {"starting_after", "ending_before"}
USUAL = 10


def page(call: Call, noun: str, url: str, keep: Callable[[Json], bool] = lambda _: True) -> Json:
    """One page of a table. `keep` filters; `created`, `limit` and the cursors are read from the call's parameters."""
    span: dict[str, int] = call.params.get("created") or {}
    rows: Iterator[Json] = (
        row
        for row in reversed(call.world.table(noun).values())
        if not row.get("deleted") and keep(row) and _within(row["created"], span)
    )
    if call.params.keys().isdisjoint(CURSORS):
        # One row more than the page tells whether there are more; a big table is not read to its end.
        rows = islice(rows, call.params.get("limit", USUAL) + 1)
    return envelope(call, list(rows), noun, url)


def envelope(call: Call, rows: list[Json], noun: str, url: str) -> Json:
    """Cuts rows, newest first, down to the page asked for."""
    limit: int = call.params.get("limit", USUAL)
    after: str | None = call.params.get("starting_after")
    before: str | None = call.params.get("ending_before")
    if after and before:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.", "starting_after")
    if before:
        stop = _position(call, rows, noun, before, "ending_before")
        start = max(0, stop - limit)
        return _envelope(rows[start:stop], url, has_more=start > 0)
    start = _position(call, rows, noun, after, "starting_after") + 1 if after else 0
    return _envelope(rows[start : start + limit], url, has_more=len(rows) > start + limit)


def _position(call: Call, rows: list[Json], noun: str, cursor: str, param: str) -> int:
    """A cursor may name an object the filter leaves out; what counts is its place in time."""
    order = list(call.world.table(noun))
    if cursor not in order:
        raise missing(noun, cursor, param, status=400)
    places = {object_id: place for place, object_id in enumerate(order)}
    for index, row in enumerate(rows):
        if row["id"] == cursor:
            return index
        if places[row["id"]] < places[cursor]:
            return index - 1 if param == "starting_after" else index
    return len(rows)


def _envelope(rows: list[Json], url: str, *, has_more: bool) -> Json:
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def _within(moment: int, span: dict[str, int]) -> bool:
    return (
        moment > span.get("gt", -1)
        and moment >= span.get("gte", -1)
        and moment < span.get("lt", moment + 1)
        and moment <= span.get("lte", moment)
    )
