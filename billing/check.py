"""Check: proves every invariant of the ledger, on a live or a restored database. Doors and tests call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, text

from billing.rules.kinds import Kind
from billing.rules.lots import Draw
from billing.rules.postings import Posting, link
from billing.rules.views import Finding
from billing.store import schema
from billing.store.database import Database

EXAMPLES_MOST = 10
HALF = 2**31


def run(database: Database) -> list[Finding]:
    """Everything that is wrong, each in a plain sentence; empty when it is whole. Reads one consistent state."""
    differences = schema.drift(database)
    findings = [Finding("schema", f"The database differs from its schema: {each}.") for each in differences]
    with database.read() as connection:
        for rule, query, sentence in _RULES:
            findings.extend(_violations(connection, rule, query, sentence))
        for judge in _JUDGES:
            findings.extend(judge(connection))
    return findings


def _violations(connection: Connection, rule: str, query: str, sentence: str) -> list[Finding]:
    rows = connection.execute(text(f"{query} LIMIT {EXAMPLES_MOST + 1}")).all()
    if not rows:
        return []
    first, where = rows[0], tuple(str(row[0]) for row in rows[:EXAMPLES_MOST])
    return [Finding(rule, sentence.format(*(_readable(value) for value in first)), where)]


def _readable(value: object) -> str:
    return str(value)


_LOT_SUMS = "SELECT lot_id, sum(amount_micro) AS moved FROM entries WHERE lot_id IS NOT NULL GROUP BY lot_id"

# Each finds rows that must not exist; the sentence is filled from the first of them.
_RULES: tuple[tuple[str, str, str], ...] = (
    (
        "double_entry",
        "SELECT transfer_id, sum(amount_micro) FROM entries GROUP BY transfer_id HAVING sum(amount_micro) <> 0",
        "The entries of transfer {0} do not sum to zero: {1} millionths of a credit are left over.",
    ),
    (
        "entries_of_transfer",
        "SELECT t.id, t.amount_micro, coalesce(sum(e.amount_micro), 0) FROM transfers t"
        " LEFT JOIN entries e ON e.transfer_id = t.id AND e.account_id = t.account_id"
        " GROUP BY t.id, t.amount_micro HAVING coalesce(sum(e.amount_micro), 0) <> t.amount_micro",
        "Transfer {0} says {1} millionths, but its entries for the account say {2}.",
    ),
    (
        "account_of_transfer",
        "SELECT t.id, t.account_id FROM transfers t LEFT JOIN accounts a ON a.id = t.account_id WHERE a.id IS NULL",
        "Transfer {0} is about account {1}, which does not exist.",
    ),
    (
        "balance_is_entries",
        "SELECT a.id, a.balance_micro, coalesce(s.total, 0) FROM accounts a LEFT JOIN"
        " (SELECT account_id, sum(amount_micro) AS total FROM entries WHERE lot_id IS NOT NULL"
        " GROUP BY account_id) s ON s.account_id = a.id"
        " WHERE a.kind <> 'system' AND a.balance_micro <> coalesce(s.total, 0)",
        "Account {0} shows a balance of {1} millionths, but its entries sum to {2}.",
    ),
    (
        "balance_is_lots",
        "SELECT a.id, a.balance_micro, coalesce(s.total, 0) FROM accounts a LEFT JOIN"
        " (SELECT account_id, sum(remaining_micro) AS total FROM lots GROUP BY account_id) s ON s.account_id = a.id"
        " WHERE a.kind <> 'system' AND a.balance_micro <> coalesce(s.total, 0)",
        "Account {0} shows a balance of {1} millionths, but its lots hold {2}.",
    ),
    (
        "lot_is_entries",
        f"SELECT l.id, l.remaining_micro, coalesce(s.moved, 0) FROM lots l LEFT JOIN ({_LOT_SUMS}) s ON s.lot_id = l.id"
        " WHERE l.remaining_micro <> coalesce(s.moved, 0)",
        "Lot {0} holds {1} millionths, but its entries sum to {2}.",
    ),
    (
        "versions",
        "SELECT a.id, a.version, count(t.id) FROM accounts a LEFT JOIN transfers t ON t.account_id = a.id"
        " WHERE a.kind <> 'system' GROUP BY a.id, a.version HAVING count(t.id) <> a.version"
        " OR coalesce(max(t.version), 0) <> a.version OR coalesce(min(t.version), 1) <> 1",
        "Account {0} is at version {1}, but has {2} transfers: one is missing or too many.",
    ),
    (
        "floor",
        "SELECT id, balance_micro, floor_micro FROM accounts WHERE kind <> 'system'"
        " AND balance_micro - held_micro + debt_micro < floor_micro",
        "Account {0} has a balance of {1} millionths, below its floor of {2}.",
    ),
    (
        "order_credited",
        "SELECT o.id, o.credits_micro, t.amount_micro FROM orders o JOIN transfers t ON t.id = o.transfer_id"
        " WHERE t.amount_micro <> o.credits_micro OR t.account_id <> o.account_id OR t.cause_id <> o.payment_ref",
        "Order {0} sold {1} millionths, but its transfer gave {2} or gave them to somebody else.",
    ),
    (
        "bonus_given",
        "SELECT o.id, o.bonus_micro, coalesce(t.amount_micro, 0) FROM orders o LEFT JOIN transfers t"
        " ON t.cause_type = 'purchase_bonus' AND t.cause_id = o.id"
        " WHERE (o.state = 'credited' AND o.bonus_micro > 0 AND t.id IS NULL)"
        " OR t.amount_micro <> o.bonus_micro OR t.account_id <> o.account_id",
        "Order {0} promised a bonus of {1} millionths, but its transfer gave {2} or gave them to somebody else.",
    ),
    (
        "purchase_has_order",
        "SELECT t.id, t.cause_id FROM transfers t LEFT JOIN orders o ON o.transfer_id = t.id"
        " WHERE t.kind = 'purchase' AND o.id IS NULL",
        "Transfer {0} credits payment {1}, but no order knows of it.",
    ),
    (
        "invoice_settled",
        "SELECT i.id, i.credits_micro, t.amount_micro FROM overdraft_invoices i"
        " JOIN transfers t ON t.id = i.transfer_id WHERE t.amount_micro <> i.credits_micro"
        " OR t.account_id <> i.account_id OR t.kind <> 'settlement' OR t.cause_id <> i.invoice_ref",
        "Invoice {0} asked for {1} millionths, but its transfer gave {2} or gave them to somebody else.",
    ),
    (
        "settlement_has_invoice",
        "SELECT t.id, t.cause_id FROM transfers t LEFT JOIN overdraft_invoices i ON i.transfer_id = t.id"
        " WHERE t.kind = 'settlement' AND i.id IS NULL",
        "Transfer {0} credits invoice {1}, but nothing was asked for by it.",
    ),
    (
        "invoiced_once",
        "SELECT i.account_id, i.asked, coalesce(d.drawn, 0) FROM (SELECT account_id, sum(credits_micro) AS asked"
        " FROM overdraft_invoices WHERE state NOT IN ('void', 'refused') GROUP BY account_id) i LEFT JOIN"
        " (SELECT l.account_id, -sum(e.amount_micro) AS drawn FROM lots l JOIN entries e ON e.lot_id = l.id"
        " WHERE l.source = 'overdraft' AND e.amount_micro < 0 GROUP BY l.account_id) d ON d.account_id = i.account_id"
        " WHERE i.asked > coalesce(d.drawn, 0)",
        "Account {0} was invoiced for {1} millionths, but drew only {2} below zero.",
    ),
    (
        "metered_once",
        "SELECT m.account_id, m.told, coalesce(d.drawn, 0) FROM (SELECT account_id, sum(amount_micro) AS told"
        " FROM transfers WHERE cause_type = 'metered' GROUP BY account_id) m LEFT JOIN"
        " (SELECT l.account_id, -sum(e.amount_micro) AS drawn FROM lots l JOIN entries e ON e.lot_id = l.id"
        " WHERE l.source = 'overdraft' AND e.amount_micro < 0 GROUP BY l.account_id) d ON d.account_id = m.account_id"
        " WHERE m.told > coalesce(d.drawn, 0)",
        "Meters were told of {1} millionths used by account {0}, but it drew only {2} below zero.",
    ),
    (
        "handled_is_credited",
        "SELECT e.id, e.object_id FROM events e WHERE e.state = 'handled' AND e.type = 'payment_intent.succeeded'"
        " AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.cause_type = 'stripe_pi' AND t.cause_id = e.object_id)",
        "Event {0} is marked as handled, but payment {1} was never credited.",
    ),
)


def _chains(connection: Connection) -> Iterator[Finding]:
    """Recomputes every account's hash chain: a changed, removed or inserted row breaks it from there on."""
    query = text(
        "SELECT t.account_id, t.version, t.kind, t.cause_type, t.cause_id, t.amount_micro, t.balance_after_micro,"
        " t.actor, t.reason, t.happened_at, t.recorded_at, t.input_hash, t.chain, e.lot_id, e.amount_micro, t.id"
        " FROM transfers t JOIN entries e ON e.transfer_id = t.id AND e.lot_id IS NOT NULL"
        " ORDER BY t.account_id, t.version, e.leg"
    )
    account_id, chain, balance = "", "", 0
    row: Any | None = None
    draws: list[Draw] = []
    for each in (*connection.execution_options(yield_per=5000).execute(query), None):
        if row is not None and (each is None or each[15] != row[15]):
            if row[0] != account_id:
                account_id, chain, balance = row[0], "", 0
            balance += row[5]
            chain = _next_link(chain, row, draws)
            if (chain, balance) != (row[12], row[6]):
                yield Finding(
                    "chain", f"The history of account {account_id} was altered at transfer {row[15]}.", (str(row[15]),)
                )
                return
            draws = []
        if each is not None:
            draws.append(Draw(each[13], each[14]))
        row = each


