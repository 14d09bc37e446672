"""A statement with filters costs no more than a look at so many lines: it says so, leads on, and misses nothing."""

from __future__ import annotations

import pytest

from billing import accounts, statements
from billing.rules.errors import BadInput
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.money import Credits
from billing.rules.postings import Posting
from billing.rules.views import Filters
from billing.store import accounts as account_rows
from billing.store import ledger
from billing.store import statements as rows
from tests.world.portals import World

LINES, LOOKED, EVERY = 47, 10, 9


@pytest.fixture
def account(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """47 lines, every ninth of them a needle, of which ten are looked through at once."""
    monkeypatch.setattr(rows, "LOOKED_MOST", LOOKED)
    opened = world.account()
    terms = LotTerms(LotSource.GRANT)
    postings = [
        Posting(opened, Kind.GRANT, "test", f"{opened}{number}", 1_000_000, "usr_x", world.clock(),
                reason="a Needle" if number % EVERY == 0 else "hay", terms=terms)
        for number in range(LINES)
    ]  # fmt: skip
    world.portal.till.write(lambda tx: ledger.post(tx, postings, world.clock()))
    return opened


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_search_goes_on_where_it_ended_until_everything_was_found_once(
    world: World, account: str, oldest_first: bool
) -> None:
    found: list[int] = []
    pages, cursor = 0, None
    while pages == 0 or cursor is not None:
        page = statements.page(
            world.portal, account, Filters(search="needle", cursor=cursor, limit=2, oldest_first=oldest_first)
        )
        found += [line.version for line in page.lines]
        assert not page.is_whole
        pages, cursor = pages + 1, page.next_cursor
    everyone = [1 + number for number in range(0, LINES, EVERY)]
    assert found == (everyone if oldest_first else everyone[::-1])
    assert pages <= LINES // LOOKED + len(everyone)


def test_a_page_that_found_nothing_yet_says_that_there_are_others(world: World, account: str) -> None:
    page = statements.page(world.portal, account, Filters(search="nowhere"))
    assert (list(page.lines), page.matching, page.is_whole) == ([], 0, False)
    assert page.next_cursor == LINES - LOOKED + 1


def test_what_is_not_filtered_is_counted_whole_however_long_it_is(world: World, account: str) -> None:
    page = statements.page(world.portal, account, Filters())
    assert (page.matching, page.is_whole) == (LINES, True)


def test_lots_beyond_those_shown_count_as_those_shown_do(
    world: World, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = accounts.view(world.portal, account)
    monkeypatch.setattr(account_rows, "LOTS_SHOWN", 5)
    short = accounts.view(world.portal, account)
    assert (short.available, short.frozen, short.owed) == (whole.available, whole.frozen, whole.owed)
    assert short.available == Credits.whole(LINES)
    assert (len(whole.lots), len(short.lots)) == (LINES, 5)


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
def test_a_text_no_database_can_hold_is_refused_with_a_sentence(world: World, account: str, text: str) -> None:
    for asked in (Filters(search=f"a{text}b"), Filters(actor=text)):
        if world.portal.database.is_sqlite and text == "\x00":
            assert not statements.page(world.portal, account, asked).lines, "it can hold this one"
            continue
        with pytest.raises(BadInput, match="a character that cannot be kept"):
            statements.page(world.portal, account, asked)
