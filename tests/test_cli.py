"""The command line: it does its work over a real database, and tells a mistake in one line with exit status 1."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

import cli
from auth import keys
from auth.policy import Role
from billing import customers, webhooks
from billing.portal import Portal
from billing.rules.errors import LedgerUnavailable
from billing.settings import SettingsError
from tests.world.debtors import APRIL, Books
from tests.world.mails import with_mail
from tests.world.portals import World, paid_event, signed
from tests.world.shops import Shop

Run = Callable[..., int]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command of the command line over the world; its exit status."""

    @contextmanager
    def open_portal() -> Iterator[Portal]:
        yield world.portal

    return _runner(monkeypatch, open_portal)


def _runner(monkeypatch: pytest.MonkeyPatch, open_portal: cli.OpenPortal) -> Run:
    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["scrip", *words])
        return cli.at_the_edge(cli.build(open_portal))

    return run


def _grant(run: Run, account: str, *more: str) -> int:
    return run("grant", "--account", account, "--amount", "5", "--reason", "a test of the hand", *more)


def _is_one_line(text: str) -> bool:
    return text.startswith("scrip: ") and text.count("\n") == 1 and "Traceback" not in text


def test_a_grant_moves_credits_once_per_key(run: Run, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    account = world.account()
    assert [_grant(run, account, "--key", "once") for _ in range(2)] == [0, 0]
    assert str(world.balance(account)) == "5"
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Granted 5 credits. The balance is 5."
    assert told[1].endswith("It was done before; nothing moved now.")
    assert _grant(run, account, "--remove") == 0
    assert str(world.balance(account)) == "0"


def test_a_removal_beyond_the_balance_is_one_line_and_status_one(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _grant(run, world.account(), "--remove") == 1
    told = capsys.readouterr()
    assert (told.out, _is_one_line(told.err)) == ("", True)
    assert "5 are missing" in told.err


@pytest.mark.parametrize(
    "words",
    [
        ("grant", "--account", "acc_none", "--amount", "5", "--reason", "long enough"),
        ("grant", "--account", "acc_none", "--amount", "1e9", "--reason", "long enough"),
        ("grant", "--account", "acc_none", "--amount", "5", "--reason", "short"),
        ("grant", "--amount", "5"), ("export", "--account", "acc_none"), ("replay", "evt_none"),
        ("keys", "revoke", "key_none"), ("keys", "create", "--name", "x", "--role", "emperor"),
        ("keys", "create", "--name", "x", "--role", "user"), ("fly",), ("check", "--yaml"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_status_one(
    run: Run, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(*words) == 1
    assert _is_one_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    "error", [SettingsError("stripe.api_key\nis wrong"), LedgerUnavailable("Away."), OSError("no")]
)
def test_a_portal_that_does_not_open_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def open_portal() -> AbstractContextManager[Portal]:
        raise error

    assert _runner(monkeypatch, open_portal)("migrate") == 1
    assert _is_one_line(capsys.readouterr().err)


def test_a_mistake_of_the_start_is_told_when_app_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class NewerThanThis(Exception):
        pass

    def open_portal() -> AbstractContextManager[Portal]:
        raise NewerThanThis("Start a newer one.")

    monkeypatch.setattr(sys, "argv", ["scrip", "migrate"])
    assert cli.at_the_edge(cli.build(open_portal), NewerThanThis) == 1
    assert capsys.readouterr().err == "scrip: Start a newer one.\n"


def test_help_is_no_mistake(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    assert "reconcile" in capsys.readouterr().out


def test_a_key_is_made_listed_without_its_secret_and_revoked(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    account = world.account()
    assert run("keys", "create", "--name", "billing job", "--role", "program", "--account", account) == 0
    secret = capsys.readouterr().out.strip()
    found = keys.principal_of(world.portal, secret)
    assert (found.role, found.account_id) == (Role.PROGRAM, account)
    assert run("keys", "revoke", found.id) == 0
    capsys.readouterr()
    assert run("keys", "list") == 0
    told = capsys.readouterr().out
    assert told.split("\t")[:3] == [found.id, "program", account]
    assert "revoked" in told
    assert secret not in told


def test_a_whole_ledger_is_told_and_a_broken_one_ends_with_status_one(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    account = world.account()
    _grant(run, account)
    capsys.readouterr()
    assert (run("check"), run("check", "--json")) == (0, 0)
    text, _, as_json = capsys.readouterr().out.partition("\n")
    assert text.startswith("The ledger is whole: ")
    assert json.loads(as_json) == {"clean": True, "findings": []}
    wrong = "UPDATE accounts SET balance_micro = 1 WHERE kind = 'person'"
    world.portal.till.write(lambda tx: tx.connection.exec_driver_sql(wrong))
    assert run("check") == 1
    assert account in capsys.readouterr().out
    assert run("check", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["clean"], found["findings"][0]["where"]) == (False, [account])


def test_an_export_goes_to_a_file_or_to_the_screen(
    run: Run, world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    account = world.account()
    _grant(run, account)
    capsys.readouterr()
    out = tmp_path / "statement.csv"
    assert (run("export", "--account", account), run("export", "--account", account, "--out", str(out))) == (0, 0)
    text = capsys.readouterr().out
    assert out.read_bytes() == text.encode()
    assert [row["by"] for row in csv.DictReader(io.StringIO(text))] == ["command line"]


async def test_an_event_is_worked_again_without_a_second_credit(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    account = world.account(customer_ref="cus_1")
    order = world.order(account, "pi_1", "cus_1")
    raw, signature = signed(paid_event(order, world.clock()), world.clock())
    await webhooks.receive(world.portal, raw, signature)
    assert run("replay", "evt_1") == 0
    assert capsys.readouterr().out == "Event evt_1 is handled.\n"
    assert str(world.balance(account)) == "500"


def test_an_account_is_registered_at_the_provider(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _runner(monkeypatch, lambda: nullcontext(shop.portal))
    account = shop.world.account()
    assert run("register", "--account", account) == 0
    customer = customers.ensure(shop.portal, account)
    assert capsys.readouterr().out == f"{account} is {customer} at the payment provider.\n"
    assert run("register", "--account", "acc_none") == 1
    assert _is_one_line(capsys.readouterr().err)


def test_reconcile_says_when_the_provider_was_silent(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.order(world.account(customer_ref="cus_1"), "pi_1", "cus_1")
    assert run("reconcile") == 1
    told = capsys.readouterr()
    assert (
        told.out.splitlines()[-1] == "Looked at 1 open orders and 0 events; credited 0, wrote 0 invoices, did 0 duties."
    )
    assert _is_one_line(told.err.splitlines(keepends=True)[-1])


def test_overdraft_is_foreseen_by_day_and_then_invoiced(
    books: Books, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def open_portal() -> Iterator[Portal]:
        yield books.portal

    run = _runner(monkeypatch, open_portal)
    account = books.debtor()
    books.use(account, 100_000_000)
    assert run("invoice-overdraft", "--dry-run", "--as-of", "2027-04-01") == 0
    line = f"{account}\t1.99 USD\t100 credits used on account, 2027-03-01 to 2027-03-31, at 1.99 USD for 100"
    assert capsys.readouterr().out.splitlines() == [line, "A dry run: 1 to write."]
    assert (books.invoices(account), run("invoice-overdraft", "--as-of", "2027-04-01")) == ([], 1)
    assert _is_one_line(capsys.readouterr().err)
    books.world.clock.now = APRIL
    assert (run("invoice-overdraft"), run("invoice-overdraft")) == (0, 0)
    assert capsys.readouterr().out.splitlines() == [line, "Wrote 1; did 1 duties.", "Wrote 0; did 0 duties."]
    assert [each["status"] for each in books.at_stripe()] == ["open"]
    assert run("invoice-overdraft", "--as-of", "tomorrow") == 1


def test_a_test_mail_is_sent_at_once_and_says_its_way(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    box = with_mail(world)
    assert run("mail-test", "ada@example.org") == 0
    assert box.told == [("ada@example.org", "A test of mail from Scrip")]
    assert capsys.readouterr().out == f"Sent {box.letters[0].id} to ada@example.org into the test's box.\n"


@pytest.mark.parametrize(("to", "sends"), [("ada", True), ("a@b\nc", True), ("ada@example.org", False)])
def test_a_test_mail_that_cannot_be_is_one_line(
    run: Run, world: World, to: str, sends: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    box = with_mail(world) if sends else None
    assert run("mail-test", to) == 1
    assert _is_one_line(capsys.readouterr().err)
    assert box is None or box.letters == []
