"""Two people in two browsers share an organisation: one picks it by keyboard, the other one ends that at once."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from billing import members
from billing.rules.organisations import Standing
from tests.browser.people import Person, Registry
from tests.browser.processes import Running
from tests.browser.stage import visitor
from tests.browser.test_every_page import axe_violations, small_targets
from tests.world.groups import ABOVE, founded
from tests.world.windows import Windows

TITLE = "Analytical Engines of London"


def shared(people: Registry) -> tuple[Person, Person]:
    """An owner and an admin of one organisation."""
    ada, bo = people.newcomer(), people.newcomer()
    account_id = founded(people.world, ada.id, TITLE)
    members.add(people.world.portal, account_id, bo.id, Standing.ADMIN, ABOVE)
    return ada, bo


async def picks_by_keyboard(page: Page) -> None:
    """Opens the menu on top and chooses the organisation, without a mouse."""
    await page.locator("button.person").focus()
    await page.keyboard.press("Enter")
    choice = page.get_by_role("group", name="Acting for").get_by_role("button", name=TITLE)
    await expect(choice).to_be_visible()
    while not await choice.evaluate("element => element === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=f"acting for {TITLE}")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 320])
async def test_the_picker_is_used_by_keyboard_and_fits(
    windows: Windows, running: Running, people: Registry, width: int
) -> None:
    _, bo = shared(people)
    async with visitor(windows, width=width, height=700) as stage:
        await people.sign_in(stage.context, bo)
        page = await stage.page()
        await page.goto(running.url)
        await page.wait_for_function("window.did_handshake === true")
        await picks_by_keyboard(page)
        await page.locator("button.person").click()
        group = page.get_by_role("group", name="Acting for")
        await expect(group.locator("[aria-current=true]")).to_have_text(f"{TITLE}Admin")
        assert await axe_violations(page) == []
        assert await small_targets(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_who_is_removed_sees_their_own_account_without_touching_anything(
    windows: Windows, running: Running, people: Registry
) -> None:
    ada, bo = shared(people)
    async with visitor(windows) as first, visitor(windows) as second:
        pages = []
        for stage, person in ((first, ada), (second, bo)):
            await people.sign_in(stage.context, person)
            page = await stage.page()
            await page.goto(running.url)
            await page.wait_for_function("window.did_handshake === true")
            await picks_by_keyboard(page)
            await page.goto(f"{running.url}/organisation")
            await page.wait_for_function("window.did_handshake === true")
            pages.append(page)
        ours, theirs = pages
        assert await axe_violations(ours) == []
        await ours.get_by_role("button", name=f"Change {bo.name}", exact=True).click()
        await ours.get_by_role("button", name=f"Remove {bo.name}").click()
        await expect(theirs.get_by_text("You act for your own account.")).to_be_visible()
        await expect(ours.get_by_role("listitem").filter(has_text=bo.name)).to_have_count(0)


async def test_an_invitation_is_made_copied_and_accepted(windows: Windows, running: Running, people: Registry) -> None:
    ada, _ = shared(people)
    cy = people.newcomer()
    async with visitor(windows) as first, visitor(windows) as second:
        for stage, person in ((first, ada), (second, cy)):
            await people.sign_in(stage.context, person)
        ours, theirs = await first.page(), await second.page()
        await ours.goto(running.url)
        await ours.wait_for_function("window.did_handshake === true")
        await picks_by_keyboard(ours)
        await ours.goto(f"{running.url}/organisation")
        await ours.wait_for_function("window.did_handshake === true")
        await ours.get_by_role("button", name="Invite somebody").click()
        await ours.get_by_label("As").select_option("admin")
        await ours.get_by_role("button", name="Make a link").click()
        link = await ours.get_by_text("/invitation/").inner_text()
        assert await axe_violations(ours) == []
        await theirs.goto(running.url + link[link.index("/invitation/") :])
        await theirs.wait_for_function("window.did_handshake === true")
        await theirs.get_by_role("button", name="Accept the invitation").click()
        await expect(theirs.get_by_text(f"{cy.name} (you)")).to_be_visible()
        await expect(ours.get_by_text(cy.name, exact=True)).to_be_visible()
