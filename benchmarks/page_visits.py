"""What a page costs a browser: bytes, requests, and when one sees what one came for. benchmarks/pages uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, CDPSession, Page

BITS_PER_SECOND, LATENCY_MS, CPU_SLOWDOWN = 1_600_000, 150, 4
QUIET_MS = 500
PATIENCE_MS = 120_000

MARKS: Mapping[str, Mapping[str, str]] = {
    "/": {"balance": ".balance .value", "table": ".ledger tbody tr"},
    "/usage": {"balance": ".balance-chip .number", "table": "table.list tbody tr"},
}
"""What must be seen on each page. It counts once it has a place on the screen and a digit in it."""

DRAWN = "#app[data-v-app]"
"""There once the scripts have drawn the page; what was painted before that can be read, but not pressed."""

WATCH = """
window.seenAt = {};
const found = new Set();
const marks = %s[location.pathname] ?? {};
const drawn = () => {
  if (document.querySelector('%s')) setTimeout(() => { seenAt.usable = performance.now(); });
  else requestAnimationFrame(drawn);
};
requestAnimationFrame(drawn);
const look = () => {
  for (const [name, selector] of Object.entries(marks)) {
    if (found.has(name)) continue;
    const shown = (each) => each.getClientRects().length && /\\d/.test(each.innerText);
    if ([...document.querySelectorAll(selector)].some(shown)) {
      found.add(name);
      // a frame's callbacks run before it is painted, and what they set off runs after it
      setTimeout(() => { seenAt[name] = performance.now(); });
    }
  }
  if (found.size < Object.keys(marks).length) requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
READ = """() => ({
  fcp: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  nodes: document.querySelectorAll('*').length,
  ...window.seenAt,
})"""


@dataclass
class Visit:
    """One load of a page. Times are milliseconds since the navigation began, bytes are those on the wire."""

    requests: int = 0
    wire_bytes: int = 0
    fcp: float = 0
    balance: float = 0
    table: float = 0
    usable: float = 0
    nodes: int = 0
    heap_bytes: int = 0
    files: list[str] = field(default_factory=list, repr=False)


def visit(context: BrowserContext, url: str, path: str, *, query: str = "", slow: bool = False) -> Visit:
    """Opens the page in a new tab: warm, when this context was there before."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH % (json.dumps({each: dict(marks) for each, marks in MARKS.items()}), DRAWN))
    with _counted(page, slow=slow) as (session, made):
        page.goto(url + path + query, wait_until="commit")
        page.wait_for_function(f"Object.keys(window.seenAt ?? {{}}).length === {len(MARKS[path]) + 1}")
        page.wait_for_function("window.did_handshake === true")
        page.wait_for_function("!document.querySelector('[aria-busy=true]')")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(QUIET_MS)
        read = page.evaluate(READ)
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    page.close()
    names = ("fcp", "balance", "table", "usable", "nodes")
    made.fcp, made.balance, made.table, made.usable, made.nodes = (read[name] for name in names)
    made.heap_bytes = int(metrics["JSHeapUsedSize"])
    return made


def tab_stops(context: BrowserContext, url: str, name: str) -> tuple[int, int]:
    """How many stops from the page's beginning to the control: by Tab alone, and by way of the skip link."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("window.did_handshake === true")
    straight = _stops(page, name)
    page.goto(url)
    page.wait_for_function("window.did_handshake === true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    skipping = 1 + _stops(page, name)
    page.close()
    return straight, skipping


def _stops(page: Page, name: str) -> int:
    for stops in range(1, 60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText?.trim()") == name:
            return stops
    raise LookupError(f"{name} is not reached by the keyboard.")


@contextmanager
def _counted(page: Page, *, slow: bool) -> Iterator[tuple[CDPSession, Visit]]:
    """Counts what goes over the wire, headers included; a socket's frames are not among it."""
    session, made = page.context.new_cdp_session(page), Visit()

    def asked(event: dict[str, dict[str, str]]) -> None:
        if event["request"]["url"].startswith("http"):
            made.requests += 1
            made.files.append(event["request"]["url"])

    def ended(event: dict[str, float]) -> None:
        made.wire_bytes += int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", ended)
    session.send("Network.enable")
    session.send("Performance.enable")
    if slow:
        rate = BITS_PER_SECOND / 8
        conditions = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": rate, "uploadThroughput": rate}
        session.send("Network.emulateNetworkConditions", conditions)
        session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    yield session, made
