"""The portals of the documents, one of each for all tests, and somebody new for each test.

Their sandboxes must stay in the present: a test that lets time pass takes a portal of its own. So does one that needs
other settings; an archived price is brought back by whoever archived it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.documents.datalayer import Client, Platform, platform
from tests.documents.dataxpipe import Company, company
from tests.documents.frontier import Engine, engine


@pytest.fixture(scope="session")
def datalayer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Top-ups in a card form, for those who have a monthly plan."""
    with platform(tmp_path_factory.mktemp("topup"), "datalayer-topup") as running:
        yield running


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Packages in an embedded Checkout, for everybody.

    A portal beside the other one, since a profile is chosen once for a whole process.
    """
    with platform(tmp_path_factory.mktemp("checkout"), "datalayer-checkout") as running:
        yield running


@pytest.fixture(scope="session")
def dataxpipe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Plans with limits, for organisations whose admins come with access tokens."""
    with company(tmp_path_factory.mktemp("dataxpipe")) as running:
        yield running


@pytest.fixture(scope="session")
def frontier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Plans and credits of files, for organisations, set up by a `billing:` block."""
    with engine(tmp_path_factory.mktemp("frontier")) as running:
        yield running


@pytest.fixture
def ada(datalayer: Platform) -> Client:
    """Somebody without credits and without a plan."""
    return datalayer.person()


@pytest.fixture
def bo(datalayer: Platform) -> Client:
    """Somebody else, just as poor: what one of them does must not reach the other."""
    return datalayer.person()
