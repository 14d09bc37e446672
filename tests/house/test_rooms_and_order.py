"""The checks on rooms, order and rings: each is shown small faults it must catch, and twins it must let pass."""

import pytest

from tests.house import order, rooms
from tests.house.source import Check, Project

INIT = "billing/__init__.py"
ORDER = 'ORDER = ("purchases", "grants")'


def caught(check: Check, texts: dict[str, str]) -> list[str]:
    """What a check says to files given by path."""
    return [str(offence) for offence in check(Project.of(texts))]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("pages/buy.py", "from billing.store import ledger"),
        ("pages/buy.py", "import billing.gateways.stripe"),
        ("pages/buy.py", "from api import problems"),
        ("api/native.py", "from billing import store"),
        ("api/native.py", "import pages.home"),
        ("cli.py", "from pages import home"),
        ("cli.py", "from billing.gateways.stripe import Gateway"),
        ("auth/sessions.py", "from billing.gateways import contract"),
        ("auth/sessions.py", "import api"),
        ("billing/purchases.py", "from auth.policy import authorize"),
        ("billing/store/ledger.py", "from billing.gateways import contract"),
        ("billing/store/ledger.py", "from billing import purchases"),
        ("billing/gateways/stripe.py", "from billing.store.tables import orders"),
        ("billing/gateways/stripe.py", "from ..store import tables"),
        ("billing/rules/money.py", "from billing import settings"),
        ("billing/rules/money.py", "from ..purchases import begin"),
        ("sandbox/world.py", "from billing.rules import money"),
        ("app.py", "import sandbox"),
        ("app.py", "from tests.world import chromium"),
        ("pages/home.py", "from app import main"),
        ("migrations/env.py", "from billing import portal"),
    ],
)
def test_a_wrong_direction_is_caught(place: str, line: str) -> None:
    offences = caught(rooms.wrong_direction, {place: f'"""Doc."""\n{line}\n'})
    assert len(offences) == 1
    assert ".py:2: " in offences[0]
    assert "Repair: " in offences[0]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("app.py", "from billing.store import ledger"),
        ("pages/buy.py", "from billing import purchases"),
        ("api/native.py", "from auth.policy import authorize"),
        ("auth/sessions.py", "from billing.store import tables"),
        ("billing/purchases.py", "from billing.gateways.contract import Gateway"),
        ("billing/store/ledger.py", "from billing.rules.money import Money"),
        ("billing/store/ledger.py", "from . import tables"),
        ("tests/test_x.py", "import sandbox, app, billing.store"),
        ("pages/buy.py", "import apigee, billingual"),
    ],
)
def test_a_right_direction_passes(place: str, line: str) -> None:
    assert caught(rooms.wrong_direction, {place: line}) == []


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("billing/purchases.py", "import stripe"),
        ("billing/store/till.py", "from fastapi import Depends"),
        ("pages/home.py", "from starlette.requests import Request"),
        ("api/native.py", "from nicegui import ui"),
        ("auth/oidc.py", "from nicegui import app"),
        ("cli.py", "import stripe.error"),
    ],
)
def test_a_foreign_library_out_of_its_room_is_caught(place: str, line: str) -> None:
    assert len(caught(rooms.foreign_libraries, {place: line})) == 1


def test_foreign_libraries_in_their_rooms_pass() -> None:
    texts = {
        "pages/home.py": "from nicegui import ui",
        "billing/gateways/x.py": "import stripe",
        "api/x.py": "import fastapi",
    }
    assert caught(rooms.foreign_libraries, texts) == []


def test_a_rule_that_imports_a_library_is_caught() -> None:
    offences = caught(rooms.impure_rules, {"billing/rules/catalog.py": "import dataclasses\nimport yaml\n"})
    assert len(offences) == 1
    assert "billing/rules/catalog.py:2: a rule imports `yaml`" in offences[0]


def test_a_module_outside_every_room_is_caught() -> None:
    assert "lies in no room" in caught(rooms.unknown_rooms, {"common/money.py": ""})[0]
    assert caught(rooms.unknown_rooms, {"billing/money.py": "", "app.py": ""}) == []


def test_a_verb_that_calls_upwards_is_caught() -> None:
    texts = {INIT: ORDER, "billing/purchases.py": "from billing.grants import grant", "billing/grants.py": ""}
    assert caught(order.verbs_out_of_order, texts) == []
    texts["billing/grants.py"] = "\nfrom billing import purchases"
    upwards = caught(order.verbs_out_of_order, texts)
    assert len(upwards) == 1
    assert "billing/grants.py:2: `grants` imports `purchases`" in upwards[0]


def test_verbs_without_an_order_are_caught() -> None:
    assert "no ORDER is declared" in caught(order.verbs_out_of_order, {"billing/grants.py": ""})[0]


def test_an_order_that_does_not_fit_the_files_is_caught() -> None:
    texts = {INIT: ORDER, "billing/grants.py": "", "billing/usage.py": ""}
    missing, unlisted = caught(order.verbs_out_of_order, texts)
    assert "`purchases`, which does not exist" in missing
    assert "`usage` is not in ORDER" in unlisted


def test_an_annotated_order_is_read() -> None:
    texts = {INIT: 'ORDER: tuple[str, ...] = ("grants",)', "billing/grants.py": ""}
    assert caught(order.verbs_out_of_order, texts) == []


def test_a_ring_of_modules_is_told_once() -> None:
    texts = {"api/a.py": "import api.b", "api/b.py": "from api import c", "api/c.py": "from api.a import x"}
    offences = caught(order.rings, texts)
    assert len(offences) == 1
    assert "api.a > api.b > api.c > api.a" in offences[0]


def test_a_package_that_gathers_its_modules_is_no_ring() -> None:
    texts = {"api/__init__.py": "from api.a import x", "api/a.py": "from api import b", "api/b.py": ""}
    assert caught(order.rings, texts) == []
    texts["api/b.py"] = "from api import x"
    assert len(caught(order.rings, texts)) == 1
