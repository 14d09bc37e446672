"""A statement on paper adds up like the ledger, in its reader's language, with every letter there is a font for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing import grants, printing_fonts, printouts
from billing.grants import Grant
from billing.printing import printed
from billing.printing_fonts import fonts_for
from billing.printing_process import Printer
from billing.rules.errors import BadInput, Unavailable
from billing.rules.moments import DAY, HOUR
from billing.rules.money import Credits
from billing.rules.printouts import Printout
from billing.usage import Debit, debit
from locales.speech import Speech
from tests.world.portals import START, World, open_world

NAMES = "Łukasz Ωμέγα Анна"
"""Letters that every portal can print."""

READING = re.compile(rb"<([0-9A-F]{4,})> <([0-9A-F]{4,})>")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(f"sqlite:///{tmp_path_factory.mktemp('papers') / 'scrip.db'}") as made:
        yield made


async def lived(world: World, name: str = NAMES) -> str:
    """Three days: two grants, five uses, a removal; one of the uses an hour before midnight UTC."""
    account = world.account(name)
    portal, start = world.portal, world.clock()
    for number, hours in enumerate((1, 23, 25, 26, 50)):
        world.clock.now = start + hours * HOUR
        if number in (0, 3):
            grants.give(portal, Grant(account, Credits.whole(10), "Guthaben für Анна", "usr_x", f"{account}{number}"))
        await debit(portal, Debit(account, Credits.of("1.25"), str(number), "key_1"))
    grants.give(portal, Grant(account, Credits.whole(2), "taken back again", "usr_x", f"{account}r", removal=True))
    world.clock.now = start
    return account


async def test_each_day_ends_with_its_balance_and_the_last_one_with_the_closing(world: World) -> None:
    account = await lived(world)
    start = world.clock()
    paper = printouts.statement(world.portal, account, None, start + 3 * DAY, Speech())
    sums, days = paper.tables
    assert [(row[0], row[4]) for row in sums.rows] == [
        ("Opening", "0.00"), ("Grant", "+20.00"), ("Removal", "−2.00"), ("Usage", "−6.25"), ("Closing", "11.75"),
    ]  # fmt: skip
    assert [row[1:] for row in days.rows] == [
        ("Grant: Guthaben für Анна", "+10.00", ""), ("Usage, 2 times", "−2.50", "7.50"),
        ("Grant: Guthaben für Анна", "+10.00", ""), ("Usage, 2 times", "−2.50", "15.00"),
        ("Removal: taken back again", "−2.00", ""), ("Usage, 1 time", "−1.25", "11.75"),
    ]  # fmt: skip


async def test_days_are_those_of_the_reader_and_the_period_opens_with_what_was_there(world: World) -> None:
    account = await lived(world)
    start = world.clock()
    speech = Speech("en", "Asia/Tokyo")
    whole = printouts.statement(world.portal, account, None, start + 3 * DAY, speech)
    # nine hours ahead, the use an hour before midnight is of the next day
    assert [row[1] for row in whole.tables[1].rows][:2] == ["Grant: Guthaben für Анна", "Usage, 1 time"]
    rest = printouts.statement(world.portal, account, start + 24 * HOUR, start + 3 * DAY, speech)
    assert rest.tables[0].rows[0][4] == "7.50"
    assert rest.tables[1].rows[-1][3] == "11.75"


async def test_what_does_not_fit_on_paper_is_refused_with_a_way_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await lived(world)
    monkeypatch.setattr(printouts, "LINES_MOST", 4)
    with pytest.raises(BadInput, match="shorter period, or take the CSV"):
        printouts.statement(world.portal, account, None, None, Speech())


async def test_names_that_are_not_latin_are_printed_with_fonts_that_come_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await lived(world)
    monkeypatch.setattr(printing_fonts, "FOLDERS", ())
    fonts = list(printing_fonts.fonts_for(set(NAMES)))
    assert {ord(each) for each in NAMES} <= printing_fonts.covered(fonts)
    pdf = printouts.statement_pdf(world.portal, account, None, START + 9 * DAY, Speech("de", "Europe/Berlin"))
    assert pdf.startswith(b"%PDF-")
    assert set(NAMES) - {" "} <= letters(pdf)
    assert "?" not in letters(pdf)


def test_letters_without_a_font_are_counted_and_said() -> None:
    paper = Printout("Title", "Scrip", (("Name", "\U00013080 and \U000e0fff"),), (), "", "Page {n}", "{n} are missing")
    told = letters(printed(paper))
    assert "?" in told
    assert "\U000e0fff" not in told


@pytest.mark.parametrize("text", ["W" * 500, "\u202e\u0645" + "\u0645\u200d" * 250])
def test_a_text_of_any_length_is_shortened_in_few_steps(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    measured, measure = [], Printer.get_string_width

    def counted(printer: Printer, shown: str) -> float:
        measured.append(shown)
        return measure(printer, shown)

    monkeypatch.setattr(Printer, "get_string_width", counted)
    paper = Printout("T", "Scrip", (("Name", text),), (), "", "Page {n}", "{n} are missing")
    printer = Printer(paper, list(fonts_for(set(text))))
    printer.write_paper()
    assert any(each.endswith("…") for each in measured)
    assert len([each for each in measured if len(each) > 20]) <= 12


def test_a_printer_that_fails_is_said_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.printing.MODULE", "billing.no_such_printer")
    with pytest.raises(Unavailable, match="CSV"):
        printed(Printout("", "", (), (), "", "", ""))


def test_a_broken_font_spoils_no_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dejavusans.ttf").write_bytes(b"no font at all")
    monkeypatch.setattr(printing_fonts, "FOLDERS", (tmp_path,))
    assert all(path.parent != tmp_path for path in printing_fonts.fonts_for({"山"}))


def letters(pdf: bytes) -> set[str]:
    """Every letter of the document, as its fonts tell a reader what is drawn."""
    tables = re.findall(rb"beginbfchar(.*?)endbfchar", pdf, re.DOTALL)
    codes = [text for table in tables for _glyph, text in READING.findall(table)]
    return {letter for code in codes for letter in bytes.fromhex(code.decode()).decode("utf-16-be", "replace")}
