"""Where settings come from, which source wins, and that no text form of them shows a secret."""

from __future__ import annotations

import json
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from billing.rules.money import Credits, Money
from billing.settings import Settings, SettingsError, complete, load_settings, sandbox_keys, settings_table
from tests.billing.settings_papers import written

LIVE = {
    "SCRIP_PUBLIC_URL": "https://credits.example.org",
    "SCRIP_STRIPE__API_KEY": "sk_live_KEYVALUE",
    "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_abc",
    "SCRIP_STRIPE__WEBHOOK_SECRETS": "whsec_HOOKVALUE",
    "SCRIP_STRIPE__PRODUCT": "prod_1",
    "SCRIP_SESSION__SECRET": "0123456789abcdefSESSIONVALUE0123456789",
    "SCRIP_OIDC__ISSUER": "https://id.example.org/",
    "SCRIP_OIDC__CLIENT_ID": "scrip",
    "SCRIP_OIDC__CLIENT_SECRET": "CLIENTVALUE",
    "SCRIP_DATABASE_URL": "postgres://scrip:DBVALUE@db/scrip",
}


def test_nothing_set_is_a_sandbox_for_development_with_three_packages() -> None:
    settings = load_settings({})
    assert (settings.mode, settings.environment, settings.profile) == ("sandbox", "development", "default")
    assert settings.public_url == "http://localhost:8080"
    assert settings.database_url.get_secret_value() == "sqlite+pysqlite:///var/scrip.db"
    assert [(one.name, one.credits, one.price, one.default) for one in settings.catalog.packages] == [
        ("Starter", Credits.whole(500), Money(500, "USD"), False),
        ("Standard", Credits.whole(2000), Money(1800, "USD"), True),
        ("Scale", Credits.whole(10_000), Money(8000, "USD"), False),
    ]


def test_environment_beats_file_beats_profile_beats_default(tmp_path: Path) -> None:
    env = written(tmp_path, "port: 9001\nproduct_name: File\ncredits: {unit_name: tokens}\n")
    settings = load_settings(env | {"SCRIP_PORT": "9002"})
    assert (settings.port, settings.product_name, settings.credits.unit_name) == (9002, "File", "tokens")
    assert settings.catalog.packages[0].key == "starter"
    assert settings.host == "127.0.0.1"


def test_a_nested_variable_changes_its_own_branch_only(tmp_path: Path) -> None:
    env = written(tmp_path, "stripe: {timeout_seconds: 7, max_retries: 1}\n")
    stripe = load_settings(env | {"SCRIP_STRIPE__MAX_RETRIES": "4"}).stripe
    assert (stripe.timeout_seconds, stripe.max_retries) == (7, 4)


def test_yaml_values_are_filled_in_from_the_environment(tmp_path: Path) -> None:
    env = written(tmp_path, "port: ${PORT}\nproduct_name: ${NAME:-Coins} for $$5\nhost: ${EMPTY:-127.0.0.2}\n")
    settings = load_settings(env | {"PORT": "9003", "EMPTY": ""})
    assert (settings.port, settings.product_name, settings.host) == (9003, "Coins for $5", "127.0.0.2")


def test_a_fraction_of_a_credit_may_come_by_the_environment() -> None:
    assert load_settings({"SCRIP_CREDITS__WELCOME": "0.5"}).credits.welcome == Credits(500_000)


def test_an_unquoted_price_is_never_a_float(tmp_path: Path) -> None:
    env = written(
        tmp_path,
        "catalog: {packages: [{key: a, name: A, credits: 0.5, amount: 0.10, currency: eur},"
        " {key: b, name: B, credits: 5, amount: 5, currency: JPY}]}",
    )
    first, second = load_settings(env).catalog.packages
    assert (first.price, first.credits, second.price) == (Money(10, "EUR"), Credits(500_000), Money(5, "JPY"))


@pytest.mark.parametrize("text", ["whsec_a,whsec_b", " whsec_a , whsec_b\n", '["whsec_a", "whsec_b\\n"]'])
def test_webhook_secrets_come_by_comma_or_as_json_and_lose_their_line_ends(text: str) -> None:
    secrets = load_settings({"SCRIP_STRIPE__WEBHOOK_SECRETS": text}).stripe.webhook_secrets
    assert [one.get_secret_value() for one in secrets if one] == ["whsec_a", "whsec_b"]


