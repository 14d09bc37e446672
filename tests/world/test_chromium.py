"""Whatever the machine is like, the browser tests find a browser or one clear sentence."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.world import chromium, unpacked
from tests.world.chromium import NoBrowser, attempt, chromium_path, runs

SHOWS = '#!/bin/sh\necho "<p>shown</p>"\n'
SHOWS_NOTHING = '#!/bin/sh\necho "install the snap first"\n'


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def an_empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No browser on PATH, none downloaded, none named."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    monkeypatch.delenv("SCRIP_TEST_BROWSER", raising=False)
    monkeypatch.setattr(chromium, "DOWNLOAD_SECONDS", 0.2)
    (tmp_path / "bin" / "sh").parent.mkdir()
    (tmp_path / "bin" / "sh").symlink_to("/bin/sh")
    return tmp_path


def found() -> Path:
    return chromium_path.__wrapped__()


def test_the_named_browser_comes_first(an_empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(an_empty_machine / "bin" / "chromium", SHOWS)
    named = program(an_empty_machine / "mine", SHOWS)
    monkeypatch.setenv("SCRIP_TEST_BROWSER", str(named))
    assert found() == named


def test_a_named_browser_that_does_not_run_is_told(an_empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIP_TEST_BROWSER", str(an_empty_machine / "nowhere"))
    with pytest.raises(NoBrowser, match="nowhere, which is no browser"):
        found()


def test_a_browser_on_the_path_that_shows_no_page_is_passed_over(an_empty_machine: Path) -> None:
    program(an_empty_machine / "bin" / "chromium", SHOWS_NOTHING)
    good = program(an_empty_machine / "bin" / "google-chrome", SHOWS)
    assert found() == good


def test_the_newest_download_of_playwright_is_taken(an_empty_machine: Path) -> None:
    folder = an_empty_machine / "cache" / "ms-playwright"
    for revision in ("999", "1200"):
        program(folder / f"chromium-{revision}" / "chrome-linux64" / "chrome", SHOWS)
    assert "chromium-1200" in str(found())


def test_an_unpacked_browser_is_found_again(an_empty_machine: Path) -> None:
    kept = program(unpacked.cache_folder() / "chromium", SHOWS)
    assert kept.is_relative_to(an_empty_machine)
    assert found() == kept


def test_a_machine_that_gives_none_is_told_in_one_sentence(
    an_empty_machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chromium_path.cache_clear()
    assert chromium.main() == 1
    chromium_path.cache_clear()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("scrip: no Chromium was found")


def test_a_download_that_hangs_ends_with_its_children(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    begun = time.monotonic()
    inner = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    assert not attempt("Waiting", [sys.executable, "-c", outer], 1)
    assert time.monotonic() - begun < 10
    assert "gave up after 1 s" in capsys.readouterr().err
    with pytest.raises(ProcessLookupError):
        _until_gone(int((tmp_path / "pid").read_text()))


def _until_gone(pid: int) -> None:
    """Raises ProcessLookupError as soon as the process is gone; a zombie waits for its reaper a moment."""
    for _ in range(200):
        os.kill(pid, 0)
        time.sleep(0.05)


def test_a_failed_command_says_its_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert not attempt("Trying", [sys.executable, "-c", "print('first'); exit('the reason')"], 10)
    assert "failed: the reason" in capsys.readouterr().err


def test_the_wrapper_of_an_unpacked_browser_bears_a_path_with_spaces(tmp_path: Path) -> None:
    root = tmp_path / "it's a root"
    program(root / "usr/lib/chromium/chromium", '#!/bin/sh\necho "shown by $LD_LIBRARY_PATH"\n')
    program(root / "usr/lib/strange/libx.so.1", "")
    wrapper = unpacked.write_wrapper(tmp_path / "wrapper", root)
    assert wrapper is not None
    assert runs(wrapper)


@pytest.mark.browser
def test_this_machine_has_a_browser_that_shows_a_page() -> None:
    assert runs(chromium_path())
