"""A portal that sends mail to a box the test looks into. Any test may use it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlalchemy import select

from billing import duties
from billing.rules.errors import ScripError
from billing.rules.mail import Letter
from billing.store.tables_duties import outbox
from tests.world.portals import World


@dataclass
class Box:
    """Takes every letter, unless it is told to raise `trouble`."""

    letters: list[Letter] = field(default_factory=list)
    trouble: ScripError | None = None

    @property
    def way(self) -> str:
        return "into the test's box"

    def send(self, letter: Letter) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.letters.append(letter)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Receiver and subject of each letter, in order."""
        return [(letter.to.address, letter.subject) for letter in self.letters]


def with_mail(world: World) -> Box:
    """From now on the world's portal sends mail into the box."""
    box = Box()
    world.portal = replace(world.portal, mailer=box)
    return box


def owed(world: World) -> list[tuple[str, str]]:
    """Cause and state of every mail in the outbox."""
    query = select(outbox.c.cause, outbox.c.state).where(outbox.c.kind == "mail").order_by(outbox.c.created_at)
    with world.portal.database.read() as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def post(world: World) -> int:
    """Sends what is owed; how many that were."""
    return duties.work(world.portal)
