"""The documents' names: which source wins, what counts as given, and how a misspelt name is refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.settings import SettingsError, load_settings
from billing.settings_names import Names, names_of
from tests.billing.settings_papers import HOSTED, OURS, refusal, variables, written

TOPUP = {"SCRIP_PROFILE": "datalayer-topup"}
HOST = "DWCTL_PAYMENT__STRIPE__HOST_URL"


def test_ours_beat_the_documents_beat_the_file_beats_the_profile(tmp_path: Path) -> None:
    env = dict(TOPUP)
    assert load_settings(env).checkout_route == "checkout"
    env |= written(tmp_path, "checkout_route: by-file")
    assert load_settings(env).checkout_route == "by-file"
    env["DATALAYER_STRIPE_CHECKOUT_ROUTE"] = "by-document"
    assert load_settings(env).checkout_route == "by-document"
    env["SCRIP_CHECKOUT_ROUTE"] = "by-us"
    assert load_settings(env).checkout_route == "by-us"


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_a_blank_variable_counts_as_not_given(blank: str) -> None:
    documents = {"DATALAYER_STRIPE_CHECKOUT_ROUTE": blank, "DATALAYER_STRIPE_API_KEY": blank}
    settings = load_settings(TOPUP | documents | {"SCRIP_PORT": blank})
    assert (settings.checkout_route, settings.mode, settings.port) == ("checkout", "sandbox", 8080)


@pytest.mark.parametrize("blank", ["", '""', "null"])
def test_a_blank_name_in_a_file_counts_as_not_given(tmp_path: Path, blank: str) -> None:
    text = (
        f"payment: {{stripe: {{api_key: {blank or '~'}, price_id: {blank or '~'}}}, dummy: {{amount: {blank or '~'}}}}}"
    )
    assert load_settings(written(tmp_path, text, "doubleword")).mode == "sandbox"


@pytest.mark.parametrize("text", ["payment:", "payment: {}", "payment: {stripe: }", "credits:\nstripe: {}"])
def test_an_empty_branch_gives_nothing(tmp_path: Path, text: str) -> None:
    assert load_settings(written(tmp_path, text, "doubleword")).mode == "sandbox"


@pytest.mark.parametrize(
    ("env", "line"),
    [
        ({"SCRIP_PRT": "1"}, "SCRIP_PRT is not a setting; did you mean SCRIP_PORT?"),
        ({"SCRIP_QQQQQQQQQQQQ": "1"}, "SCRIP_QQQQQQQQQQQQ is not a setting."),
        (
            TOPUP | {"DATALAYER_STRIPE_API_KY": "sk_live_x"},
            "DATALAYER_STRIPE_API_KY is not a setting of profile datalayer-topup; "
            "did you mean DATALAYER_STRIPE_API_KEY?",
        ),
        (
            {"SCRIP_PROFILE": "datalayer-checkout", "DATALAYER_STRIPE_TOPUP_PRODUCT_ID": "prod_1"},
            "DATALAYER_STRIPE_TOPUP_PRODUCT_ID is not a setting of profile datalayer-checkout; "
            "did you mean DATALAYER_STRIPE_PRODUCT_ID?",
        ),
        (
            {"SCRIP_PROFILE": "doubleword", "DWCTL_PAYMENT__STRIPE__APIKEY": "sk_live_x"},
            "DWCTL_PAYMENT__STRIPE__APIKEY is not a setting of profile doubleword; "
            "did you mean DWCTL_PAYMENT__STRIPE__API_KEY?",
        ),
        (
            {"SCRIP_PROFILE": "doubleword", "DWCTL_ANALYTICS": ""},
            "DWCTL_ANALYTICS is not a setting of profile doubleword.",
        ),
        (
            {"SCRIP_PROFILE": "doubleword", HOST: "https://a.org", "DWCTL_DASHBOARD_URL": "https://b.org"},
            "DWCTL_DASHBOARD_URL and DWCTL_PAYMENT__STRIPE__HOST_URL are both public_url, with different values: "
            "keep one of them.",
        ),
    ],
)
def test_a_variable_is_refused_in_one_line(env: dict[str, str], line: str) -> None:
    assert refusal(env) == line


def test_variables_of_another_kind_are_left_alone() -> None:
    assert load_settings({"DATALAYER_RUN_URL": "x", "DATALAYER_STRIPE_ANYTHING": "x", "DWCTL_X": "y"}).port == 8080
    assert load_settings(TOPUP | {"DATALAYER_RUN_URL": "x"}).port == 8080


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "payment: {stripe: {api_ky: x}}",
            "payment.stripe.api_ky is not a setting; did you mean payment.stripe.api_key?",
        ),
        (
            "payment: {strpe: {api_key: x}}",
            "payment.strpe.api_key is not a setting; did you mean payment.stripe.api_key?",
        ),
        (
            "credits: {initial_credits_for_standard_user: 1}",
            "did you mean credits.initial_credits_for_standard_users?",
        ),
        ("payment: {stripe: sk_live_x}", "payment.stripe holds several settings: write each with its name below it."),
        ("names: {file: {a: port}}", "names.file.a is not a setting"),
        (
            "dashboard_url: https://a.org\npublic_url: https://b.org",
            "dashboard_url and public_url are both public_url, with different values: keep one of them.",
        ),
        (
            "payment: {stripe: {host_url: https://a.org}, dummy: {host_url: https://b.org}}",
            "payment.stripe.host_url and payment.dummy.host_url are both public_url, with different values",
        ),
        ("payment: {dummy: {amount: 0}}", "a dummy purchase needs an amount above zero"),
        ("payment: {dummy: {amount: 0.001}}", "more decimals than USD"),
    ],
)
def test_a_file_is_refused_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    assert line in refusal(written(tmp_path, text, "doubleword"))


def test_a_file_of_the_documents_shape_needs_its_profile(tmp_path: Path) -> None:
    line = refusal(written(tmp_path, "payment: {stripe: {api_key: sk_test_x}}"))
    assert "payment.stripe.api_key is not a setting; did you mean stripe.api_key?" in line


def test_the_same_value_under_two_names_is_no_contradiction() -> None:
    env = {HOST: "https://a.org", "DWCTL_DASHBOARD_URL": "https://a.org", "SCRIP_ENVIRONMENT": "development"}
    assert load_settings(env | {"SCRIP_PROFILE": "doubleword"}).public_url == "https://a.org"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"DWCTL_PAYMENT__STRIPE__WEBHOOK_SECRET": ""},
            "stripe.webhook_secrets (DWCTL_PAYMENT__STRIPE__WEBHOOK_SECRET) is empty: copy",
        ),
        (
            {"DWCTL_PAYMENT__STRIPE__API_KEY": "pk_live_x"},
            "stripe.api_key (SCRIP_STRIPE__API_KEY or DWCTL_PAYMENT__STRIPE__API_KEY): must be a secret key",
        ),
        ({"DWCTL_PAYMENT__STRIPE__PRICE_ID": ""}, "price in stripe.price (DWCTL_PAYMENT__STRIPE__PRICE_ID), or some"),
    ],
)
def test_a_refusal_says_how_the_documents_call_the_setting(changes: dict[str, str], line: str) -> None:
    assert line in refusal(OURS | variables(HOSTED, "doubleword") | changes)


def test_what_a_reference_leaves_blank_is_not_given_whatever_kind_it_is(tmp_path: Path) -> None:
    text = """
