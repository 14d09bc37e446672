"""/settings/keys: a secret shown once, a name to type, and nobody else's keys."""

from __future__ import annotations

import re

import pytest

from auth import keys, own_keys, sessions
from auth.policy import Role
from billing import members
from billing.rules.organisations import Standing
from tests.pages.visits import Site, Visitor, until
from tests.world.groups import ABOVE, founded

SECRET = re.compile(r"scrip_[A-Za-z0-9]{40}")


def shown(visitor: Visitor) -> str:
    """The secret the page shows now, if it does."""
    found = SECRET.search(visitor.text("secret"))
    return found[0] if found else ""


async def made(visitor: Visitor, name: str = "Books") -> str:
    """A key made on the page; its secret."""
    await visitor.open("/settings/keys")
    visitor.find(marker="new-key").trigger("submit", {"name": name})
    await until(lambda: shown(visitor) and name in visitor.text("keys"), 5)
    return shown(visitor)


async def test_a_key_is_made_and_its_secret_is_shown_once(site: Site) -> None:
    ada = site.visitor()
    secret = await made(ada)
    who = keys.principal_of(site.world.portal, secret)
    assert (who.role, who.account_id) == (Role.READER, ada.account_id)
    assert "Books" in ada.text("keys")
    assert "Made by Ada" in ada.text("keys")
    assert secret not in (await ada.http_client.get("/settings/keys")).text


async def test_the_secret_leaves_the_page_when_its_dialog_is_closed(site: Site) -> None:
    ada = site.visitor()
    await made(ada)
    ada.find(marker="secret-dialog").trigger("closed")
    assert shown(ada) == ""


@pytest.mark.parametrize("name", ["", " ", "a\nb", None, 7])
async def test_a_name_that_cannot_be_kept_is_refused_beside_its_field(site: Site, name: object) -> None:
    ada = site.visitor()
    await ada.open("/settings/keys")
    ada.find(marker="new-key").trigger("submit", {"name": name})
    await until(lambda: ada.text("name-error"))
    assert own_keys.listing(site.world.portal, ada.account_id) == []


async def test_a_key_ends_only_when_its_name_is_typed(site: Site) -> None:
    ada = site.visitor()
    secret = await made(ada)
    ada.find(marker="end").click()
    ada.find(marker="end-key").trigger("submit", {"typed": "Boks"})
    await until(lambda: ada.text("typed-error"))
    assert keys.principal_of(site.world.portal, secret).id
    ada.find(marker="end-key").trigger("submit", {"typed": "Books"})
    await until(lambda: own_keys.listing(site.world.portal, ada.account_id) == [])
    await until(lambda: ada.text("keys") == "")


async def test_a_replaced_key_says_until_when_the_old_one_goes_on(site: Site) -> None:
    ada = site.visitor()
    old = await made(ada)
    ada.find(marker="replace").click()
    ada.find(marker="replace-key").click()
    await until(lambda: shown(ada) not in ("", old))
    await until(lambda: "Ends on" in ada.text("keys"))
    assert len(own_keys.listing(site.world.portal, ada.account_id)) == 2
    assert keys.principal_of(site.world.portal, old).id


async def test_a_key_made_elsewhere_appears_and_one_ended_elsewhere_goes(site: Site) -> None:
    ada = site.visitor()
    await ada.open("/settings/keys")
    key_id, _ = own_keys.make(site.world.portal, ada.account_id, "Elsewhere", "usr_other")
    await until(lambda: "Elsewhere" in ada.text("keys"))
    own_keys.end(site.world.portal, ada.account_id, key_id, "Elsewhere", "usr_other")
    await until(lambda: "Elsewhere" not in ada.text("keys"))
    assert own_keys.listing(site.world.portal, ada.account_id) == []


async def test_plain_members_of_an_organisation_find_no_keys(site: Site) -> None:
    ada, bo = site.visitor(), site.visitor("Bo")
    account_id = founded(site.world, ada.principal.id)
    members.add(site.world.portal, account_id, bo.principal.id, Standing.MEMBER, ABOVE)
    sessions.act_for(site.world.portal, bo.principal, account_id)
    assert (await bo.http_client.get("/settings/keys")).status_code == 403
    assert "/settings/keys" not in (await bo.http_client.get("/settings/sessions")).text
