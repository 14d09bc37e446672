"""Filters that somebody keeps: their own, by the page they are of, and not without end."""

from __future__ import annotations

import pytest

from auth import people
from auth.policy import Role
from billing import saved_filters
from billing.rules.errors import BadInput, NotFound
from tests.world.portals import World


def somebody(world: World, name: str) -> str:
    return people.sign_in(world.portal, issuer="tests", subject=name, name=name, email=None, role=Role.MANAGER)


def names(world: World, person: str, path: str) -> list[tuple[str, str]]:
    return [(each.name, each.query) for each in saved_filters.of_list(world.portal, person, path)]


def test_everybody_keeps_their_own_and_a_name_again_replaces(world: World) -> None:
    mia, bo = somebody(world, "Mia"), somebody(world, "Bo")
    saved_filters.keep(world.portal, mia, "/manage", " Below zero ", "negative=1")
    saved_filters.keep(world.portal, mia, "/manage", "Below zero", "negative=1&sort=balance")
    (kept,) = saved_filters.keep(world.portal, mia, "/transactions", "Use", "kind=usage")
    assert names(world, mia, "/manage") == [("Below zero", "negative=1&sort=balance")]
    assert names(world, bo, "/manage") == []
    with pytest.raises(NotFound):
        saved_filters.forget(world.portal, bo, "/transactions", kept.id)
    assert saved_filters.forget(world.portal, mia, "/transactions", kept.id) == []
    assert len(names(world, mia, "/manage")) == 1


def test_what_cannot_be_kept_says_why_and_loses_nothing(world: World) -> None:
    mia = somebody(world, "Mia")
    for number in range(saved_filters.KEPT_MOST):
        saved_filters.keep(world.portal, mia, "/manage", f"Set {number:02}", f"search={number}")
    for name, query, said in (
        ("One more", "search=x", "At most 30"),
        (" ", "search=x", "name"),
        ("Nothing", "", "Choose filters first"),
        ("Too long", "x" * (saved_filters.QUERY_MOST + 1), "too many"),
    ):
        with pytest.raises(BadInput, match=said):
            saved_filters.keep(world.portal, mia, "/manage", name, query)
    saved_filters.keep(world.portal, mia, "/manage", "Set 07", "search=seven")
    assert len(names(world, mia, "/manage")) == saved_filters.KEPT_MOST
    assert ("Set 07", "search=seven") in names(world, mia, "/manage")
