"""What an open page says when it loses the portal or its session, and that what was typed is there afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from playwright.async_api import Page, expect
from sqlalchemy import update

from auth import sessions
from auth.policy import Role
from billing.rules.moments import MINUTE, SECOND, system_clock
from billing.store.tables_trade import sessions as rows
from tests.browser.people import Person, Registry
from tests.browser.stage import Stage, visitor
from tests.browser.test_every_page import axe_violations
from tests.world.windows import Windows

SCISSORS = """
const sockets = [], Real = window.WebSocket;
window.lost = '';  // '': whole, 'cut': nobody answers, 'anew': the portal was started anew and knows no page
window.WebSocket = class extends Real {
  constructor(url, ...more) {
    const to = { cut: url.replace('_nicegui_ws', 'nobody'), anew: url.replace(/client_id=[^&]+/, 'client_id=another') };
    super(to[window.lost] ?? url, ...more);
    sockets.push(this);
  }
};
window.cut = (how) => { window.lost = how; sockets.forEach((each) => each.close()); };
"""
"""Between a page and the portal: `context.set_offline` leaves open sockets alone."""


@dataclass(frozen=True)
class Wire:
    """A page whose socket can be cut, and whose time is ours."""

    page: Page
    stage: Stage

    async def cut(self, how: str = "cut") -> None:
        await self.page.evaluate("(how) => window.cut(how)", how)

    async def mend(self) -> None:
        await self.page.evaluate("window.lost = ''")

    async def passes(self, seconds: float) -> None:
        """Only the page's own time."""
        await self.page.clock.run_for(int(seconds * 1000))

    async def until_it_says(self, words: str) -> None:
        """Tries to connect follow one another by seconds of the page's time."""
        bar = self.page.locator(".lifeline-bar")
        for _ in range(20):
            if words in await bar.inner_text() and (words or not await bar.inner_text()):
                return
            await self.passes(1)
            await self.page.wait_for_timeout(50)
        await expect(bar).to_have_text(words)


@asynccontextmanager
async def opened(windows: Windows, people: Registry, who: Person, path: str, width: int = 1280) -> AsyncIterator[Wire]:
    async with visitor(windows, width=width, fresh=True) as stage:
        stage.forgiven += ["status of 401", "WebSocket"]
        await people.sign_in(stage.context, who)
        page = await stage.page()
        await page.add_init_script(SCISSORS)
        await page.clock.install()
        await page.goto(people.running.url + path)
        await page.wait_for_function("window.did_handshake === true")
        yield Wire(page, stage)


def leave(people: Registry, who: Person, seconds: int) -> None:
    """So many seconds of the person's session, as if nothing had been pressed for long."""
    portal = people.world.portal
    seen_at = system_clock() - portal.settings.session.idle_minutes * MINUTE + seconds * SECOND
    change = update(rows).values(seen_at=seen_at).where(rows.c.person_id == who.id)
    portal.till.write(lambda tx: tx.connection.execute(change).rowcount)


async def test_a_short_gap_says_nothing_and_a_longer_one_holds_back_what_would_write(
    windows: Windows, people: Registry, person: Person
) -> None:
    async with opened(windows, people, person, "/buy") as wire:
        bar, go = wire.page.locator(".lifeline-bar"), wire.page.get_by_role("button", name="Continue to payment")
        await wire.cut()
        await wire.passes(1.5)
        await expect(bar).to_have_text("")
        await wire.passes(1)
        await expect(bar).to_have_text("Reconnecting … Your input is kept.")
        await expect(go).to_have_attribute("aria-disabled", "true")
        assert await axe_violations(wire.page) == []
        await go.click(force=True)
        people.running.grant(person.account_id, "77")
        await wire.mend()
        await wire.until_it_says("")
        await expect(go).not_to_have_attribute("aria-disabled", "true")
        await expect(wire.page.locator(".balance-chip .number")).to_have_text("77")
        await expect(wire.page.locator("iframe")).to_have_count(0)
        assert people.payments(person) == []


async def test_what_was_typed_is_there_after_the_reload_that_a_portal_started_anew_needs(
    windows: Windows, people: Registry, person: Person
) -> None:
    manager = people.newcomer(Role.MANAGER)
    async with opened(windows, people, manager, f"/manage/accounts/{person.account_id}", width=390) as wire:
        page, reason = wire.page, wire.page.locator("[data-draft=reason]")
        await page.get_by_role("button", name="Grant credits").first.click()
        await page.get_by_label("Amount", exact=True).fill("12")
        await reason.fill("Goodwill for the outage")
        await wire.cut("anew")
        await wire.until_it_says("Connection lost.")
        await wire.mend()
        await page.get_by_role("button", name="Reload").click()
        await page.wait_for_function("window.did_handshake === true")
        await page.get_by_role("button", name="Grant credits").first.click()
        await expect(reason).to_have_value("Goodwill for the outage")
        await expect(page.get_by_label("Amount", exact=True)).to_have_value("")


async def test_after_thirty_seconds_one_reloads(windows: Windows, people: Registry, person: Person) -> None:
    async with opened(windows, people, person, "/") as wire:
        await wire.cut()
        await wire.passes(31)
        await wire.until_it_says("Connection lost.")
        await wire.mend()
        await wire.page.get_by_role("button", name="Reload").click()
        await wire.page.wait_for_function("window.did_handshake === true")
        await wire.until_it_says("")
        assert await wire.page.locator("[data-waits]").count() == 0


async def test_two_minutes_before_the_end_one_key_keeps_somebody_signed_in(
    windows: Windows, people: Registry, person: Person
) -> None:
    async with opened(windows, people, person, "/") as wire:
        leave(people, person, 110)
        await wire.page.clock.fast_forward("07:58:00")
        warning = wire.page.get_by_role("alertdialog", name="Stay signed in?")
        await expect(warning).to_be_visible()
        assert await axe_violations(wire.page) == []
        timer = warning.get_by_role("timer")
        left = await timer.inner_text()
        await wire.passes(5)
        # a socket that slept for hours connects anew, and the page may ask once more how long is left
        counts = "(left) => document.querySelector('dialog[open] [role=timer]').textContent.trim() < left"
        await wire.page.wait_for_function(counts, arg=left)
        await wire.page.keyboard.press("Enter")
        await expect(warning).to_be_hidden()
        assert await wire.page.evaluate("fetch('/session').then((it) => it.headers.get('Session-Ends-In'))") > "28000"


async def test_sign_2_after_the_end_a_press_asks_to_sign_in_and_what_was_chosen_is_there_again(
    windows: Windows, people: Registry, person: Person
) -> None:
    async with opened(windows, people, person, "/buy") as wire:
        page, radios = wire.page, wire.page.locator("input[name=package]")
        chosen = await radios.last.get_attribute("value")
        await radios.last.check()
        leave(people, person, -1)
        await page.get_by_role("button", name="Continue to payment").click()
        await expect(page.get_by_role("alertdialog", name="Signed out.")).to_be_visible()
        assert await axe_violations(page) == []
        assert people.payments(person) == []
        again = sessions.begin(people.world.portal, person.id)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/sign-in?*")
        await people.sign_in(wire.stage.context, replace(person, cookie=again))
        await page.reload()
        await page.wait_for_url("**/buy")
        await expect(page.locator("input[name=package]:checked")).to_have_value(chosen or "")
        await expect(page.get_by_role("button", name="Continue to payment")).to_be_visible()
