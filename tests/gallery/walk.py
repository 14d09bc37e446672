"""The first purchase of somebody new, photographed, and docs/first-purchase.md about it. Only tests use it."""

from __future__ import annotations

from tests.gallery.camera import SETTLES_MS, Camera
from tests.gallery.shots import continue_to_card, type_card

NAME = "first-purchase"
STEPS: tuple[tuple[str, str, str], ...] = (
    ("sign-in", "Sign in", "In a portal for play one chooses who to be: Bo has never bought anything."),
    (
        "overview",
        "See where you stand",
        "No credits yet. The page says what comes next, and its one button leads there.",
    ),
    ("choose", "Choose", "The package most people take is chosen already; the total stands below, before any card."),
    ("card", "Pay", "The form is Stripe's, within the page. For play: 4242 4242 4242 4242, any later date, any code."),
    ("credited", "Watch them arrive", "Paid, proven by Stripe's webhook, added: each step says when it happened."),
    ("spend", "Spend", "The balance leads the overview from now on; whatever is used appears under it."),
)
"""Each picture, its heading and its sentence."""

HEAD = """\
# The first purchase

Six pictures from the door to the credits, made by `make gallery` on the sandbox. Try it: `make run`, then Bo.
"""


def first_purchase(camera: Camera) -> None:
    """Signs in as Bo and pays for the package that is chosen already."""
    page, names = camera.visit(height=760), iter(pictures())
    page.goto(f"{camera.stand.url}/sign-in")
    camera.keep(page, next(names), is_whole=False)
    page.get_by_role("button", name="Bo Lindqvist").click()
    page.wait_for_function("window.did_handshake === true")
    camera.keep(page, next(names), is_whole=False)
    page.get_by_role("link", name="Buy credits").last.click()
    page.wait_for_url("**/buy")
    page.wait_for_function("window.did_handshake === true")
    camera.keep(page, next(names), is_whole=False)
    continue_to_card(page)
    type_card(page)
    camera.keep(page, next(names))
    pay = page.get_by_role("button", name="Pay ")
    pay.scroll_into_view_if_needed()
    page.wait_for_timeout(SETTLES_MS)
    pay.click()
    page.locator(".step-done").nth(2).wait_for()
    camera.keep(page, next(names), is_whole=False)
    page.get_by_role("link", name="Overview").first.click()
    page.wait_for_function("window.did_handshake === true")
    camera.keep(page, next(names), is_whole=False)


def pictures() -> list[str]:
    """Their names, in order."""
    return [f"{NAME}-{number}-{step}" for number, (step, _, _) in enumerate(STEPS, 1)]


def text() -> str:
    """The page in Markdown."""
    shown = zip(pictures(), STEPS, strict=True)
    parts = [f"## {number}. {title}\n\n{said}\n\n![{title}](gallery/{name}.webp)\n"
             for number, (name, (_, title, said)) in enumerate(shown, 1)]  # fmt: skip
    return "\n".join([HEAD, *parts])
