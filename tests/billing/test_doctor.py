"""The doctor says of a sound installation that it is sound, and finds each fault that is made, one at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pydantic import SecretStr

from billing.doctor import Finding, State
from billing.settings import Settings
from billing.store.database import Database
from tests.world.databases import migrated
from tests.world.merchants import Merchant
from tests.world.sites import serving

OURS = (400, "application/problem+json")
Fault = Callable[[Merchant, Settings], Settings | None]


@pytest.fixture
def door() -> Iterator[dict[str, Any]]:
    """A portal's public address: it answers as the webhook door does, or as a test wants it."""
    kept: dict[str, Any] = {"answer": OURS}

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, media_type = kept["answer"]
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Door) as kept["url"]:
        yield kept


@pytest.fixture
def sound(merchant: Merchant, door: dict[str, Any]) -> Settings:
    """Everything in place: account, settings, database, public address."""
    settings = merchant.prepared(
        SCRIP_PROFILE="datalayer-topup",
        SCRIP_TAX__AUTOMATIC="yes",
        SCRIP_OIDC__ISSUER="https://id.example.org",
        SCRIP_OIDC__CLIENT_ID="scrip",
        SCRIP_OIDC__CLIENT_SECRET="open sesame",
    )
    migrated(settings.database_url.get_secret_value())
    (endpoint,) = merchant.v1.webhook_endpoints.list().data
    merchant.v1.webhook_endpoints.update(endpoint.id, {"url": f"{door['url']}/api/iam/stripe/v1/webhook"})
    # an address of this machine, so that the knock stays here
    return settings.model_copy(update={"public_url": door["url"]})


def _with(settings: Settings, **changes: Any) -> Settings:
    return settings.model_copy(update={"stripe": settings.stripe.model_copy(update=changes)})


def _wrong(findings: dict[str, Finding]) -> list[str]:
    return [about for about, finding in findings.items() if finding.state is not State.OK]


def test_a_sound_installation_is_all_ok_and_looking_changes_nothing(merchant: Merchant, sound: Settings) -> None:
    before = merchant.state()
    findings = merchant.findings(sound)
    assert _wrong(findings) == []
    assert set(findings) == {
        "settings", "key", "publishable key", "account", "clock", "product", "prices", "currencies", "plans",
        "customer portal", "tax", "webhook endpoint", "reachability", "durability", "schema", "sweep", "mail",
    }  # fmt: skip
    assert findings["plans"].told == "team 20.00 USD every month"
    assert merchant.state() == before


def _archived(merchant: Merchant, settings: Settings) -> None:
    assert settings.stripe.product is not None
    merchant.v1.products.update(settings.stripe.product, {"active": False})


def _no_prices(merchant: Merchant, settings: Settings) -> Settings:
    return _with(settings, product=merchant.v1.products.create({"name": "Empty"}).id)


def _vague_price(merchant: Merchant, settings: Settings) -> None:
    merchant.v1.prices.create({"product": settings.stripe.product, "currency": "usd", "unit_amount": 900})


def _no_plan(merchant: Merchant, settings: Settings) -> Settings:
    return _with(settings, subscription_product=merchant.v1.products.create({"name": "Empty"}).id)


def _portal_off(merchant: Merchant, settings: Settings) -> None:
    merchant.v1.billing_portal.configurations.update(settings.stripe.portal_configuration, {"active": False})


def _endpoint(**changes: Any) -> Fault:
    def change(merchant: Merchant, _: Settings) -> None:
        (endpoint,) = merchant.v1.webhook_endpoints.list().data
        merchant.v1.webhook_endpoints.update(endpoint.id, changes)

    return change


def _second_endpoint(merchant: Merchant, settings: Settings) -> None:
    merchant.v1.webhook_endpoints.create(
        {"url": f"{settings.public_url}/webhooks/stripe", "enabled_events": ["*"], "api_version": "2026-10-28.endive"}
    )


def _no_endpoint(merchant: Merchant, _: Settings) -> None:
    (endpoint,) = merchant.v1.webhook_endpoints.list().data
    merchant.v1.webhook_endpoints.delete(endpoint.id)


def _replaced(path: str, name: str, value: Any) -> Fault:
    def fault(merchant: Merchant, _: Settings) -> None:
        merchant.control("faults/routes", kind="replace", method="GET", path=path, field=name, value=value)

    return fault


def _old_version(merchant: Merchant, _: Settings) -> None:
    (endpoint,) = merchant.v1.webhook_endpoints.list().data
    row = {**endpoint.to_dict(for_json=True), "api_version": "2025-09-30.clover"}
    listed = {"kind": "replace", "method": "GET", "path": "/v1/webhook_endpoints", "field": "data", "value": [row]}
    merchant.control("faults/routes", **listed)


