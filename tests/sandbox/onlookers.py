"""Somebody who looks at a page of the sandbox in a real Chromium, and what they would complain about. Imported by the
tests of its pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Page

from tests.world.windows import Windows, complained

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
async def visitor(
    windows: Windows, scheme: Scheme = "light", width: int = DESK, expected: str = "Failed to load resource"
) -> AsyncIterator[Onlooker]:
    """Somebody who was never there. `expected`: what the browser may print; it prints a refusal as a failed load."""
    size = {"width": width, "height": 900}
    async with windows.window(locale="en-US", color_scheme=scheme, viewport=size, reduced_motion="reduce") as window:
        come = Onlooker(window.page)
        with complained(come.page, come.complaints, expected):
            yield come
