"""Visitors of the pages under test: people with a session of their own, simulated without a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import httpx
from nicegui import ui
from nicegui.testing import User

from auth import people, sessions
from auth.policy import Principal, Role
from billing import grants, usage
from billing.grants import Grant
from billing.rules.money import Credits
from billing.rules.postings import Posted
from billing.usage import Debit
from tests.world.portals import World

ORIGIN = "http://localhost:8080"
NUMBERS = count(1)
LOOKS = 100  # ten a second
WHO = "X-Visitor"
VISITORS: dict[str, Visitor] = {}
E = TypeVar("E", bound=ui.element)


@dataclass
class Site:
    """The whole portal as visitors meet it."""

    world: World
    transport: httpx.ASGITransport
    origin: str

    def visitor(self, name: str = "Ada", role: Role = Role.USER) -> Visitor:
        """Somebody new, with an account of their own, signed in."""
        portal = self.world.portal
        person = people.sign_in(
            portal, issuer="tests", subject=f"{name}-{next(NUMBERS)}", name=name, email=None, role=role
        )
        cookie = sessions.begin(portal, person)
        principal = sessions.principal(portal, cookie)
        assert principal is not None
        jar = {sessions.cookie_name(portal.settings): cookie}
        number = str(next(NUMBERS))
        client = httpx.AsyncClient(transport=self.transport, base_url=self.origin, cookies=jar, headers={WHO: number})
        VISITORS[number] = made = Visitor(self, principal, client)
        return made

    def stranger(self) -> httpx.AsyncClient:
        """Somebody who is not signed in."""
        return httpx.AsyncClient(transport=self.transport, base_url=self.origin)


class Visitor(User):
    """A person before a page. `should_*` and `find` are NiceGUI's, with more patience; the rest are words of these
    tests.
    """

    def __init__(self, site: Site, principal: Principal, client: httpx.AsyncClient) -> None:
        super().__init__(client)
        self.site, self.principal = site, principal
        assert principal.account_id is not None
        self.account_id = principal.account_id

    def __getattribute__(self, name: str) -> Any:
        """NiceGUI's own has whatever any page says from now on reach whoever was looked at last."""
        return object.__getattribute__(self, name)

    async def should_see(self, *sought: Any, retries: int = LOOKS, **filters: Any) -> None:
        """NiceGUI looks three times within 0.3 s, which a busy machine does not always make."""
        await super().should_see(*sought, retries=retries, **filters)

    async def should_not_see(self, *sought: Any, retries: int = LOOKS, **filters: Any) -> None:
        """The same for what goes away."""
        await super().should_not_see(*sought, retries=retries, **filters)

    def given(self, amount: str, reason: str = "Given by the tests") -> Posted:
        """Credits from a manager who is nobody in particular."""
        grant = Grant(self.account_id, Credits.of(amount), reason, "usr_tests", f"tests-{next(NUMBERS)}")
        return grants.give(self.site.world.portal, grant)

    async def spends(self, amount: str, description: str = "Tests") -> None:
        """A debit by a program."""
        asked = Debit(self.account_id, Credits.of(amount), f"tests-{next(NUMBERS)}", "key_tests", description)
        assert isinstance(await usage.debit(self.site.world.portal, asked), Posted)

    def the(self, kind: type[E]) -> E:
        """The only element of this kind."""
        (found,) = self.find(kind=kind).elements
        return found

    def text(self, marker: str) -> str:
        """The text of the only element with this marker, its children's included."""
        (found,) = self.find(marker=marker).elements
        return " ".join(_texts(found))


class Addressed:
    """Stands for `ui.notify`, `ui.navigate` or `ui.download`: what a page says reaches the visitor who opened it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._of_the_visitor()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_the_visitor(), name)

    def _of_the_visitor(self) -> Any:
        return getattr(VISITORS[ui.context.client.request.headers[WHO]], self._name)


async def until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    """Waits until `holds()` is true; fails when it is not within `seconds`."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    assert holds(), "it did not come true in time"


def digits(text: str) -> str:
    """Only the digits of `text`."""
    return "".join(re.findall(r"[0-9]", text))


def _texts(element: ui.element) -> list[str]:
    own = [str(text)] if (text := getattr(element, "text", "")) else []
    return own + [text for child in element.default_slot.children for text in _texts(child)]