port: ${X:-}
environment: ${X:-}
public_url: ${X:-}
webhook_paths: ["${X:-}"]
checkout_route: " ${X:-} "
stripe: {api_key: "${X:-}", webhook_secrets: ["${X:-}"], lookup_keys: ["${X:-}", kept], timeout_seconds: "${X:-}"}
credits: {welcome: "${X:-}"}
purchase: {invoice: "${X:-}", methods: [{type: card, least: "${X:-}"}], surface: "${X:-}"}
dummy: {amount: "${X:-}"}
"""
    env = written(tmp_path, text.replace(", kept", ""), "datalayer-topup")
    assert load_settings(env | {"X": " "}) == load_settings(
        TOPUP | written(tmp_path, "purchase: {methods: [{type: card}]}")
    )
    lookup = written(tmp_path, 'stripe: {lookup_keys: ["${X:-}", kept], api_key: sk_test_sandbox_x}')
    assert load_settings(lookup).stripe.lookup_keys == ("kept",)


def test_a_reference_that_must_be_there_may_not_be_empty(tmp_path: Path) -> None:
    line = refusal(written(tmp_path, "port: ${PORT}") | {"PORT": ""})
    assert line.endswith("port needs the environment variable PORT, which is not set or empty.")


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ({"environment": {"A": "stripe.api_ky"}}, "A stands for stripe.api_ky, which is not a setting; did you mean"),
        ({"environment": {"SCRIP_PORT": "port"}}, "SCRIP_PORT begins like a variable of our own"),
        ({"environmnt": {}}, "Extra inputs are not permitted"),
        (["a"], "Input should be a valid dictionary"),
    ],
)
def test_a_profile_that_misnames_a_setting_is_refused(names: object, line: str) -> None:
    with pytest.raises(SettingsError, match=r"own\.yaml: names: ") as caught:
        names_of(names, Path("own.yaml"))
    assert line in str(caught.value)


WORD = st.from_regex(r"[a-z]{1,6}(_[a-z]{1,6})?", fullmatch=True)


@given(path=st.lists(WORD, min_size=1, max_size=4).map(".".join), value=st.integers(1, 65_535), seed=st.integers())
def test_a_file_and_its_variables_say_the_same(path: str, value: int, seed: int) -> None:
    names = Names(file={path: "port"}, file_prefix=("OTHER_",), prefixes=("OTHER_",))
    (name,) = names.variables
    nested: object = value
    for part in reversed(path.split(".")):
        nested = {part: nested}
    assert isinstance(nested, dict)
    assert names.translated(nested, Path("f")) == {"port": value}
    assert names.given({name: str(value)}) == {"port": str(value)}
    misspelt = list(name)
    misspelt.insert(random.Random(seed).randrange(len("OTHER_"), len(name) + 1), "Q")
    with pytest.raises(SettingsError, match="is not a setting of profile p"):
        names.refuse_unknown_variables({"".join(misspelt): ""}, "p")
