"""Somebody who has a keyboard and nothing else. Only tests/browser uses it."""

from dataclasses import dataclass

from playwright.async_api import Page

MOST = 40
NAME = """() => {
    const found = document.activeElement;
    if (!found || found === document.body) return 'BODY';
    return (found.getAttribute('aria-label') || found.labels?.[0]?.innerText || found.innerText || '').trim();
}"""


@dataclass
class Keyboard:
    """Presses keys and counts them; what is typed as a text counts once, for typing it is no detour."""

    page: Page
    presses: int = 0

    async def at(self) -> str:
        """What has the focus, by the name people know it by; BODY is nowhere."""
        return str(await self.page.evaluate(NAME))

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)
        self.presses += 1

    async def write(self, text: str) -> None:
        await self.page.keyboard.type(text)
        self.presses += 1

    async def tab_to(self, name: str) -> None:
        """Presses Tab until the focus is on what is called so, and never on nothing."""
        for _ in range(MOST):
            await self.press("Tab")
            at = await self.at()
            assert at != "BODY", f"the focus fell off the page on the way to {name}"
            if at.startswith(name):
                return
        raise AssertionError(f"{name} was not reached; the focus is on {await self.at()}")
