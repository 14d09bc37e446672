"""The commands about the Stripe account: `setup-stripe` prepares it, `sync-plans` and `export-plans` bring plans there
and back, `doctor` examines it. Only app.py imports it. They need no portal and no database: they come before both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Annotated

import typer
from typer import Argument, Option

from billing import doctor, plan_sync, setup
from billing.doctor import Finding, State
from billing.plan_printing import Style, printed
from billing.settings import names_in_profile
from billing.setup import Installation

OpenInstallation = Callable[[], AbstractContextManager[Installation]]

MODES = {
    "live": "This is LIVE mode: what is made here sells for real money.",
    "test": "This is test mode: no real money moves.",
    "sandbox": "This is the portal's own sandbox: no Stripe account is touched.",
}
ONCE = "The signing secret is shown this once; keep it now."
NOT_AGAIN = (
    "The signing secret of an endpoint that was there before cannot be read again here: copy it from the endpoint's"
    " page in Stripe's dashboard, or roll it there."
)


def add(commands: typer.Typer, open_installation: OpenInstallation) -> None:
    """All of them."""
    _setup_stripe(commands, open_installation)
    _plans(commands, open_installation)
    _doctor(commands, open_installation)


def _setup_stripe(commands: typer.Typer, open_installation: OpenInstallation) -> None:
    @commands.command("setup-stripe")
    def setup_stripe(
        dry_run: Annotated[bool, Option("--dry-run", help="Only say what would be done.")] = False,
        webhook_url: Annotated[
            str | None, Option(help="Where Stripe shall post events, when it is not the public address.")
        ] = None,
    ) -> None:
        """Makes or adjusts products, prices, customer portal and webhook endpoint; may be run again at any time."""
        with open_installation() as here:
            typer.echo(MODES.get(here.settings.mode, ""))
            heard: list[str] = []

            def tell(step: object) -> None:
                heard.append(str(step))
                typer.echo(str(step))

            prepared = setup.run(here, tell, dry_run=dry_run, webhook_url=webhook_url)
            typer.echo(_summary(heard, dry_run=dry_run))
            names = names_in_profile(here.settings.profile)
            _tell_settings(list(setup.to_put_in_place(here.settings, prepared, names)))
            if prepared.webhook_secret:
                typer.echo(ONCE, err=True)
            elif prepared.webhook_ref and not here.settings.stripe.webhook_secrets:
                typer.echo(NOT_AGAIN)


def _plans(commands: typer.Typer, open_installation: OpenInstallation) -> None:
    @commands.command("sync-plans")
    def sync_plans(
        files: Annotated[
            list[str] | None, Argument(help="Files or folders of plans; left out: those of catalog.plan_files.")
        ] = None,
        dry_run: Annotated[bool, Option("--dry-run", help="Only say what would be done.")] = False,
    ) -> None:
        """Brings products, prices and plans of YAML files to Stripe; may be run again at any time."""
        with open_installation() as here:
            typer.echo(MODES.get(here.settings.mode, ""))
            heard: list[str] = []

            def tell(step: object) -> None:
                heard.append(str(step))
                typer.echo(str(step))

            plan_sync.run(here, files or [], tell, dry_run=dry_run)
            typer.echo(_summary(heard, dry_run=dry_run, by="files"))

    @commands.command("export-plans")
    def export_plans(
        style: Annotated[Style, Option("--format", help="ours, frontier or legacy")] = Style.OURS,
    ) -> None:
        """Prints the plans at Stripe as a file of plans."""
        with open_installation() as here:
            typer.echo(printed(plan_sync.export(here), style), nl=False)


def _doctor(commands: typer.Typer, open_installation: OpenInstallation) -> None:
    @commands.command("doctor")
    def examine(as_json: Annotated[bool, Option("--json", help="Print the findings as JSON.")] = False) -> None:
        """Examines settings, database and Stripe account, changing nothing; exit status 1 when something is wrong."""
        with open_installation() as here:
            findings = []
            for finding in doctor.examine(here):
                findings.append(finding)
                if not as_json:
                    typer.echo(str(finding))
        if as_json:
            typer.echo(_as_json(findings))
        if any(finding.state is State.WRONG for finding in findings):
            raise typer.Exit(1)


def _summary(steps: Iterable[str], *, dry_run: bool, by: str = "settings") -> str:
    changes = sum(not step.startswith("keep") for step in steps)
    if not changes:
        return f"Nothing is to be changed: the account is as the {by} want it."
    if dry_run:
        return f"A dry run: {changes} things would be done, none was."
    return f"Done: {changes} things."


def _tell_settings(named: list[tuple[str, str]]) -> None:
    """Under the names this installation's profile knows them by."""
    if not named:
        return
    typer.echo("\nSettings to put in place:")
    for name, value in named:
        typer.echo(f"{name}={value}")


def _as_json(findings: list[Finding]) -> str:
    told = [{"state": each.state.value, "about": each.about, "told": each.told} for each in findings]
    return json.dumps({"clean": all(each.state is not State.WRONG for each in findings), "findings": told}, indent=2)
