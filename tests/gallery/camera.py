"""Takes the pictures: a browser at the door of the stand, one context for each person and look. Only tests use it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import structlog
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from auth import sessions, viewing
from billing import statements
from tests.gallery.cast import Cast
from tests.gallery.shots import LOOKS, Shot
from tests.gallery.stand import Stand
from tests.world.chromium import LAUNCH_ARGS, chromium_path

HIGHEST = 1700
SETTLES_MS = 250
PATIENCE_MS = 60_000
OK = 200
ZONE = "Europe/Paris"
BROKEN = 500
FOR_THE_ORGANISATION = " for the organisation"
AS = " as "
ARABIC = "arabic"


@dataclass
class Camera:
    """Photographs into `folder`; what it made is in `taken`."""

    browser: Browser
    stand: Stand
    cast: Cast
    folder: Path
    taken: set[str] = field(default_factory=set)
    _contexts: dict[tuple[str, str], BrowserContext] = field(default_factory=dict)

    def shoot(self, shot: Shot) -> None:
        """The page in each of its looks: it is opened once, and follows the window and the system's theme."""
        with self._opened(shot, "en-GB") as page:
            for look, (width, height, dark) in LOOKS.items():
                page.emulate_media(color_scheme="dark" if dark else "light")
                page.set_viewport_size({"width": width, "height": height})
                self.keep(page, f"{shot.name}-{look}", is_whole=not shot.is_dialog)
        if shot.arabic:
            with self._opened(shot, "ar") as page:
                self.keep(page, f"{shot.name}-{ARABIC}")

    @contextmanager
    def _opened(self, shot: Shot, locale: str) -> Iterator[Page]:
        page = self._context(shot.who, locale).new_page()
        try:
            with _breaking() if shot.status == BROKEN else nullcontext():
                answer = page.goto(self.stand.url + shot.path.format(**self.cast.places) + shot.query)
            assert answer is not None
            assert answer.status == shot.status, f"{shot.name}: {answer.status}"
            if shot.who and shot.status == OK:
                page.wait_for_function("window.did_handshake === true")
            if shot.steps is not None:
                shot.steps(page)
            yield page
        finally:
            page.close()

    def keep(self, page: Page, name: str, *, is_whole: bool = True) -> None:
        """What the page shows now; the whole page in a window that is high enough, so that bars stand where they do."""
        page.wait_for_function("!document.querySelector('[aria-busy=true]')")
        size = page.viewport_size
        assert size is not None
        if is_whole:
            whole = page.evaluate("() => document.documentElement.scrollHeight")
            page.set_viewport_size({"width": size["width"], "height": min(HIGHEST, max(size["height"], whole))})
        page.evaluate("document.activeElement?.matches('a, body') && document.activeElement.blur()")
        page.wait_for_timeout(SETTLES_MS)
        picture = Image.open(io.BytesIO(page.screenshot()))
        picture.save(self.folder / f"{name}.webp", quality=60, method=4)
        page.set_viewport_size(size)
        self.taken.add(name)

    def visit(self, height: int) -> Page:
        """A page of somebody nobody knows yet."""
        page = self._context("", "en-GB").new_page()
        page.set_viewport_size({"width": LOOKS["light"][0], "height": height})
        return page

    def _context(self, who: str, locale: str) -> BrowserContext:
        """Whoever comes again has the portal's scripts already."""
        if (who, locale) not in self._contexts:
            width, height, _ = LOOKS["light"]
            context = self.browser.new_context(
                viewport={"width": width, "height": height}, locale=locale, timezone_id=ZONE, reduced_motion="reduce"
            )
            context.set_default_timeout(PATIENCE_MS)
            context.add_cookies([{"name": "scrip_zone", "value": ZONE, "url": self.stand.url}])
            if who:
                cookie = self._cookie(who)
                context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": cookie["url"]}])
            self._contexts[who, locale] = context
        return self._contexts[who, locale]

    def _cookie(self, who: str) -> dict[str, str]:
        name, _, seen = who.removesuffix(FOR_THE_ORGANISATION).partition(AS)
        cookie, portal = self.stand.cookie(self.cast.people[name].id), self.stand.portal
        principal = sessions.principal(portal, cookie["value"])
        assert principal is not None
        if who.endswith(FOR_THE_ORGANISATION):
            sessions.act_for(portal, principal, self.cast.organisation)
        elif seen:
            viewing.view_as(portal, principal, self.cast.people[seen].account_id)
        return cookie


@contextmanager
def _breaking() -> Iterator[None]:
    """Meanwhile no statement can be read, for a reason nobody foresaw; what is logged of it is not of interest."""
    with patch.object(statements, "page", side_effect=RuntimeError), structlog.testing.capture_logs():
        yield


@contextmanager
def open_camera(stand: Stand, cast: Cast, folder: Path) -> Iterator[Camera]:
    """A camera that writes into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        yield Camera(browser, stand, cast, folder)
        browser.close()
