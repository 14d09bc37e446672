"""Saved filters: what somebody asks of a list, kept under a name of theirs. Pages with filters in an address call it.

A list is named by its path, such as /manage; the filters are the query behind it, which is asked anew each time.
"""

from __future__ import annotations

from billing.portal import Portal
from billing.rules.console import SavedFilter
from billing.rules.errors import BadInput, NotFound
from billing.rules.sentences import sentence
from billing.rules.texts import clean
from billing.store import saved_filters as rows

NAME_MOST = 60
QUERY_MOST = 2_000
KEPT_MOST = 30


def of_list(portal: Portal, person_id: str, path: str) -> list[SavedFilter]:
    """What this person keeps for the list at `path`, by name."""
    with portal.database.read() as connection:
        return rows.of_person(connection, person_id, path)


def keep(portal: Portal, person_id: str, path: str, name: str, query: str) -> list[SavedFilter]:
    """Keeps what is asked for now under a name; the name again replaces it. Answers what is kept now.

    Raises BadInput.
    """
    called = clean(name, "name", least=1, most=NAME_MOST)
    if not query:
        raise BadInput("Choose filters first.", field="name")
    if len(query) > QUERY_MOST:
        raise BadInput("These filters are too many to be kept.", field="name")
    now = portal.clock()
    if not portal.till.write(lambda tx: rows.keep(tx, person_id, path, called, query, now, most=KEPT_MOST)):
        raise BadInput(sentence("At most {n} sets of filters are kept; remove one first.", n=KEPT_MOST), field="name")
    return of_list(portal, person_id, path)


def forget(portal: Portal, person_id: str, path: str, filter_id: str) -> list[SavedFilter]:
    """Keeps it no longer. Answers what is kept now. Raises NotFound, also for somebody else's."""
    if not portal.till.write(lambda tx: rows.forget(tx, person_id, filter_id)):
        raise NotFound("These filters are not kept any more.")
    return of_list(portal, person_id, path)
