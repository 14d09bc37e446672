"""Fixtures of the browser tests: one browser and one running portal for the run, a fresh person for every test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.browser.people import Person, Registry, registry
from tests.browser.processes import Running, portal_process
from tests.browser.shopping import Shopper
from tests.browser.stage import Stage, visitor
from tests.browser.tills import Place, places
from tests.world.windows import Windows

Visit = Callable[..., Awaitable[Shopper]]


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with portal_process(tmp_path_factory.mktemp("portal")) as running:
        yield running
    running.ending.join()
    said = running.log.read_text("utf-8")
    assert '"level": "error"' not in said, said
    assert "_secret_" not in said, "a payment's client secret stands in the log"


@pytest.fixture
def running(_running: Running) -> Iterator[Running]:
    """The running portal, its sandbox calm before and after."""
    _running.calm()
    yield _running
    _running.calm()


@pytest.fixture(scope="session")
def every_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Place]]:
    """A running portal for each surface at which one can pay."""
    with places(tmp_path_factory.mktemp("surfaces")) as made:
        yield made


@pytest.fixture(scope="session")
def people(_running: Running) -> Iterator[Registry]:
    """Who there is in the running portal."""
    with registry(_running) as made:
        yield made


@pytest.fixture
def person(people: Registry) -> Person:
    """Somebody new."""
    return people.newcomer()


@pytest.fixture
async def visit(windows: Windows, running: Running, people: Registry, person: Person) -> AsyncIterator[Visit]:
    """Opens another browser context for `who` (the test's person unless told); all are judged at the end."""
    async with AsyncExitStack() as stack:

        async def come(who: Person | None = None, width: int = 1280, height: int = 900, dark: bool = False) -> Shopper:
            stage: Stage = await stack.enter_async_context(visitor(windows, width=width, height=height, dark=dark))
            await people.sign_in(stage.context, who or person)
            return Shopper(await stage.page(), running, people, who or person, stage)

        yield come


@pytest.fixture
async def shopper(visit: Visit) -> Shopper:
    """The test's person with one empty page."""
    return await visit()
