"""Inbox: the provider's events as managers see them. Pages and exports call it; replays change what it shows."""

from __future__ import annotations

from billing import webhooks
from billing.portal import Portal
from billing.rules.console import Listed
from billing.rules.errors import NotFound
from billing.rules.inbox import EventDetail, EventFilters, EventRow, InboxFigures, redacted
from billing.store import inbox as rows
from billing.store import inbox_lists as lists
from billing.store.names import behind


def page(portal: Portal, filters: EventFilters) -> Listed[EventRow]:
    """One page of the events that match, newest first. Raises BadInput for a page that never was."""
    with portal.database.read() as connection:
        return lists.page(connection, filters)


def figures(portal: Portal) -> InboxFigures:
    """How the inbox does now."""
    with portal.database.read() as connection:
        return lists.figures(connection, portal.clock())


def detail(portal: Portal, event_id: str) -> EventDetail:
    """One event with its payload, its tries and what stands here of what it is about. Raises NotFound."""
    with portal.database.read() as connection:
        found, body = lists.get(connection, event_id), rows.body(connection, event_id)
        if found is None or body is None:
            raise NotFound("There is no such event.")
        refs = webhooks.refs_of(portal.gateway.read_event(body.encode()))
        tries, effects = lists.tries(connection, event_id), tuple(lists.effects(connection, refs).values())
        named = behind(connection, (*(each.actor for each in tries), *(each.account_id for each in effects)))
    return EventDetail(found, redacted(body), tries, effects, named)


def kinds(portal: Portal) -> list[str]:
    """Every type of event that came lately, for whoever chooses among them."""
    with portal.database.read() as connection:
        return lists.kinds(connection)
