"""The command line `scrip`: what an operator does without a browser. Only app.py imports it, and adds `run`.

A mistake is one line on standard error and exit status 1; a traceback would only hide it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

import cli_grants
from auth import keys
from auth.policy import Role
from billing import accounts, check, customers, duties, mail, overdraft, reconcile, replays, statements
from billing.portal import Portal
from billing.replays import By
from billing.rules.errors import BadInput, ScripError
from billing.rules.moments import iso
from billing.rules.views import Filters, Finding
from billing.settings import SettingsError

OpenPortal = Callable[[], AbstractContextManager[Portal]]

ACTOR = cli_grants.ACTOR
WHOLE = "The ledger is whole: every balance, lot, entry and link of the history agrees."

AccountOption = Annotated[str, Option("--account", help="The account's id, acc_...")]


def at_the_edge(commands: typer.Typer, *mistakes: type[Exception]) -> int:
    """Runs the command in `sys.argv`; returns the exit status. What went wrong is told in one line.

    `mistakes` are further errors that speak to an operator, such as a start that is refused.
    """
    expected: tuple[type[Exception], ...] = (ScripError, SettingsError, OSError, *mistakes)
    try:
        status = commands(standalone_mode=False)
    except (typer.TyperException, typer.Abort) as wrong:
        return _told(str(wrong) or "Stopped.")
    except expected as wrong:
        return _told(str(wrong))
    return status if isinstance(status, int) else 0


def build(open_portal: OpenPortal) -> typer.Typer:
    """Every command that needs a portal; opening it brings the schema to the newest version."""
    commands = typer.Typer(name="scrip", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    commands.add_typer(_keys(open_portal), name="keys")
    for add in (_schema, _ledger, cli_grants.add, _customers, _overdraft, _events, _mail):
        add(commands, open_portal)
    return commands


def _schema(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command()
    def migrate() -> None:
        """Brings the database to the newest schema."""
        with open_portal():
            typer.echo("The database has the newest schema.")


def _ledger(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command("check")
    def check_ledger(as_json: Annotated[bool, Option("--json", help="Print the findings as JSON.")] = False) -> None:
        """Proves every invariant of the ledger; exit status 1 when one is broken."""
        with open_portal() as portal:
            findings = check.run(portal.database)
        typer.echo(_as_json(findings) if as_json else _as_text(findings))
        if findings:
            raise typer.Exit(1)

    @commands.command()
    def export(
        account: AccountOption,
        out: Annotated[Path | None, Option(help="File to write; left out: standard output.")] = None,
    ) -> None:
        """Writes an account's whole statement as CSV."""
        with open_portal() as portal:
            accounts.view(portal, account)
            cli_grants.write(statements.csv_rows(portal, account, Filters()), out)


def _customers(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command()
    def register(account: AccountOption) -> None:
        """Makes an account known to the payment provider before it buys; an offline one is offline no more."""
        with open_portal() as portal:
            customer = customers.register(portal, account, by=ACTOR)
        typer.echo(f"{account} is {customer} at the payment provider.")


def _overdraft(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command("invoice-overdraft")
    def invoice_overdraft(
        as_of: Annotated[str | None, Option(help="As if it were this day, such as 2026-03-01.")] = None,
        dry_run: Annotated[bool, Option("--dry-run", help="Only say what would be invoiced.")] = False,
    ) -> None:
        """Invoices what accounts used below zero in periods that ended; the server does so by itself."""
        with open_portal() as portal:
            moment = None if as_of is None else overdraft.moment_of(portal, as_of)
            made = overdraft.invoice(portal, moment, dry_run=dry_run)
            for each in made:
                typer.echo("\t".join((each.account_id, str(each.amount), overdraft.about(portal, each))))
            done = 0 if dry_run else duties.work(portal)
        typer.echo(f"A dry run: {len(made)} to write." if dry_run else f"Wrote {len(made)}; did {done} duties.")


def _events(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command()
    def replay(event_id: Annotated[str, Argument(help="Stripe's event id, evt_...")]) -> None:
        """Works a webhook event from the inbox again."""
        with open_portal() as portal:
            found = replays.replay(portal, event_id, By(ACTOR))
        typer.echo("\n".join((f"Event {event_id} is {found.after}.", *found.changes)))

    @commands.command("reconcile")
    def sweep() -> None:
        """Asks the payment provider about open orders and its events, credits what was paid, does what is owed."""
        with open_portal() as portal:
            swept = reconcile.sweep(portal)
        typer.echo(
            f"Looked at {swept.looked_at} open orders and {swept.events} events; credited {swept.credited}, "
            f"wrote {swept.invoices} invoices, did {swept.duties} duties."
        )
        if swept.unanswered:
            raise BadInput(f"The payment provider left {swept.unanswered} questions unanswered; please try again.")


def _mail(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command("mail-test")
    def mail_test(to: Annotated[str, Argument(help="Where to, such as someone@example.org")]) -> None:
        """Sends a test mail at once, past the queue, and says which way it went."""
        with open_portal() as portal:
            letter = mail.send_test(portal, to)
            way = portal.mailer.way if portal.mailer is not None else ""
        typer.echo(f"Sent {letter} to {to} {way}".rstrip() + ".")


def _keys(open_portal: OpenPortal) -> typer.Typer:
    commands = typer.Typer(no_args_is_help=True, help="API keys of programs and managers.")

    @commands.command()
    def create(
        name: Annotated[str, Option(help="What the key is for.")],
        role: Annotated[Role, Option(help="program, manager, billing_manager or reader")],
        account: Annotated[str | None, Option(help="Bind the key to one account.")] = None,
    ) -> None:
        """Makes a key and prints its secret, this once."""
        with open_portal() as portal:
            key_id, secret = keys.create(portal, name=name, role=role, account_id=account, by=ACTOR)
        typer.echo(f"Made {key_id}. Keep the secret now; it cannot be shown again:", err=True)
        typer.echo(secret)

    @commands.command("list")
    def list_all(account: Annotated[str | None, Option(help="Only those of one account.")] = None) -> None:
        """Lists the keys, without their secrets."""
        with open_portal() as portal:
            for each in keys.listing(portal, account):
                ends = "ends" if each.opens(portal.clock()) else "revoked"
                state = "usable" if each.revoked_at is None else f"{ends} {iso(each.revoked_at)}"
                typer.echo("\t".join((each.id, each.role.value, each.account_id or "all accounts", state, each.name)))

    @commands.command()
    def revoke(key_id: Annotated[str, Argument(help="key_...")]) -> None:
        """Ends a key at once."""
        with open_portal() as portal:
            keys.revoke(portal, key_id, by=ACTOR)
        typer.echo(f"Revoked {key_id}.")

    return commands


def _as_text(findings: Iterable[Finding]) -> str:
    return "\n".join(each.sentence for each in findings) or WHOLE


def _as_json(findings: list[Finding]) -> str:
    told = [dataclasses.asdict(each) for each in findings]
    return json.dumps({"clean": not findings, "findings": told}, indent=2)


def _told(sentence: str) -> int:
    """One line, whatever the error's text holds."""
    typer.echo(f"scrip: {' '.join(sentence.split())}", err=True)
    return 1
