"""What is photographed: every page, its dialogs, and what a person sees when something is wrong. Only tests use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from pages.parts.lifeline import ENDED
from tests.browser.shopping import PAYS

LOOKS: dict[str, tuple[int, int, bool]] = {
    "light": (1440, 900, False),
    "dark": (1440, 900, True),
    "phone": (390, 844, False),
}
"""Width, height and whether it is dark."""

CARD = "iframe[title='Secure payment input frame']"

Step = Callable[[Page], None]


@dataclass(frozen=True)
class Shot:
    """One page as one person sees it. `path` is its route; `query` and `steps` bring it into the state to be seen.

    `is_dialog`: only the window is photographed, for a dialog belongs to the window. `arabic`: it is in that set too.
    """

    name: str
    title: str
    path: str
    who: str = "ada"
    query: str = ""
    steps: Step | None = None
    is_dialog: bool = False
    arabic: bool = False
    status: int = 200


def press(name: str) -> Step:
    """Opens what the first button of that name opens."""

    def step(page: Page) -> None:
        page.get_by_role("button", name=name).first.click()
        page.locator("dialog[open]").wait_for()

    return step


def continue_to_card(page: Page) -> None:
    """To where a card can be typed."""
    page.get_by_role("button", name="Continue to payment").click()
    page.frame_locator(CARD).get_by_label("Card number").wait_for()


def type_card(page: Page) -> None:
    """The card that pays, in a form that is there already."""
    form = page.frame_locator(CARD)
    form.get_by_label("Card number").fill(PAYS)
    form.get_by_label("Expiration date").fill("12 / 34")
    form.get_by_label("Security code").fill("123")


def begin_grant(page: Page) -> None:
    """The dialog with a reason half written, so that before and after are seen."""
    press("Grant credits")(page)
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Amount").first.fill("500")
    dialog.get_by_label("Reason").first.fill("Goodwill after the outage of 18 November")


def open_first_line(page: Page) -> None:
    """What stands behind the newest line of a statement."""
    page.locator(".ledger .fold").first.click()
    page.locator(".story-parts").wait_for()


def end_session(page: Page) -> None:
    """What the portal tells a page whose session is over when something is pressed on it."""
    page.evaluate(ENDED)
    page.get_by_role("alertdialog").wait_for()


PEOPLE: tuple[Shot, ...] = (
    Shot("overview", "Overview", "/", arabic=True),
    Shot("overview-organisation", "Overview of an organisation", "/", who="ada for the organisation"),
    Shot("buy", "Buy credits", "/buy", arabic=True),
    Shot("receipt", "Receipt", "/receipt/{order_id}", arabic=True),
    Shot("transactions", "Transactions", "/transactions", arabic=True),
    Shot("transactions-opened", "A line and what stands behind it", "/transactions", steps=open_first_line),
    Shot("usage", "Usage", "/usage", query="?by=dimension.model", arabic=True),
    Shot("plan", "Plan", "/plan", arabic=True),
    Shot("plan-change", "Changing the plan", "/plan", steps=press("Change to Studio"), is_dialog=True),
    Shot("plan-cancel", "Cancelling the plan", "/plan", steps=press("Cancel at the end"), is_dialog=True),
    Shot("invoices", "Invoices", "/invoices", arabic=True),
    Shot("cards", "Cards", "/cards"),
    Shot("costs", "Cost management", "/cost-management"),
    Shot("profile", "Settings: profile", "/settings/profile"),
    Shot("alerts", "Settings: alerts", "/settings/alerts", arabic=True),
    Shot("keys", "Settings: API keys", "/settings/keys"),
    Shot("key-replace", "Replacing a key", "/settings/keys", steps=press("Replace"), is_dialog=True),
    Shot("sessions", "Settings: sessions", "/settings/sessions"),
    Shot("members", "Members of an organisation", "/organisation", who="ada for the organisation"),
    Shot("member-invite", "Inviting somebody", "/organisation", who="ada for the organisation",
         steps=press("Invite somebody"), is_dialog=True),
    Shot("organisation", "Founding an organisation", "/organisation", who="bo"),
    Shot("invitation", "An invitation", "/invitation/{token}", who="bo"),
)  # fmt: skip

EMPTY: tuple[Shot, ...] = (
    Shot("first-run", "Overview on the first day", "/", who="bo", arabic=True),
    Shot("empty-transactions", "Transactions, none yet", "/transactions", who="bo"),
    Shot("empty-usage", "Usage, none yet", "/usage", who="bo"),
    Shot("empty-invoices", "Invoices, none yet", "/invoices", who="bo"),
    Shot("no-plan", "Plans to choose from", "/plan", who="bo"),
    Shot("no-match", "Transactions, none match", "/transactions", query="?search=zebra"),
)

CONSOLE: tuple[Shot, ...] = (
    Shot("manage", "Accounts", "/manage", who="mia", arabic=True),
    Shot("account", "An account", "/manage/accounts/{account_id}", who="mia", arabic=True),
    Shot("account-payments", "An account: payments and events", "/manage/accounts/{account_id}/payments", who="mia"),
    Shot("account-plan", "An account: subscription", "/manage/accounts/{account_id}/subscription", who="mia"),
    Shot("account-members", "An account: members and keys", "/manage/accounts/{account_id}/members", who="mia"),
    Shot("account-audit", "An account: audit", "/manage/accounts/{account_id}/audit", who="mia"),
    Shot("grant", "Granting credits", "/manage/accounts/{account_id}", who="mia", steps=begin_grant, is_dialog=True),
    Shot("remove", "Removing credits", "/manage/accounts/{account_id}", who="mia", steps=press("Remove credits"),
         is_dialog=True),
    Shot("bulk", "Bulk grants", "/manage/bulk", who="mia"),
    Shot("batch", "A batch of grants", "/manage/bulk/{batch_id}", who="mia"),
    Shot("events", "Events", "/manage/events", who="mia"),
    Shot("event", "An event", "/manage/events/{event_id}", who="mia"),
    Shot("all-transactions", "Transactions of everybody", "/manage/transactions", who="mia"),
    Shot("all-payments", "Payments of everybody", "/manage/payments", who="mia"),
    Shot("insights", "Insights", "/manage/insights", who="mia"),
    Shot("attention", "Attention", "/manage/attention", who="mia"),
    Shot("audit", "Audit log", "/manage/audit", who="mia"),
    Shot("view-as", "The overview of a customer, seen by a manager", "/", who="mia as ada"),
)  # fmt: skip

TROUBLE: tuple[Shot, ...] = (
    Shot("sign-in", "Sign in", "/sign-in", who="", arabic=True),
    Shot("forbidden", "A page for managers", "/manage", who="bo", status=403),
    Shot("not-found", "No such page", "/no/such/page", who="bo", status=404),
    Shot("broken", "A page that broke, with the reference that is in the log", "/transactions", who="bo", status=500),
    Shot("signed-out", "A session that ended", "/buy", steps=end_session, is_dialog=True),
)

LATE: tuple[Shot, ...] = (Shot("buy-card", "Paying by card", "/buy", steps=continue_to_card),)
"""What leaves something behind: a purchase that is begun shows on other pages."""

SECTIONS: dict[str, tuple[Shot, ...]] = {
    "What a person sees": PEOPLE,
    "Paying": LATE,
    "Before anything happened": EMPTY,
    "The managers' console": CONSOLE,
    "The door, and what went wrong": TROUBLE,
}

ELSEWHERE = {"/settings", "/settings/members"}
"""Addresses that only lead on."""


def every() -> Iterator[Shot]:
    """All of them in the order in which they can be taken."""
    for section in (EMPTY, PEOPLE, CONSOLE, TROUBLE, LATE):
        yield from section