@pytest.mark.parametrize(
    ("fault", "about", "says"),
    [
        (lambda _m, s: _with(s, webhook_secrets=()), "settings", "stripe.webhook_secrets is empty"),
        (lambda _m, s: _with(s, api_key=SecretStr("sk_test_of_nobody")), "key", "does not accept stripe.api_key"),
        (lambda _m, s: _with(s, api_base="http://127.0.0.1:9"), "key", "cannot be reached at http://127.0.0.1:9"),
        (lambda _m, s: _with(s, publishable_key="pk_live_1"), "publishable key", "of the other mode"),
        (lambda _m, s: _with(s, publishable_key=None), "publishable key", "is not set"),
        (lambda _m, s: _with(s, account="acct_other"), "account", "stripe.account names acct_other"),
        (_replaced("/v1/balance", "livemode", True), "key", "answers in live mode"),
        (lambda _m, s: _with(s, product="prod_none"), "product", "prod_none, which is not in this account"),
        (_archived, "product", "is archived"),
        (_no_prices, "prices", "nothing can be bought"),
        (_vague_price, "price", "not on sale: it does not say how many credits"),
        (_no_plan, "plans", "none charged every month"),
        (_portal_off, "customer portal", "is switched off"),
        (lambda _m, s: _with(s, portal_configuration="bpc_none"), "customer portal", "bpc_none is not in this account"),
        (_replaced("/v1/tax/settings", "status", "pending"), "tax", "Stripe Tax is not active"),
        (_endpoint(disabled=True), "webhook endpoint", "is disabled"),
        (_endpoint(url="https://elsewhere.example.org/in"), "webhook endpoint", "none leads to"),
        (_endpoint(enabled_events=["charge.refunded"]), "webhook endpoint", "does not get checkout.session."),
        (_no_endpoint, "webhook endpoint", "none leads to"),
        (_second_endpoint, "webhook endpoint", "2 lead here"),
        (_old_version, "webhook endpoint", "sends version 2025-09-30.clover"),
        (lambda _m, s: s.model_copy(update={"sweep_seconds": 0}), "sweep", "sweep_seconds is 0"),
    ],
)
def test_each_fault_is_found_and_named(
    merchant: Merchant, sound: Settings, fault: Fault, about: str, says: str
) -> None:
    settings = fault(merchant, sound) or sound
    wrong = [finding for finding in merchant.findings(settings).values() if finding.state is State.WRONG]
    assert any(finding.about.startswith(about) and says in finding.told for finding in wrong), wrong


@pytest.mark.parametrize("answer", [(200, "application/json"), (400, "text/html"), (301, ""), (404, OURS[1])])
def test_somebody_else_at_our_address_is_told(
    merchant: Merchant, sound: Settings, door: dict[str, Any], answer: tuple[int, str]
) -> None:
    door["answer"] = answer
    finding = merchant.findings(sound)["reachability"]
    assert (finding.state, f"answers {answer[0]}" in finding.told) == (State.WRONG, True)


def test_checkout_on_its_own_page_needs_no_publishable_key(merchant: Merchant, sound: Settings) -> None:
    hosted = sound.model_copy(update={"purchase": sound.purchase.model_copy(update={"surface": "hosted"})})
    assert merchant.findings(_with(hosted, publishable_key=None))["publishable key"].state is State.OK


def test_nobody_at_our_address_is_told(merchant: Merchant, sound: Settings) -> None:
    finding = merchant.findings(sound.model_copy(update={"public_url": "http://127.0.0.1:9"}))["reachability"]
    assert (finding.state, "does not answer (ConnectError)" in finding.told) == (State.WRONG, True)


def test_a_clock_that_went_wrong_is_told_in_seconds(merchant: Merchant, sound: Settings) -> None:
    finding = merchant.findings(sound, ahead_seconds=90)["clock"]
    assert finding.state is State.WRONG
    assert finding.told.split()[0] in {"89", "90", "91"}


def test_what_a_restricted_key_may_not_see_is_unknown_and_not_wrong(merchant: Merchant, sound: Settings) -> None:
    for path in ("/v1/account", "/v1/webhook_endpoints"):
        merchant.control("faults/routes", kind="error", method="GET", path=path)
    findings = merchant.findings(sound)
    assert _wrong(findings) == ["account", "webhook endpoint"]
    assert {findings[about].state for about in ("account", "webhook endpoint")} == {State.UNKNOWN}


@contextmanager
def _changed(settings: Settings, statement: str) -> Iterator[None]:
    database = Database(settings.database_url.get_secret_value())
    with database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    database.engine.dispose()
    yield


def test_a_database_that_is_not_there_is_told_and_not_made(merchant: Merchant, sound: Settings, tmp_path: Any) -> None:
    missing = tmp_path / "elsewhere" / "scrip.db"
    settings = sound.model_copy(update={"database_url": SecretStr(f"sqlite+pysqlite:///{missing}")})
    assert "run `scrip migrate`" in merchant.findings(settings)["database"].told
    assert not missing.parent.exists()


def test_an_older_schema_is_told(merchant: Merchant, sound: Settings) -> None:
    with _changed(sound, "UPDATE alembic_version SET version_num = '0001'"):
        assert "`scrip migrate`" in merchant.findings(sound)["schema"].told


def test_a_file_that_is_no_database_is_told(merchant: Merchant, sound: Settings, tmp_path: Any) -> None:
    path = tmp_path / "scrip.db"
    path.write_text(json.dumps({"not": "a database"}) * 100)
    settings = sound.model_copy(update={"database_url": SecretStr(f"sqlite+pysqlite:///{path}")})
    finding = merchant.findings(settings)["database"]
    assert (finding.state, "cannot be read" in finding.told) == (State.WRONG, True)
