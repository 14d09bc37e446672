"""People for browser tests: each with an account of their own, already signed in. Only tests/browser uses it.

They are written by a second portal over the same database file, so that no test depends on what another one bought.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from playwright.async_api import BrowserContext

from auth import people, sessions
from auth.policy import Role
from billing import accounts, statements
from billing.rules.kinds import Kind
from billing.rules.moments import system_clock
from billing.rules.money import Credits
from billing.rules.views import Filters
from tests.browser.processes import Running
from tests.world.portals import World, open_world

ISSUER = "https://people.example.org"


@dataclass(frozen=True)
class Person:
    """Somebody with an empty account. `cookie` is a session of the portal under test."""

    id: str
    account_id: str
    cookie: str
    name: str


@dataclass(frozen=True)
class Registry:
    """Makes people, and looks into their accounts without asking the portal under test."""

    world: World
    running: Running
    numbers: Iterator[int]

    def newcomer(self, role: Role = Role.USER) -> Person:
        """A person nobody has seen before."""
        portal, name = self.world.portal, f"Person {next(self.numbers)}"
        person_id = people.sign_in(portal, issuer=ISSUER, subject=name, name=name, email=None, role=role)
        cookie = sessions.begin(portal, person_id)
        signed_in = sessions.principal(portal, cookie)
        assert signed_in is not None
        assert signed_in.account_id is not None
        return Person(person_id, signed_in.account_id, cookie, name)

    async def sign_in(self, context: BrowserContext, person: Person) -> None:
        """Gives the browser the person's session."""
        name = sessions.cookie_name(self.world.portal.settings)
        await context.add_cookies([{"name": name, "value": person.cookie, "url": self.running.url}])

    def balance(self, person: Person) -> Credits:
        """What the ledger says."""
        return accounts.view(self.world.portal, person.account_id).balance

    def purchases(self, person: Person) -> int:
        """How many purchases the ledger holds for the account."""
        page = statements.page(self.world.portal, person.account_id, Filters(kinds=(Kind.PURCHASE,)))
        return len(page.lines)

    def payments(self, person: Person, word: str = "payments") -> list[dict[str, Any]]:
        """The sandbox's payments of this account, or its checkout sessions."""
        customer = accounts.view(self.world.portal, person.account_id).customer_ref
        return [each for each in self.running.listed(word) if customer and each["customer"] == customer]


@contextmanager
def registry(running: Running) -> Iterator[Registry]:
    """A registry over the running portal's own database."""
    with open_world(f"sqlite:///{running.folder}/scrip.db") as world:
        # the sessions must be of today, as the running portal's clock has it
        world.clock.now = system_clock()
        yield Registry(world, running, count(1))
