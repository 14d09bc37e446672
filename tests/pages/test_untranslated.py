"""Every page in a language nobody speaks: what is not said in it was forgotten.

Each sentence of the catalogue comes in brackets, and numbers and dates as in Japanese, which has none of our letters.
So a letter outside of brackets is either data, which is named here, or a text that cannot be translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from gettext import NullTranslations
from typing import Any

import pytest
from nicegui import Client, ui

from auth import preferences
from auth.policy import Role
from auth.preferences import Preferences
from billing import grant_batches, invitations, members, webhooks
from billing.grant_batches import Sent
from billing.rules.orders import Order
from billing.rules.organisations import Standing
from locales import speech
from locales.catalogues import LANGUAGES
from tests.pages.test_cards import BANK, VISA, Wallets, wallets  # noqa: F401
from tests.pages.test_counter import DOLLARS, begun, bought, packages  # noqa: F401
from tests.pages.test_plan import subscribed
from tests.pages.test_plan_limits import limited  # noqa: F401
from tests.pages.visits import Site, Visitor
from tests.world.groups import ABOVE, founded
from tests.world.portals import paid_event, signed

SEEN = {"aria-label", "title", "placeholder", "alt", "caption", "empty", "loading-text", "count"}
NESTED = {"columns", "rows", "options", "words", "kinds", "terms", "periods", "actors", "marks", "stories", "steps"}
UNSEEN = {"iso", "href", "id", "actor", "receipt", "chip", "tone", "value", "sort", "sorted", "act", "outside"}
"""Keys of what components are fed that are never shown as text."""

DATA = (
    *LANGUAGES.values(), "Scrip", "Ada", "Mia", "Bo", "Engines", "API", "Stripe", "UTC", "USD", "EUR", "Link", "Visa",
    "Usual", "Euro", "Starter", "Tests", "Given by the tests", "Team", "Business", "Email support.", "Free",
    "pipelines", "connections", "Email support", "Priority support", "succeeded", "endive",
    "Analytical Engines", "Coyhaique", "CSV", "JSON", "PDF",
)  # fmt: skip
"""Names that stay as they are, and what tests wrote."""

KEPT = ("owned by", "anybody", "member", "admin", "account", "amount", "reason", "expires", "reference")
"""Words of the audit log's values, and names of a file's columns, which are the same for everybody."""

NARROWED = {
    "/manage": "?search=Engines",
    "/manage/audit": "?search=Given by the tests",
    "/manage/payments": "?search={order_id}",
    "/manage/transactions": "?search=Given by the tests",
    "/manage/insights": "?since=2001-01-01&until=2001-01-02",
}
"""What everybody did holds the words of every other test."""

_SAID = re.compile(r"\[[^\[\]]*\]")
_ID = re.compile(
    r"\b(?:acc|usr|ord|key|inv|cus|sub|bat|tests|pi|cs)[_-]\w+|[a-z]+_[a-z]+|\S+@\S+|[A-Z][a-z]+/[\w/+-]+|\{\w+\}"
)
_LETTERS = re.compile(r"[A-Za-z]{2,}")


class Bracketed(NullTranslations):
    """Each sentence in brackets; what is inside of another one's place needs none of its own."""

    def __init__(self, _language: str) -> None:
        super().__init__()

    def gettext(self, message: str) -> str:
        # brackets around each part, so that data in the places stands outside of them
        return re.sub(r"[^{}]+(?![^{]*\})", lambda part: f"[{part[0]}]", message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, _context: str, message: str) -> str:
        return self.gettext(message)


@pytest.fixture(autouse=True)
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "catalogue", Bracketed)


def paths() -> list[str]:
    """Every page there is, new ones included."""
    return sorted({path for path in Client.page_routes.values() if not path.startswith("/words-")})


async def test_every_page_says_nothing_that_cannot_be_translated(
    site: Site,
    packages: list[Any],  # noqa: F811
    wallets: Wallets,  # noqa: F811
) -> None:
    mia, places = await _somebody_with_everything(site, wallets)
    forgotten = {}
    for path in paths():
        await mia.open((path + NARROWED.get(path, "")).format(**places))
        assert mia.client is not None
        found = sorted({text for element in mia.client.elements.values() for text in _forgotten(element)})
        if found:
            forgotten[path] = found
    assert forgotten == {}


async def _somebody_with_everything(site: Site, wallets: Wallets) -> tuple[Visitor, dict[str, str]]:  # noqa: F811
    """A manager with credits, purchases, cards, a plan and an organisation; and what the pages' addresses need."""
    mia, bo = site.visitor("Mia", Role.MANAGER), site.visitor("Bo")
    preferences.choose(site.world.portal, mia.principal, Preferences("ja"))
    mia.given("1200")
    order = begun(site, mia)
    subscribed(site, mia)
    group = founded(site.world, bo.principal.id, "Engines")
    members.add(site.world.portal, group, mia.principal.id, Standing.ADMIN, ABOVE)
    _, token = invitations.invite(site.world.portal, group, Standing.MEMBER, bo.principal.actor, "")
    wallets.held[order.customer_ref or ""] = [VISA, BANK]
    file = f"account,amount,reason\n{bo.account_id},5,Given by the tests"
    batch = grant_batches.check(site.world.portal, Sent(file, mia.principal.id, f"untranslated-{order.id}", "Tests"))
    return mia, {
        "account_id": bo.account_id, "order_id": order.id, "token": token, "batch_id": batch.batch.id,
        "event_id": await _event(site, order),
    }  # fmt: skip


async def _event(site: Site, order: Order) -> str:
    """A webhook that tells of a payment nobody here asked for."""
    now, event_id = site.world.clock(), f"evt_{order.id}"
    unknown = replace(order, id="ord_unknown", payment_ref=f"pi_{order.id}")
    raw, signature = signed(paid_event(unknown, now, event_id), now)
    await webhooks.receive(site.world.portal, raw, signature)
    return event_id


def _forgotten(element: ui.element) -> Iterator[str]:
    yield from (text for text in _texts(element) if _LETTERS.search(_without_data(text)))


def _texts(element: ui.element) -> Iterator[str]:
    if element.tag == "pre":
        return  # a command, which is typed as it is
    yield str(getattr(element, "text", "") or "")
    for name, value in element.props.items():
        if name in SEEN:
            yield str(value)
        elif name in NESTED:
            yield from _nested(value)


def _nested(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in UNSEEN:
                yield from _nested(inner)
    elif isinstance(value, list):
        # options are pairs of a value and its words
        for inner in value[1:] if len(value) == 2 and all(isinstance(each, str) for each in value) else value:
            yield from _nested(inner)
    elif isinstance(value, str):
        yield value


def _without_data(text: str) -> str:
    if text.startswith("curl "):  # an example to copy
        return ""
    plain = _ID.sub(" ", _SAID.sub(" ", text))
    for name in sorted((*DATA, *KEPT), key=len, reverse=True):
        plain = plain.replace(name, "")
    return plain
