"""The commands that move credits: `grant-file` checks first, runs once with its total, tells a mistake in a line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.test_cli import Run, _is_one_line, run  # noqa: F401  a fixture
from tests.world.portals import World


def test_a_file_of_grants_is_checked_first_and_runs_once_with_its_total(
    run: Run,  # noqa: F811
    world: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ada, file, out = world.account(), tmp_path / "march.csv", tmp_path / "out.csv"
    file.write_text(f"account,amount\n{ada},12.5\nacc_none,1\n", "utf-8")
    words = ("grant-file", str(file), "--reason", "goodwill after the outage", "--out", str(out))
    assert run(*words) == 0
    assert str(world.balance(ada)) == "0"
    assert "bad: 1 rows\nwaiting: 1 rows\n1 × There is no such account.\nTotal: 12.5" in capsys.readouterr().out
    assert run(*words, "--total", "12.5") == 1
    assert _is_one_line(capsys.readouterr().err)
    assert [run(*words, "--total", "12.5", "--skip-bad") for _ in range(2)] == [0, 0]
    assert str(world.balance(ada)) == "12.5"
    states = [row["state"] for row in csv.DictReader(io.StringIO(out.read_text("utf-8")))]
    assert states == ["done", "bad"]


def test_a_file_that_is_not_there_or_holds_nothing_is_one_line(
    run: Run,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("account,amount\n", "utf-8")
    for file in (tmp_path / "none.csv", empty):
        assert run("grant-file", str(file)) == 1
        assert _is_one_line(capsys.readouterr().err)
