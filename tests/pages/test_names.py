"""The console says names: no line of it asks a person to read an id."""

from __future__ import annotations

import pytest

from auth import keys
from auth.policy import Principal, Role
from billing import batch_work, grant_batches, members
from billing.grant_batches import Confirmed, Sent
from billing.rules.money import Credits
from billing.rules.organisations import Actor, Standing
from locales.speech import Speech
from pages.parts.ledger_table import actor_words
from pages.parts.names import called, short, told
from pages.parts.plain_table import Cell, PlainTable
from pages.words import spoken
from tests.pages.visits import Site, Visitor
from tests.world.groups import founded

USR, INV = "usr_0123456789abcdefghjk", "inv_0123456789abcdefghjk"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"{USR} member", Cell("Ada", title=USR, below="member")),
        (f"{INV} admin ida@example.org", Cell("inv_…ghjk", title=INV, below="admin ida@example.org")),
        (f"Engines, owned by {USR}", Cell("Engines, owned by Ada", title=f"Engines, owned by {USR}")),
        ("5 rows, 750 credits", Cell("5 rows, 750 credits")),
    ],
)
def test_a_text_of_the_log_reads_with_names_and_keeps_the_ids_in_its_tooltip(text: str, read: Cell) -> None:
    assert told(text, {USR: "Ada"}) == read


def test_a_name_of_another_script_turns_nothing_beside_it() -> None:
    with spoken(Speech("ar")):
        assert (
            told("5 rows, 750 credits", {}).text
            == "\N{FIRST STRONG ISOLATE}5 rows, 750 credits\N{POP DIRECTIONAL ISOLATE}"
        )
        assert called(USR, {USR: "Ada"}) == "\N{FIRST STRONG ISOLATE}Ada\N{POP DIRECTIONAL ISOLATE}"
        assert called(USR, {}) == f"\N{FIRST STRONG ISOLATE}{short(USR)}\N{POP DIRECTIONAL ISOLATE}"


def test_the_end_of_a_key_is_not_torn_apart_in_a_language_from_the_right() -> None:
    """Its dots belong before its letters, wherever the words around it go."""
    reader = Principal("usr_1", "Ada", Role.USER, "acc_1", "session")
    with spoken(Speech("ar")):
        assert actor_words("key_0123456789prea", reader).endswith(
            " \N{FIRST STRONG ISOLATE}…prea\N{POP DIRECTIONAL ISOLATE}"
        )
    with spoken(Speech("de")):
        assert actor_words("key_0123456789prea", reader) == "API-Schlüssel …prea"


async def test_the_audit_log_names_whom_an_act_was_about_and_gives_reasons_the_most_room(site: Site) -> None:
    mia, bo = site.visitor("Mia", Role.MANAGER), site.visitor("Bo")
    engines = founded(site.world, mia.principal.id)
    members.add(site.world.portal, engines, bo.principal.id, Standing.MEMBER, Actor(mia.principal.id, is_above=True))
    await mia.open(f"/manage/audit?account={engines}")
    joined = next(row for row in rows(mia) if row[2]["text"] == "Member joined")
    assert joined[5] == {"text": "Bo", "title": bo.principal.id, "below": "member"}
    assert joined[6]["text"] == "Analytical Engines"
    assert [each["tone"] for each in mia.the(PlainTable).props["columns"]] == ["", "", "", "prose", "", "", ""]


async def test_a_batch_says_who_made_it_and_whom_it_is_for(site: Site) -> None:
    mia, ada = site.visitor("Mia", Role.MANAGER), site.visitor("Ada")
    text = f"{ada.account_id},5,a reason that is long enough"
    by = mia.principal.id
    seen = grant_batches.check(site.world.portal, Sent(text, by, f"names-{by}", "Engines"))
    await mia.open(f"/manage/bulk/{seen.batch.id}")
    assert "By Mia" in mia.text("batch-facts")
    assert rows(mia)[0][1] == {"text": "Ada", "href": f"/manage/accounts/{ada.account_id}"}
    await mia.open("/manage/bulk")
    assert next(row for row in rows(mia) if row[4]["text"] == seen.batch.id)[1] == {"text": "Mia", "title": by}


async def test_whoever_moved_credits_or_made_a_key_is_named_to_managers(site: Site) -> None:
    mia, ada = site.visitor("Mia", Role.MANAGER), site.visitor("Ada")
    by, portal = mia.principal.id, site.world.portal
    seen = grant_batches.check(portal, Sent(f"{ada.account_id},5,a reason that is long enough", by, f"moved-{by}"))
    grant_batches.confirm(portal, seen.batch.id, Confirmed(Credits.whole(5), by))
    batch_work.work(portal)
    await (other := site.visitor("Bo", Role.MANAGER)).open("/manage/transactions")
    own = f"/manage/accounts/{ada.account_id}"
    assert next(row for row in rows(other) if row[1].get("href") == own)[6] == {"text": "Mia", "title": by}
    portal.till.write(lambda tx: keys.make(tx, portal, "Visa", Role.READER, ada.account_id, by))
    await other.open(f"{own}/members")
    assert next(row for row in rows(other) if row[0]["text"] == "Visa")[3] == {"text": "Mia", "title": by}


def rows(visitor: Visitor) -> list[list[dict[str, str]]]:
    """Those of every table of the page."""
    tables = visitor.find(kind=PlainTable).elements
    return [row for table in tables for row in table.props.get("rows", ())]
