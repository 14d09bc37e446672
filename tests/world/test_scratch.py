"""Temporary files lie in memory where they fit, and nothing of them stays there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.world import scratch


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "has_room", lambda _: True)


@pytest.mark.usefixtures("roomy")
def test_a_run_gets_a_folder_of_its_own_and_takes_away_what_a_killed_one_left(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, others, ours = (tmp_path / name for name in (f"scrip-tests-{gone.pid}", "scrip-tests-1", "somebody-elses"))
    for each in (left, others, ours):
        (each / "within").mkdir(parents=True)
    folder = scratch.begin({}, tmp_path)
    assert folder == tmp_path / f"scrip-tests-{os.getpid()}"
    assert folder.is_dir()
    assert (left.exists(), others.exists(), ours.exists()) == (False, True, True)


@pytest.mark.usefixtures("roomy")
def test_a_folder_that_was_chosen_is_kept(tmp_path: Path) -> None:
    assert scratch.begin({"TMPDIR": "/somewhere"}, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("folder", "needed"), [("/nowhere", 1), ("/proc", 1), ("", 1 << 60)], ids=["absent", "no room", "too little"]
)
def test_without_room_the_system_decides(tmp_path: Path, folder: str, needed: int) -> None:
    assert not scratch.has_room(Path(folder) if folder else tmp_path, needed)


def test_what_is_started_writes_there_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/somewhere")
    monkeypatch.setattr(tempfile, "tempdir", None)
    scratch.use(tmp_path)
    told = subprocess.check_output([sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"], text=True)
    assert (tempfile.gettempdir(), told.strip()) == (str(tmp_path), str(tmp_path))
