"""A watched browser context: what a page complains of fails its test. Only tests/browser uses it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Route, WebError

from tests.world.windows import Window, Windows

DECLINE = "status of 402"
"""Stripe answers a declined card with 402, and the browser notes every such answer in its console."""

STRIPE = re.compile(r"^https://(js|api)\.stripe\.com(?=/)")

WATCH = """
document.addEventListener('securitypolicyviolation', (event) => {
  console.error(`CSP refused ${event.blockedURI} by ${event.violatedDirective}`);
});
"""


@dataclass
class Stage:
    """One visitor: a window with its own cookies. `complaints` must be empty at the end of a test.

    `forgiven` are patterns a test expects to see, because it broke something on purpose.
    """

    window: Window
    complaints: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=lambda: [DECLINE])
    _pages: int = 0

    @property
    def context(self) -> BrowserContext:
        return self.window.context

    async def page(self) -> Page:
        """Another page of the window."""
        page = await self.context.new_page() if self._pages else self.window.page
        self._pages += 1
        page.set_default_timeout(30_000)
        return page

    def watch(self) -> None:
        self.context.on("console", self._console)
        self.context.on("weberror", self._error)
        self.context.on("requestfailed", self._failed)

    def look_away(self) -> None:
        self.context.remove_listener("console", self._console)
        self.context.remove_listener("weberror", self._error)
        self.context.remove_listener("requestfailed", self._failed)

    def unforgiven(self) -> list[str]:
        return [each for each in self.complaints if not any(re.search(one, each) for one in self.forgiven)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"error: {error.error}")

    def _failed(self, request: Request) -> None:
        # a page that is left gives up what it was still loading
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {request.url} {request.failure}")


@asynccontextmanager
async def visitor(
    windows: Windows, *, width: int = 1280, height: int = 900, dark: bool = False, fresh: bool = False
) -> AsyncIterator[Stage]:
    """A visitor whose complaints are judged at the end. `fresh`: see `tests/world/windows.py`."""
    size, scheme = {"width": width, "height": height}, "dark" if dark else "light"
    async with windows.window(
        WATCH, fresh=fresh, viewport=size, color_scheme=scheme, reduced_motion="reduce"
    ) as window:
        stage = Stage(window)
        stage.watch()
        try:
            yield stage
        finally:
            stage.look_away()
    assert stage.unforgiven() == [], f"the browser complained: {stage.unforgiven()}"


async def forward_stripe(stage: Stage, sandbox_url: str) -> None:
    """Lets Stripe's two real names lead to the sandbox, so that the page loads exactly what it loads in production."""

    async def forward(route: Route) -> None:
        address = STRIPE.sub(sandbox_url, route.request.url)
        await route.fulfill(response=await route.fetch(url=address))

    await stage.context.route(STRIPE, forward)
