"""Finds a Chromium for the browser tests, or gets one: `python -m tests.world.chromium` prints its path or exits 1.
Tests ask for the fixture `browser`, the one of their run, and open contexts of their own in it.

The order, first success wins: SCRIP_TEST_BROWSER; a browser on PATH; one Playwright has downloaded before; Playwright's
download; the system's packages as root; the same packages unpacked into a cache folder when there is no root.
"""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.world.unpacked import cache_folder, unpacked_chromium

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
# Of several such lists the browser takes the last, so this one repeats Playwright's.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    # pages of the browser's own, behind an address line nobody sees: half the processor time of every new window
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
LAUNCH_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUICK_ARGS = [
    # frames of other sites share the process of their page, which does not change what they may reach
    "--disable-site-isolation-trials",
    f"--disable-features={','.join(WITHOUT)}",
]
"""For tests alone: what is measured is measured in the browser that people have."""
# a network that drops packets answers nothing: after this many seconds the next way is tried
DOWNLOAD_SECONDS, PACKAGES_SECONDS = 180.0, 420.0
ADVICE = (
    "no Chromium was found and none could be fetched. Install one (Debian: apt install chromium), "
    "or name one: SCRIP_TEST_BROWSER=/path/to/chromium make test"
)

Way = Callable[[], Path | None]


class NoBrowser(RuntimeError):
    """Every way to a browser failed; the message says what a person can do."""


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Started when the first test asks: a start takes as long as a story."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium_path(), args=[*LAUNCH_ARGS, *QUICK_ARGS])
        yield started
        await started.close()


@functools.cache
def chromium_path() -> Path:
    """The browser for this run. Slow only when one must be fetched, which is told on standard error."""
    for way in ways():
        found = way()
        if found is not None:
            return found
    raise NoBrowser(ADVICE)


def ways() -> tuple[Way, ...]:
    return (named, on_path, already_downloaded, already_unpacked, downloaded, installed, unpacked)


def named() -> Path | None:
    """What SCRIP_TEST_BROWSER names; naming one that does not run is a mistake to tell, not to work around."""
    name = os.environ.get("SCRIP_TEST_BROWSER")
    if not name:
        return None
    path = shutil.which(name)
    if path is None or not runs(Path(path)):
        raise NoBrowser(f"SCRIP_TEST_BROWSER names {name}, which is no browser that runs here.")
    return Path(path)


def on_path() -> Path | None:
    return first_that_runs(Path(path) for path in map(shutil.which, NAMES) if path)


def already_downloaded() -> Path | None:
    """The newest of Playwright's own, found in its folder without starting Playwright."""
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    folder = Path(chosen) if len(chosen) > 1 else cache_folder().parent / "ms-playwright"
    builds = sorted(folder.glob("chromium-*"), key=_revision, reverse=True)
    return first_that_runs(path for build in builds for path in sorted(build.glob("chrome-*/chrome")))


def already_unpacked() -> Path | None:
    return first_that_runs([cache_folder() / "chromium"])


def downloaded() -> Path | None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    attempt("Downloading Chromium by Playwright", [*command, "--with-deps"] if is_root() else command, DOWNLOAD_SECONDS)
    return already_downloaded()


def installed() -> Path | None:
    """The system's package, where we may install one."""
    before = [] if is_root() else ["sudo", "-n"]
    if not shutil.which("apt-get") or not (is_root() or passwordless_sudo()):
        return None
    command = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    attempt("Reading the system's package lists", [*command, "-qq", "update"], PACKAGES_SECONDS)
    attempt(
        "Installing the system's Chromium",
        [*command, "-qq", "install", "-y", "--no-install-recommends", "chromium"],
        PACKAGES_SECONDS,
    )
    return on_path()


def unpacked() -> Path | None:
    """Without root: the packages of a Debian-like system, unpacked beside the user's other caches."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return None
    say("Unpacking the system's Chromium packages into a cache folder ...")
    return first_that_runs([unpacked_chromium(PACKAGES_SECONDS, say)])


def first_that_runs(paths: Iterable[Path | None]) -> Path | None:
    return next((path for path in paths if path and runs(path)), None)


def runs(path: Path) -> bool:
    """A snap's placeholder and a browser without its libraries or data are files too: only showing a page tells."""
    with tempfile.TemporaryDirectory(prefix="scrip-browser-", ignore_cleanup_errors=True) as profile:
        page = ["--headless", f"--user-data-dir={profile}", "--dump-dom", "data:text/html,<p>shown</p>"]
        try:
            done = subprocess.run(
                [path, *LAUNCH_ARGS, *page], capture_output=True, text=True, errors="replace", timeout=60, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0 and "shown" in done.stdout


def attempt(what: str, command: list[str], seconds: float) -> bool:
    """Runs a command quietly, kills it with its children when it takes too long, and tells how it ended."""
    say(f"{what} ...")
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    ) as child:
        try:
            output, _ = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            say(f"  gave up after {seconds:.0f} s.")
            return False
    if child.returncode:
        last = output.strip().splitlines()[-1:] or ["it said nothing"]
        say(f"  failed: {last[0][:200]}")
    return child.returncode == 0


def is_root() -> bool:
    return os.geteuid() == 0


def passwordless_sudo() -> bool:
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _revision(build: Path) -> int:
    number = build.name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def main() -> int:
    try:
        print(chromium_path())
    except NoBrowser as error:
        say(f"scrip: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
