"""`python -m benchmarks.pages [--rounds 5] [--slow 3]`: how soon a page is there, in Chromium over loopback.

Writes benchmarks/results/pages.json and the table of docs/first-load.md. Files are compressed as in an image.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from auth import sessions
from benchmarks import page_table, report
from benchmarks.page_visits import Visit, tab_stops, visit
from pages.precompressed import FOLDER, precompress, sources
from tests.browser.people import Person, registry
from tests.browser.processes import Running, portal_process
from tests.world.chromium import LAUNCH_ARGS, chromium_path

PATHS = {"/": "", "/usage": "?by=dimension.model"}
ROWS = 60
MODELS = ("atlas-large", "atlas-small", "embed-2")
DOCUMENT = Path(__file__).parents[1] / "docs" / "first-load.md"
CASES = {"cold": False, "warm": False, "slow cold": True, "slow warm": True}


def main() -> int:
    """Exit status 1 when a target was missed."""
    asked = _asked()
    busy = os.getloadavg()[0]
    with ExitStack() as stack:
        stack.enter_context(_compressed())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="scrip-pages-", ignore_cleanup_errors=True)))
        running = stack.enter_context(portal_process(folder))
        person, cookie = stack.enter_context(_customer(running))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        stage = Stage(browser, running, cookie)
        found = {path: stage.measured(path, asked.rounds, asked.slow) for path in PATHS}
        stops = stage.stops()
        browser.close()
    summary = {path: {case: _summed(visits) for case, visits in cases.items()} for path, cases in found.items()}
    kept = {"account": person.account_id, "pages": summary, "tab_stops": stops, "machine": report.machine()}
    report.write({**kept, "busy": busy > page_table.QUIET}, "pages.json")
    DOCUMENT.write_text(page_table.document(kept), "utf-8")
    print(page_table.ours(kept))
    return int(any(not each.held for each in page_table.targets(kept)))


class Stage:
    """A browser in front of the portal, signed in as somebody with a history."""

    def __init__(self, browser: Browser, running: Running, cookie: dict[str, str]) -> None:
        self._browser, self._running, self._cookie = browser, running, cookie

    def measured(self, path: str, rounds: int, slow: int) -> dict[str, list[Visit]]:
        """Every case as often as asked; each cold visit has a browser that was never here, the warm one follows it."""
        made: dict[str, list[Visit]] = {case: [] for case in CASES}
        for number in range(rounds + slow):
            is_slow = number >= rounds
            before = "slow " * is_slow
            with self._context() as context:
                for case in ("cold", "warm"):
                    got = visit(context, self._running.url, path, query=PATHS[path], slow=is_slow)
                    made[before + case].append(got)
                    told = f"{got.requests} requests, {got.wire_bytes / 1000:.0f} kB, balance at {got.balance:.0f} ms"
                    print(f"  {path} {before}{case}: {told}", file=sys.stderr, flush=True)
        return made

    def stops(self) -> dict[str, int]:
        """From the top of the overview to where one buys."""
        with self._context() as context:
            straight, skipping = tab_stops(context, self._running.url + "/", "Buy credits")
        return {"by tab alone": straight, "by the skip link": skipping}

    @contextmanager
    def _context(self) -> Iterator[BrowserContext]:
        context = self._browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        context.add_cookies([{"name": self._cookie["name"], "value": self._cookie["value"], "url": self._running.url}])
        yield context
        context.close()


def _summed(visits: Sequence[Visit]) -> dict[str, Any]:
    """The medians, and the smallest and the largest of what is seen."""
    if not visits:
        return {}
    rows = [asdict(each) for each in visits]
    names = [name for name in rows[0] if name != "files"]
    spread = {name: [round(min(row[name] for row in rows)), round(max(row[name] for row in rows))] for name in names}
    return {**{name: round(median(row[name] for row in rows)) for name in names}, "spread": spread, "n": len(rows)}


@contextmanager
def _customer(running: Running) -> Iterator[tuple[Person, dict[str, str]]]:
    """Somebody with credits and uses enough to fill their lists."""
    with registry(running) as people:
        person = people.newcomer()
        running.grant(person.account_id, "5000")
        secret = json.loads((running.folder / "demo-keys.json").read_text("utf-8"))["program"]
        debits = [_debit(person, number) for number in range(ROWS)]
        headers = {"Authorization": f"Bearer {secret}"}
        address = f"{running.url}/api/v1/usage/batch"
        httpx.post(address, json={"debits": debits}, headers=headers, timeout=20).raise_for_status()
        yield person, {"name": sessions.cookie_name(people.world.portal.settings), "value": person.cookie}


def _debit(person: Person, number: int) -> dict[str, Any]:
    model = MODELS[number % len(MODELS)]
    return {
        "account": person.account_id, "amount": str(5 + number % 17), "idempotency_key": f"bench-{number}",
        "description": f"Requests to {model}", "dimensions": {"model": model},
    }  # fmt: skip


@contextmanager
def _compressed() -> Iterator[None]:
    """Compresses as an image is built, unless that is done already, and takes away what it made."""
    made = [FOLDER / f"{address.lstrip('/')}.br" for address in sources()]
    missing = [path for path in made if not path.exists()]
    if missing:
        precompress()
    try:
        yield
    finally:
        for path in missing:
            path.unlink(missing_ok=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="cold and warm visits of each page")
    parser.add_argument("--slow", type=int, default=3, help="the same on a slow line and a slow machine")
    return parser.parse_args()


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
    sys.exit(main())
