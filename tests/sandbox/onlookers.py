"""Somebody who looks at a page of the sandbox in a real Chromium, and what they would complain about. Imported by the
tests of its pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page

Scheme = Literal["light", "dark"]
DESK, PHONE = 1280, 390

TRIPS = (Path(__file__).parent / "trips.js").read_text(encoding="utf-8")


@dataclass
class Onlooker:
    """One visitor's page; `complaints` are what the browser printed as errors."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    async def trips(self) -> list[str]:
        found: list[str] = await self.page.evaluate(TRIPS)
        return found + self.complaints


@asynccontextmanager
async def visitor(browser: Browser, scheme: Scheme = "light", width: int = DESK) -> AsyncIterator[Onlooker]:
    """Somebody with a fresh browser of their own."""
    context = await browser.new_context(
        locale="en-US", color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    come = Onlooker(await context.new_page())
    come.page.on("console", lambda said: _note(come, said.type, said.text))
    come.page.on("pageerror", lambda error: come.complaints.append(str(error)))
    yield come
    await context.close()


def _note(come: Onlooker, kind: str, text: str) -> None:
    """A refusal is printed by the browser as a failed load: those lines are expected."""
    if kind == "error" and "Failed to load resource" not in text:
        come.complaints.append(text)
