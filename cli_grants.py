"""Commands that move credits by an operator's hand: `grant`, and `grant-file` for many. Only cli.py imports it."""

from __future__ import annotations

import hashlib
import secrets
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from billing import batch_work, grant_batches, grants
from billing.grant_batches import NAME_MOST, Confirmed, Sent
from billing.grants import Grant
from billing.portal import Portal
from billing.rules.grant_rows import GivenRow
from billing.rules.money import Credits

OpenPortal = Callable[[], AbstractContextManager[Portal]]

ACTOR = "command line"
AccountOption = Annotated[str, Option("--account", help="The account's id, acc_...")]


def add(commands: typer.Typer, open_portal: OpenPortal) -> None:
    """Both commands."""
    _credits(commands, open_portal)
    _batches(commands, open_portal)


def _credits(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command()
    def grant(
        account: AccountOption,
        amount: Annotated[str, Option(help='Credits above zero, such as "12.5".')],
        reason: Annotated[str, Option(help="Why; it stands in the statement and the audit.")],
        remove: Annotated[bool, Option("--remove", help="Take the credits away instead.")] = False,
        key: Annotated[str | None, Option(help="Idempotency key; give the same one to try again safely.")] = None,
    ) -> None:
        """Grants credits, or removes them."""
        asked = Grant(
            account_id=account,
            amount=Credits.of(amount),
            reason=reason,
            by=ACTOR,
            key=key or f"cli:{secrets.token_hex(16)}",
            removal=remove,
        )
        with open_portal() as portal:
            posted = grants.give(portal, asked)
        done = "Removed" if remove else "Granted"
        again = "" if posted.fresh else " It was done before; nothing moved now."
        typer.echo(f"{done} {asked.amount} credits. The balance is {Credits(posted.balance_after_micro)}.{again}")


def _batches(commands: typer.Typer, open_portal: OpenPortal) -> None:
    @commands.command("grant-file")
    def grant_file(
        file: Annotated[Path, Argument(help="CSV: account, amount (negative removes), reason, expires, reference.")],
        total: Annotated[str | None, Option(help="Run it: the total the dry run told.")] = None,
        skip_bad: Annotated[bool, Option("--skip-bad", help="Run the good rows although others are bad.")] = False,
        shown: Annotated[bool, Option("--shown", help="The owners read the reasons in their statements.")] = False,
        reason: Annotated[str, Option(help="For rows without a reason.")] = "",
        out: Annotated[Path | None, Option(help="Where to write every row with what became of it.")] = None,
        key: Annotated[str | None, Option(help="Left out: the same file is the same batch, and runs once.")] = None,
    ) -> None:
        """Grants and removes by a file: without --total it only checks. A run that was killed goes on when repeated."""
        text = file.read_text("utf-8-sig")
        own = key or f"cli:{hashlib.sha256(text.encode()).hexdigest()}"
        sent = Sent(text, ACTOR, own, file.name[:NAME_MOST], GivenRow(0, "", "", reason), shown)
        with open_portal() as portal:
            seen = grant_batches.check(portal, sent)
            if total is not None:
                grant_batches.confirm(portal, seen.batch.id, Confirmed(Credits.of(total), ACTOR, skip_bad))
                batch_work.work(portal)
                seen = grant_batches.view(portal, seen.batch.id)
            if out is not None:
                write(grant_batches.csv_rows(portal, seen.batch.id), out)
        told = [f"{state.value}: {count} rows" for state, count in sorted(seen.totals.rows.items())]
        told += [f"{count} × {problem}" for problem, count in seen.problems]
        typer.echo("\n".join((f"Batch {seen.batch.id} is {seen.batch.state.value}.", *told)))
        typer.echo(f"Total: {seen.totals.moved} (granted {seen.totals.granted}, removed {seen.totals.removed})")


def write(rows: Iterable[str], out: Path | None) -> None:
    """Rows of CSV to a file, or to standard output."""
    if out is None:
        sys.stdout.writelines(rows)
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(rows)