def _next_link(chain: str, row: Any, draws: list[Draw]) -> str:
    posting = Posting(
        row.account_id, Kind(row.kind), row.cause_type, row.cause_id, row[5], row.actor, row.happened_at,
        reason=row.reason, input_hash=row.input_hash,
    )  # fmt: skip
    return link(chain, row.account_id, row.version, posting, row.balance_after_micro, row.recorded_at, draws)


def _tails(connection: Connection) -> Iterator[Finding]:
    """The account's own copy of the last link: without it a removed tail would leave a shorter chain that fits."""
    query = text(
        "SELECT a.id FROM accounts a LEFT JOIN transfers t ON t.account_id = a.id AND t.version = a.version"
        f" WHERE a.kind <> 'system' AND a.chain <> coalesce(t.chain, '') LIMIT {EXAMPLES_MOST}"
    )
    broken = tuple(connection.scalars(query))
    if broken:
        yield Finding("chain_end", f"The history of account {broken[0]} does not end where the account says.", broken)


def _whole(connection: Connection) -> Iterator[Finding]:
    """All credits that exist came from somewhere: over all accounts, system accounts included, entries sum to zero."""
    # Summed in two halves: SQLite's integers end where the sum of many accounts need not.
    halves = f"SELECT coalesce(sum(amount_micro / {HALF}), 0), coalesce(sum(amount_micro % {HALF}), 0) FROM entries"
    high, low = connection.execute(text(halves)).one()
    total = int(high) * HALF + int(low)
    if total:
        yield Finding(
            "conservation",
            f"All entries together should sum to zero, but {total} millionths of a credit are left over.",
        )


_JUDGES: tuple[Callable[[Connection], Iterator[Finding]], ...] = (_chains, _tails, _whole)
