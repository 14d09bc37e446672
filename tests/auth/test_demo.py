"""Demo people come wherever no real money moves: on the sandbox, and on the dummy provider."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auth import demo, doors
from billing.gateways.mail import mailer_of
from billing.portal import Portal
from billing.rules.errors import Forbidden
from billing.settings import complete, load_settings
from tests.world.portals import World


def on_dummy(world: World, folder: Path) -> Portal:
    env = {"SCRIP_DUMMY__AMOUNT": "50", "SCRIP_VAR_DIR": str(folder), "SCRIP_PUBLIC_URL": "http://localhost:3001"}
    return replace(world.portal, settings=complete(load_settings(env)))


def test_the_dummy_provider_welcomes_without_a_sandbox(own_world: World, tmp_path: Path) -> None:
    portal = on_dummy(own_world, tmp_path)
    block = demo.welcome(portal, demo.prepare(portal))
    assert "Scrip runs on the dummy provider: no real money moves." in block
    assert "Each purchase    50.00 USD, approved at once and never charged" in block
    assert "Ada Lovelace (user)" in block
    assert "http://localhost:3001" in block
    assert "Sandbox" not in block
    assert "Webhook secret" not in block


def test_the_sandbox_still_shows_its_own_address(own_world: World, tmp_path: Path) -> None:
    settings = complete(load_settings({"SCRIP_VAR_DIR": str(tmp_path), "SCRIP_SANDBOX_PORT": "12999"}))
    portal = replace(own_world.portal, settings=settings, mailer=mailer_of(settings))
    block = demo.welcome(portal, demo.prepare(portal))
    assert f"Mail             {tmp_path}/mail/*.eml" in block
    assert "Scrip runs on its own sandbox of Stripe: no real money moves." in block
    assert "Sandbox          http://127.0.0.1:12999   scenarios" in block
    assert "Webhook secret   whsec_" in block


def test_the_demo_door_stands_open_with_the_dummy_provider(own_world: World, tmp_path: Path) -> None:
    paths = {getattr(route, "path", "") for route in doors.router(on_dummy(own_world, tmp_path)).routes}
    assert "/sign-in/demo" in paths


def test_beside_a_real_key_nothing_is_prepared(own_world: World, tmp_path: Path) -> None:
    keys = {
        "SCRIP_STRIPE__API_KEY": "sk_test_x", "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_test_x",
        "SCRIP_STRIPE__WEBHOOK_SECRETS": "whsec_x", "SCRIP_STRIPE__PRODUCT": "prod_x",
        "SCRIP_OIDC__ISSUER": "https://id.example.org", "SCRIP_OIDC__CLIENT_ID": "a", "SCRIP_OIDC__CLIENT_SECRET": "b",
        "SCRIP_VAR_DIR": str(tmp_path),
    }  # fmt: skip
    portal = replace(own_world.portal, settings=load_settings(keys))
    with pytest.raises(Forbidden):
        demo.prepare(portal)
    assert "/sign-in/demo" not in {getattr(route, "path", "") for route in doors.router(portal).routes}
