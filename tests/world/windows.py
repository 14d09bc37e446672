"""Windows of the test's browser, used again: opening one and compiling every script anew is a third of a story's work.

Tests ask for the fixture `windows` and get a context that nobody seems to have been in. Who does what cannot be taken
back - listens for good, moves the clock, adds a script - asks for `fresh=True`, and so does who needs a first visit.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, ViewportSize

REST = "/livez"
"""A few bytes of the site that was seen last: from page to page of a site the browser keeps its process."""
KEPT = "local_storage,indexeddb,cache_storage,service_workers"
LOOKS = {"color_scheme": "light", "reduced_motion": "no-preference"}
"""What a story may change of a page's looks, and how they are unless `options` say otherwise."""


@dataclass(frozen=True)
class Window:
    """A context with one page, both without a past."""

    context: BrowserContext
    page: Page
    _size: ViewportSize | None
    _looks: dict[str, Any]

    async def cleared(self) -> bool:
        """Whether nothing of the last visit is left in it."""
        if self.page.is_closed():
            return False
        try:
            await self._leave()
            await self._forget()
        except Error:  # its server is gone, or its page will not be left
            return False
        return True

    async def _leave(self) -> None:
        for page in self.context.pages:
            await page.unroute_all()
            if page is not self.page:
                await page.close()
        await self.context.unroute_all()
        if self.page.url.startswith("http"):
            answer = await self.page.goto(urljoin(self.page.url, REST), timeout=5_000)
            if answer is None or not answer.ok:  # then the site has no icon either, and the next visitor would hear it
                await self.page.goto("about:blank")

    async def _forget(self) -> None:
        await self.context.clear_cookies()
        await self.context.clear_permissions()
        # Not kept open: a second session takes the looks back that the first one gave the page.
        beneath = await self.context.new_cdp_session(self.page)
        await beneath.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": KEPT})
        await beneath.send("Page.resetNavigationHistory")
        await beneath.detach()
        await self.page.emulate_media(media="null", **self._looks)
        if self._size is not None:
            await self.page.set_viewport_size(self._size)


class Windows:
    """Those that nobody is in, by how they were made."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[tuple[str, str], list[Window]] = {}

    @asynccontextmanager
    async def window(self, script: str = "", *, fresh: bool = False, **options: Any) -> AsyncIterator[Window]:
        """One for a visit. `script` runs in each of its pages; `options` are those of Playwright's `new_context`."""
        idle = [] if fresh else self._idle.setdefault((script, repr(sorted(options.items()))), [])
        window = idle.pop() if idle else await self._opened(script, options)
        try:
            yield window
        finally:
            if not fresh and await window.cleared():
                idle.append(window)
            else:
                await window.context.close()

    async def _opened(self, script: str, options: dict[str, Any]) -> Window:
        context = await self._browser.new_context(**options)
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        looks = {name: options.get(name, usual) for name, usual in LOOKS.items()}
        return Window(context, page, page.viewport_size, looks)


@contextmanager
def complained(page: Page, complaints: list[str], expected: str) -> Iterator[None]:
    """Meanwhile notes what the browser prints as an error, but for what the pattern `expected` finds in it."""

    def hear(said: ConsoleMessage) -> None:
        text = f"{said.text} ({said.location.get('url', '')})"
        if said.type == "error" and not re.search(expected, text):
            complaints.append(text)

    def fail(error: Error) -> None:
        complaints.append(str(error))

    page.on("console", hear)
    page.on("pageerror", fail)
    try:
        yield
    finally:
        page.remove_listener("console", hear)
        page.remove_listener("pageerror", fail)


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    return Windows(browser)