def test_keys_lose_the_line_end_they_were_copied_with() -> None:
    stripe = load_settings(
        LIVE | {"SCRIP_STRIPE__API_KEY": " sk_live_x\n", "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_y\n"}
    )
    assert stripe.stripe.api_key
    assert stripe.stripe.api_key.get_secret_value() == "sk_live_x"
    assert stripe.stripe.publishable_key == "pk_live_y"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("sqlite:///a.db", "sqlite+pysqlite:///a.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_a_database_address_gets_the_driver_the_portal_uses(given: str, used: str) -> None:
    assert load_settings({"SCRIP_DATABASE_URL": given}).database_url.get_secret_value() == used


@pytest.mark.parametrize(
    ("key", "mode"),
    [("sk_test_1", "test"), ("rk_test_1", "test"), ("sk_live_1", "live"), ("rk_live_1", "live"), ("", "sandbox")],
)
def test_the_mode_follows_from_the_key(key: str, mode: str) -> None:
    other = {"SCRIP_STRIPE__PUBLISHABLE_KEY": f"pk_{'live' if mode == 'live' else 'test'}_1"}
    env = LIVE | other | {"SCRIP_STRIPE__API_KEY": key, "SCRIP_PUBLIC_URL": "https://localhost"}
    assert load_settings(env).mode == mode


def test_no_text_form_shows_a_secret() -> None:
    settings = load_settings(LIVE)
    texts = [repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()]
    texts += [
        repr(settings.stripe),
        f"{settings.oidc}",
        str(list(settings)),
        json.dumps(settings.model_dump(mode="json")),
    ]
    shown = [
        word for word in ("KEYVALUE", "HOOKVALUE", "SESSIONVALUE", "CLIENTVALUE", "DBVALUE") for t in texts if word in t
    ]
    assert shown == []


def test_not_even_the_error_of_building_by_hand_quotes_a_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"stripe": {"api_key": "KEYVALUE"}, "port": "PORTVALUE"})
    assert "KEYVALUE" not in str(caught.value)
    assert "PORTVALUE" not in str(caught.value)


def test_the_settings_cannot_be_changed() -> None:
    settings = load_settings({})
    with pytest.raises(ValidationError):
        settings.port = 1
    with pytest.raises(ValidationError):
        settings.stripe.max_retries = 1
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301


def test_building_settings_by_hand_does_not_read_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIP_PORT", "9999")
    assert Settings().port == 8080
    assert load_settings({}).port == 8080
    assert load_settings().port == 9999


def test_loading_writes_nothing(tmp_path: Path) -> None:
    load_settings({"SCRIP_VAR_DIR": str(tmp_path / "var")})
    assert list(tmp_path.iterdir()) == []


def test_a_sandbox_is_completed_with_keys_only_its_user_may_read(tmp_path: Path) -> None:
    settings = complete(load_settings({"SCRIP_VAR_DIR": str(tmp_path / "var"), "SCRIP_SANDBOX_PORT": "12999"}))
    path = tmp_path / "var" / "sandbox-keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert settings.mode == "sandbox"
    assert settings.stripe.api_base == "http://127.0.0.1:12999"
    assert settings.session.secret
    assert len(settings.session.secret.get_secret_value()) >= 32
    assert (
        complete(settings)
        == settings
        == complete(load_settings({"SCRIP_VAR_DIR": str(tmp_path / "var"), "SCRIP_SANDBOX_PORT": "12999"}))
    )
    assert "whsec_" not in repr(sandbox_keys(str(tmp_path / "var")))


def test_an_explicit_webhook_secret_wins_over_the_made_up_one(tmp_path: Path) -> None:
    env = {"SCRIP_VAR_DIR": str(tmp_path), "SCRIP_STRIPE__WEBHOOK_SECRETS": "whsec_mine"}
    assert [one.get_secret_value() for one in complete(load_settings(env)).stripe.webhook_secrets if one] == [
        "whsec_mine"
    ]


def test_twenty_processes_starting_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        keys = list(pool.map(lambda _: sandbox_keys(str(tmp_path)), range(20)))
    assert len({one.api_key for one in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["sandbox-keys.json"]


def test_who_comes_second_keeps_the_keys_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The narrow moment: both looked and saw no file."""
    first = sandbox_keys(str(tmp_path))
    monkeypatch.setattr(Path, "exists", lambda *_args, **_more: False)
    assert sandbox_keys(str(tmp_path)) == first


def test_a_live_portal_is_never_completed(tmp_path: Path) -> None:
    settings = load_settings(LIVE | {"SCRIP_VAR_DIR": str(tmp_path / "var")})
    assert complete(settings) is settings
    assert list(tmp_path.iterdir()) == []


def test_a_spoilt_key_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "sandbox-keys.json").write_text("{", "utf-8")
    with pytest.raises(SettingsError, match="delete it, and the next start makes new ones"):
        sandbox_keys(str(tmp_path))


def test_a_price_of_the_other_mode_is_refused_when_it_is_read() -> None:
    live = load_settings(LIVE)
    live.assert_price_mode(True)
    with pytest.raises(SettingsError, match=r"test prices but stripe\.api_key is a live key"):
        live.assert_price_mode(False)


def test_the_table_names_every_setting_with_a_description() -> None:
    rows = list(settings_table())
    assert {"SCRIP_CONFIG", "SCRIP_STRIPE__WEBHOOK_SECRETS", "SCRIP_DUMMY__AMOUNT"} <= {row.variable for row in rows}
    assert [row.variable for row in rows if not row.description or not row.kind] == []
