"""How a file of grants is read, and what is found wrong with its rows; pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.rules import grant_rows
from billing.rules.errors import BadInput
from billing.rules.grant_batches import Row, RowState
from billing.rules.grant_rows import GivenRow, Limits, Purse, judge, read
from billing.rules.moments import DAY
from billing.rules.money import Credits

NOBODY = GivenRow(0, "", "")
REASON = "a reason that is long enough"
NOW = 20_000 * DAY
LIMITS = Limits(Credits.whole(1000), NOW)
PURSES: dict[str, Purse | str] = {
    "acc_1": Purse("acc_1", Credits.whole(100).micro, 0),
    "ada@example.org": Purse("acc_1", Credits.whole(100).micro, 0),
    "acc_own": Purse("acc_own", 0, 0, is_own=True),
    "acc_owes": Purse("acc_owes", 0, -Credits.whole(50).micro),
    "two@example.org": grant_rows.SEVERAL,
}


def judged(*given: GivenRow) -> list[Row]:
    return judge([replace(row, place=place) for place, row in enumerate(given, 1)], PURSES, LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        "account,amount,reason\nacc_1,5,why not\n", "amount;reason;account\r\n5;why not;acc_1\r\n",
        "\ufeffACCOUNT\tAmount\tReason\nacc_1\t5\twhy not", "acc_1,5,why not", '"acc_1","5","why not"\n\n,,\n',
    ],
)  # fmt: skip
def test_one_row_is_read_however_it_is_written(text: str) -> None:
    assert read(text, NOBODY) == [GivenRow(1, "acc_1", "5", "why not")]


def test_cells_that_are_empty_are_filled_with_what_is_usual() -> None:
    usual = GivenRow(0, "", "7", REASON, reference="T-1")
    found = read("account,amount,reason,ref,expiry\nacc_1\nacc_2,8,,,2027-01-01\n", usual)
    assert found[0] == GivenRow(1, "acc_1", "7", REASON, "", "T-1")
    assert found[1] == GivenRow(2, "acc_2", "8", REASON, "2027-01-01", "T-1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no row"), ("account,amount\n", "no row"), ("account,ammount\nacc_1,5", "name columns"),
        ("acc_1,5,why,,,too,much", "more cells"), ("\n".join(["acc_1,5"] * 10_001), "At most 10000"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_meant_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(text, NOBODY)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (GivenRow(1, "acc_2", "5", REASON), grant_rows.NO_ACCOUNT),
        (GivenRow(1, "two@example.org", "5", REASON), grant_rows.SEVERAL),
        (GivenRow(1, "acc_own", "5", REASON), grant_rows.OWN),
        (GivenRow(1, "acc_1", "1e5", REASON), grant_rows.NO_NUMBER),
        (GivenRow(1, "acc_1", "1,000.5", REASON), grant_rows.NO_NUMBER),
        (GivenRow(1, "acc_1", "", REASON), grant_rows.NO_NUMBER),
        (GivenRow(1, "acc_1", "0", REASON), grant_rows.NOTHING),
        (GivenRow(1, "acc_1", "1000.000001", REASON), grant_rows.TOO_MUCH),
        (GivenRow(1, "acc_1", "-1000.000001", REASON), grant_rows.TOO_MUCH),
        (GivenRow(1, "acc_1", "5", "too short"), grant_rows.SHORT_REASON),
        (GivenRow(1, "acc_1", "5", REASON, "2020-01-01"), grant_rows.NO_DAY),
        (GivenRow(1, "acc_1", "5", REASON, "tomorrow"), grant_rows.NO_DAY),
        (GivenRow(1, "acc_1", "-5", REASON, "2099-01-01"), grant_rows.EXPIRES_NOTHING),
        (GivenRow(1, "acc_1", "5", REASON, "", "T" * 121), grant_rows.LONG_REFERENCE),
        (GivenRow(1, "acc_1", "-100.000001", REASON), grant_rows.TOO_LITTLE_THERE),
        (GivenRow(1, "acc_owes", "-51", REASON), grant_rows.TOO_LITTLE_THERE),
    ],
)
def test_a_bad_row_says_what_is_wrong_with_it(row: GivenRow, problem: str) -> None:
    (found,) = judged(row)
    assert (found.state, found.problem) == (RowState.BAD, problem)
    assert problem in grant_rows.PROBLEMS


def test_each_row_is_judged_as_the_rows_above_it_leave_the_account() -> None:
    found = judged(
        GivenRow(0, "acc_1", "-60", REASON), GivenRow(0, "ada@example.org", "−41", REASON),
        GivenRow(0, "acc_1", "+1", REASON), GivenRow(0, "acc_1", "-41", REASON),
    )  # fmt: skip
    assert [(row.state, row.problem) for row in found] == [
        (RowState.WAITING, ""), (RowState.BAD, grant_rows.TOO_LITTLE_THERE), (RowState.WAITING, ""),
        (RowState.WAITING, ""),
    ]  # fmt: skip
    assert [str(row.after) for row in found if row.after] == ["40", "41", "0"]


def test_the_same_row_twice_is_taken_once_however_the_account_is_called() -> None:
    found = judged(
        GivenRow(0, "acc_1", "5", REASON), GivenRow(0, "ada@example.org", "5.0", REASON),
        GivenRow(0, "acc_1", "5", REASON, "", "T-2"),
    )  # fmt: skip
    assert [row.problem for row in found] == ["", grant_rows.TWICE, ""]


def test_credits_expire_at_the_end_of_the_day_that_is_named() -> None:
    (found,) = judged(GivenRow(0, "acc_1", "5", REASON, "2027-01-01"))
    (later,) = judged(GivenRow(0, "acc_1", "5", REASON, "2027-01-02"))
    assert found.expires_at is not None
    assert later.expires_at == found.expires_at + DAY
    assert found.expires_at % DAY == 0
