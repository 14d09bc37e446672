"""Usage in a real browser: the drawing comes after the tables, from our own server, and can be done without."""

from __future__ import annotations

from playwright.async_api import Request, expect

from billing import grants, usage
from billing.grants import Grant
from billing.rules.money import Credits
from billing.usage import Debit
from tests.browser.conftest import Visit
from tests.browser.people import Person, Registry

LIBRARY = "/esm/"
"""Where NiceGUI serves what pages import beyond themselves; ours import nothing else."""


async def _uses(people: Registry, person: Person) -> None:
    portal = people.world.portal
    grants.give(portal, Grant(person.account_id, Credits.whole(50), "for a page about usage", "usr_other", person.id))
    for number, model in enumerate(("large", "small", "large")):
        amount, said = Credits.whole(number + 1), {"model": model}
        await usage.debit(portal, Debit(person.account_id, amount, str(number), "key_abcd", dimensions=said))


async def test_use_3_and_4_the_library_is_fetched_here_alone_and_after_the_table(
    visit: Visit, people: Registry, person: Person
) -> None:
    await _uses(people, person)
    shopper = await visit()
    page, fetched = shopper.page, list[tuple[str, bool]]()

    async def note(request: Request) -> None:
        if LIBRARY in request.url:
            fetched.append((request.url, await page.get_by_role("cell", name="large").first.is_visible()))

    page.on("request", note)
    await shopper.open("/")
    assert fetched == []
    await shopper.open("/usage?by=dimension.model")
    drawing = page.get_by_role("img", name="6 in all")
    await expect(drawing.locator("svg")).to_be_visible()
    assert fetched
    assert all(url.startswith(shopper.running.url) and shown for url, shown in fetched)
    page.remove_listener("request", note)
    summary = page.get_by_text("Show as table")
    await summary.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("table", name="Credits used by the day")).to_be_visible()


async def test_without_its_library_the_page_still_says_everything(
    visit: Visit, people: Registry, person: Person
) -> None:
    await _uses(people, person)
    shopper = await visit()
    shopper.stage.forgiven += [LIBRARY]
    await shopper.page.route(f"**{LIBRARY}**", lambda route: route.abort())
    await shopper.open("/usage?by=dimension.model")
    await expect(shopper.page.get_by_text("The drawing cannot be shown")).to_be_visible()
    await expect(shopper.page.get_by_role("cell", name="large").first).to_be_visible()
