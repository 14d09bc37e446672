"""Whom a person acts for: their own account or an organisation's, chosen in the menu on top. banner.py uses it.

It is a form of plain buttons: it works from the keyboard and without the socket, and a screen reader hears the choice.
"""

from __future__ import annotations

from auth import csrf
from auth.policy import Principal
from auth.returning import ACTING
from billing import organisations
from billing.portal import Portal
from billing.rules.errors import Unavailable
from billing.rules.organisations import Belonging, Standing
from pages.live import ask
from pages.parts.tags import Tag, link
from pages.words import N_, _

PAGE = "/organisation"
STANDINGS = {Standing.OWNER: N_("Owner"), Standing.ADMIN: N_("Admin"), Standing.MEMBER: N_("Member")}


async def belongings(portal: Portal, principal: Principal) -> list[Belonging]:
    """The organisations of whoever looks; none while they cannot be read, for the page is worth more than its menu."""
    if not portal.settings.organisations.enabled or principal.person_account_id is None:
        return []
    try:
        return await ask(organisations.of_person, portal, principal.id)
    except Unavailable:
        return []


def acted_for(principal: Principal, found: list[Belonging]) -> str | None:
    """The title of the organisation acted for; None in one's own account."""
    return next((each.title for each in found if each.account_id == principal.account_id), None)


def fill(portal: Portal, principal: Principal, found: list[Belonging]) -> None:
    """Builds it in the current slot, for people who can belong to something."""
    if not portal.settings.organisations.enabled or principal.person_account_id is None:
        return
    if found:
        _choices(principal, found)
    named = _("Organisation and members") if principal.acts_for_others else _("Your organisations")
    link(named, PAGE, "link")


def _choices(principal: Principal, found: list[Belonging]) -> None:
    own = Belonging(principal.person_account_id or "", _("Your own account"), principal.standing)
    with (
        Tag("form", method="post", action=ACTING, classes="acting", aria_labelledby="acting-for").mark("picker"),
        Tag("div", role="group", aria_labelledby="acting-for"),
    ):
        Tag("p", _("Acting for"), "strong", id="acting-for")
        Tag("input", type="hidden", name=csrf.FIELD, value=csrf.token_for(principal))
        for each in (own, *found):
            _choice(each, is_own=each is own, is_chosen=each.account_id == principal.account_id)


def _choice(each: Belonging, *, is_own: bool, is_chosen: bool) -> None:
    chosen = "true" if is_chosen else None
    with Tag("button", type="submit", name="account", value=each.account_id, classes="account", aria_current=chosen):
        Tag("span", each.title, "grow")
        if not is_own:
            Tag("span", _(STANDINGS[each.standing]), "muted")
