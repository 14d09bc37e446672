"""Who may ask for what of DataXPipe's doors, and what nobody is ever shown: the security part of its document."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from billing.rules.moments import system_clock
from billing.settings import SettingsError, load_settings
from tests.documents.dataxpipe import EVENTS, KEY, REAL, VARIABLES, Company, Customer
from tests.world.oidc import CLIENT_ID, STRANGER
from tests.world.portals import signed


@pytest.fixture
def here(dataxpipe: Company) -> Company:
    return dataxpipe


@pytest.fixture
def ada(here: Company) -> Customer:
    return here.customer()


@pytest.mark.parametrize(("path", "body"), [("checkout", {"price_id": "team"}), ("portal", {})])
def test_the_billing_endpoints_are_for_the_admins_of_an_organisation(
    here: Company, ada: Customer, path: str, body: dict[str, str]
) -> None:
    asked = {name: here.prices[value] for name, value in body.items()}

    def status(client: httpx.Client) -> int:
        return client.post(f"/api/v1/billing/{path}", json=asked).status_code

    assert (status(ada.http), status(ada.member)) == (200, 403)
    alone = here.client(here.token(roles=["org:admin"]))
    elsewhere = here.client(here.token(org_id="org-of-nobody", roles=["org:admin"]))
    assert (status(alone), status(elsewhere)) == (403, 403)
    assert ada.member.get("/api/v1/billing/plan").json()["plan"] == "free", "a member may look"


def test_a_bearer_that_the_issuer_did_not_make_for_this_api_is_nobody(here: Company, ada: Customer) -> None:
    claims: dict[str, Any] = {"org_id": ada.external_id, "roles": ["org:admin"]}
    wrong = [
        here.token(by=STRANGER, **claims),
        here.token(**claims, aud=CLIENT_ID),
        here.token(**claims, iss="https://evil.example"),
        here.token(**claims, exp=1),
    ]
    assert [here.client(each).post("/api/v1/billing/portal").status_code for each in wrong] == [401, 401, 401, 401]


def test_only_https_is_an_address_where_money_is_real() -> None:
    with pytest.raises(SettingsError, match="https"):
        load_settings(REAL | VARIABLES | {"SCRIP_PUBLIC_URL": "http://api.example.org"})


def test_test_mode_keys_run_it_locally() -> None:
    local = {"STRIPE_SECRET_KEY": "sk_test_...", "STRIPE_WEBHOOK_SECRET": "whsec_test_..."}
    found = load_settings(REAL | VARIABLES | local | {"SCRIP_PUBLIC_URL": "http://localhost:8000"})
    assert (found.mode, found.environment, found.port) == ("test", "development", 8000)


@pytest.mark.parametrize("kind", EVENTS)
def test_unsigned_payloads_are_rejected(here: Company, kind: str) -> None:
    event = {"id": "evt_forged", "object": "event", "type": kind, "data": {"object": {}}, "livemode": False}
    raw, forged = signed(event, system_clock(), "whsec_of_somebody_else")
    assert [here.posts(raw, each) for each in (None, "", forged)] == [400, 400, 400]


def test_the_secret_key_is_never_exposed(here: Company, ada: Customer) -> None:
    here.subscribes(ada, "team")
    told = [ada.http.get(path).text for path in ("/api/v1/billing/plan", "/openapi.json", "/api/docs", "/sign-in")]
    told += [ada.post("portal").text, here.running.log.read_text("utf-8")]
    assert [text for text in told if KEY in text] == []
