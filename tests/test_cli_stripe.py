"""`scrip setup-stripe` and `scrip doctor` as an operator meets them: lines, settings to copy, exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import app
import cli
import cli_stripe
from billing.gateways.stripe_setup import StripeSetup
from billing.rules.moments import system_clock
from billing.settings import Settings
from billing.setup import Installation
from tests.world.merchants import ENVIRONMENT, Merchant

Run = Callable[..., int]
TOPUP = {"SCRIP_PROFILE": "datalayer-topup"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command over an account; its exit status."""

    def run(settings: Settings, *words: str) -> int:
        @contextmanager
        def open_installation() -> Iterator[Installation]:
            with closing(StripeSetup.of(settings)) as account:
                yield Installation(settings, account, system_clock)

        commands = cli.build(app.open_portal)
        cli_stripe.add(commands, open_installation)
        monkeypatch.setattr(sys, "argv", ["scrip", *words])
        return cli.at_the_edge(commands)

    return run


@pytest.fixture
def run_from(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Run:
    """Runs a command over the settings of an environment, as the program does."""

    def run(changes: dict[str, str], *words: str) -> int:
        for name, value in {**ENVIRONMENT, "SCRIP_VAR_DIR": str(tmp_path), **changes}.items():
            monkeypatch.setenv(name, value)
        commands = cli.build(app.open_portal)
        cli_stripe.add(commands, app.open_installation)
        monkeypatch.setattr(sys, "argv", ["scrip", *words])
        return cli.at_the_edge(commands)

    return run


def _is_one_line(text: str) -> bool:
    return text.startswith("scrip: ") and text.count("\n") == 1


def test_a_plan_then_the_work_then_nothing(run: Run, merchant: Merchant, capsys: pytest.CaptureFixture[str]) -> None:
    settings = merchant.settings(**TOPUP)
    assert run(settings, "setup-stripe", "--dry-run") == 0
    planned = capsys.readouterr().out
    assert planned.startswith("This is test mode: no real money moves.\nmake    product Datalayer credits: ")
    assert "A dry run: 10 things would be done, none was." in planned
    assert "Settings to put in place" not in planned
    assert run(settings, "setup-stripe") == 0
    done = capsys.readouterr()
    assert "Done: 10 things." in done.out
    (secret,) = [line for line in done.out.splitlines() if line.startswith("DATALAYER_STRIPE_WEBHOOK_SECRET=whsec_")]
    assert "shown this once" in done.err
    assert run(settings, "setup-stripe") == 0
    again = capsys.readouterr()
    assert "Nothing is to be changed" in again.out
    assert "cannot be read again here" in again.out
    assert secret.partition("=")[2] not in again.out + again.err


def test_live_mode_is_told_first(run: Run, merchant: Merchant, capsys: pytest.CaptureFixture[str]) -> None:
    live = {"SCRIP_STRIPE__API_KEY": "sk_live_51OfTheseTests", "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_1"}
    assert run(merchant.settings(**live), "setup-stripe", "--dry-run") == 1
    told = capsys.readouterr()
    assert told.out == "This is LIVE mode: what is made here sells for real money.\n"
    assert told.err == "scrip: Stripe does not accept stripe.api_key: copy it again from Stripe's dashboard.\n"


def test_the_doctor_ends_with_status_one_when_something_is_wrong(
    run: Run, merchant: Merchant, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = merchant.prepared(**TOPUP, SCRIP_PUBLIC_URL="http://127.0.0.1:9")  # nobody can be reached there
    assert run(settings, "doctor") == 1
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {"ok", "wrong"}
    assert run(settings, "doctor", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["clean"], len(told["findings"])) == (False, len(lines))
    assert set(told["findings"][0]) == {"state", "about", "told"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SCRIP_STRIPE__API_KEY": "pk_test_1"}, "must be a secret key"),
        ({"SCRIP_STRIPE__API_KEY": "sk_live_1", "SCRIP_STRIPE__PUBLISHABLE_KEY": "pk_live_1",
          "SCRIP_PUBLIC_URL": "http://localhost:8080"}, "public_url is http in production"),
        ({"SCRIP_STRIPE__API_KEY": "sk_live_1"}, "use two of the same mode"),
        ({"SCRIP_STRIPE__API_KEY": "", "SCRIP_PUBLIC_URL": "", "SCRIP_SANDBOX_PORT": "9"}, "http://127.0.0.1:9"),
        ({"SCRIP_STRIPE__API_KEY": "", "SCRIP_STRIPE__PUBLISHABLE_KEY": "", "SCRIP_PUBLIC_URL": "",
          "SCRIP_DUMMY__AMOUNT": "50"}, "There is no Stripe account to prepare"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_status_one(
    run_from: Run, capsys: pytest.CaptureFixture[str], changes: dict[str, str], says: str
) -> None:
    assert run_from(changes, "setup-stripe") == 1
    told = capsys.readouterr().err
    assert (_is_one_line(told), says in told) == (True, True), told


def test_a_webhook_address_that_cannot_be_one_is_one_line(
    run: Run, merchant: Merchant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(merchant.settings(), "setup-stripe", "--webhook-url", "nowhere") == 1
    assert _is_one_line(capsys.readouterr().err)


def test_the_doctor_needs_no_account_to_look_at_a_dummy(run_from: Run, capsys: pytest.CaptureFixture[str]) -> None:
    dummy = {"SCRIP_STRIPE__API_KEY": "", "SCRIP_STRIPE__PUBLISHABLE_KEY": "", "SCRIP_PUBLIC_URL": ""}
    assert run_from({**dummy, "SCRIP_DUMMY__AMOUNT": "50"}, "doctor") == 1
    told = capsys.readouterr().out
    assert "ok       settings: whole, dummy mode" in told
    assert "wrong    database: " in told


PLANS = 'plans: [{name: team, title: Team, prices: [{amount: "49.00", currency: USD, interval: month}]}]'


def test_plans_are_planned_synced_and_printed_again(
    run: Run, merchant: Merchant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plans.yml").write_text(PLANS, "utf-8")
    words = ("sync-plans", str(tmp_path / "plans.yml"))
    assert run(merchant.settings(), *words, "--dry-run") == 0
    planned = capsys.readouterr().out
    assert "make    price month of team: 49.00 USD every month" in planned
    assert planned.endswith("A dry run: 3 things would be done, none was.\n")
    assert run(merchant.settings(), *words) == 0
    assert capsys.readouterr().out.endswith("Done: 3 things.\n")
    files = merchant.settings(SCRIP_CATALOG__PLAN_FILES=str(tmp_path / "plans.yml"))
    assert run(files, "sync-plans") == 0
    assert capsys.readouterr().out.endswith("Nothing is to be changed: the account is as the files want it.\n")
    assert run(merchant.settings(), "export-plans", "--format", "frontier") == 0
    (tmp_path / "plans.yml").write_text(capsys.readouterr().out, "utf-8")
    assert run(files, "sync-plans", "--dry-run") == 0
    assert "Nothing is to be changed" in capsys.readouterr().out


def test_a_mistake_in_a_file_of_plans_is_one_line_and_nothing_is_made(
    run: Run, merchant: Merchant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plans.yml").write_text(PLANS.replace("amount", "amuont"), "utf-8")
    for words in (("sync-plans", str(tmp_path)), ("sync-plans",)):
        assert run(merchant.settings(), *words) == 1
        assert _is_one_line(capsys.readouterr().err)
    assert merchant.v1.products.list().data == []
