"""The ledger's tables. Only `billing/store`, `auth` and `migrations` may import them.

Amounts are BIGINT micro-credits or minor units, moments BIGINT microseconds UTC: both engines compare them exactly.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from billing.rules.moments import NEVER

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

_ID = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both engines; SQLite makes only a column declared INTEGER the row's own id."""

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    # NULL for system accounts: theirs is summed when asked, so that no row is written by everybody.
    Column("balance_micro", BigInteger),
    Column("held_micro", BigInteger, nullable=False, server_default=text("0")),
    Column("debt_micro", BigInteger, nullable=False, server_default=text("0")),
    Column("floor_micro", BigInteger, nullable=False, server_default=text("0")),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("chain", String(64), nullable=False, server_default=text("''")),
    Column("customer_ref", String(255), unique=True),
    Column("created_at", BigInteger, nullable=False),
    # Chosen with the first purchase: an account buys in one currency.
    Column("currency", String(3)),
    # When a card was proven without a charge.
    Column("verified_at", BigInteger),
    # Days until its invoices are due; NULL: as many as the settings say.
    Column("due_in_days", Integer),
    # When it was first given a credit limit. From then on what it owes is invoiced, whatever the limit is today.
    Column("postpaid_since", BigInteger),
    CheckConstraint("kind IN ('person', 'organisation', 'system')", name="kind_known"),
    CheckConstraint("(kind = 'system') = (balance_micro IS NULL)", name="system_sums"),
    CheckConstraint("held_micro >= 0", name="held_positive"),
    CheckConstraint("debt_micro >= 0", name="debt_positive"),
    # The floor beneath every decision: no code path, however wrong, can spend below it. It is a credit limit below
    # zero, a required minimum above it; the debt says by how much an account is below it all the same.
    CheckConstraint("balance_micro - held_micro + debt_micro >= floor_micro", name="above_floor"),
    # For the managers' list. None names an amount: a debit would then write the index anew.
    Index("accounts_by_name", "name", "id"),
    Index("accounts_by_age", "created_at", "id"),
    Index(
        "accounts_postpaid", "postpaid_since",
        sqlite_where=text("postpaid_since IS NOT NULL"), postgresql_where=text("postpaid_since IS NOT NULL"),
    ),
)  # fmt: skip

UNSPENT = text("NOT spent")
"""What makes the index `lots_spending` fit a query; in these words, or SQLite does not see it."""

EXPIRING = text(f"NOT spent AND expires_at < {NEVER}")

lots = Table(
    "lots",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("source", String(20), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("granted_micro", BigInteger, nullable=False),
    Column("remaining_micro", BigInteger, nullable=False),
    Column("frozen", Boolean, nullable=False, server_default=text("false")),
    Column("order_id", String(40)),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint(
        "(source = 'overdraft' AND remaining_micro <= 0)"
        " OR (source <> 'overdraft' AND remaining_micro >= 0 AND remaining_micro <= granted_micro)",
        name="remaining_bounded",
    ),
    # Computed, so that no index names the amount: PostgreSQL would write them all anew at every debit.
    Column("spent", Boolean, Computed("remaining_micro = 0")),
    # Spending reads a few rows of this index, however many lots an account has used up.
    Index(
        "lots_spending", "account_id", "expires_at", "priority", "id", sqlite_where=UNSPENT, postgresql_where=UNSPENT
    ),
    # What has expired is swept up; the many lots that never do are not in it.
    Index("lots_expiring", "expires_at", "id", sqlite_where=EXPIRING, postgresql_where=EXPIRING),
    Index(
        "lots_one_overdraft", "account_id", unique=True,
        sqlite_where=text("source = 'overdraft'"), postgresql_where=text("source = 'overdraft'"),
    ),
)  # fmt: skip

BUT_USAGE = text("kind <> 'usage'")
"""What makes the index `transfers_but_usage` fit a query; in these words, or SQLite does not see it."""

BY_TRIGGER = "transfers_account_id_fkey"
"""A foreign key on SQLite only. PostgreSQL would look accounts up for each row; its trigger does once a statement."""

transfers = Table(
    "transfers",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("cause_type", String(40), nullable=False),
    Column("cause_id", String(255), nullable=False),
    Column("amount_micro", BigInteger, nullable=False),
    Column("balance_after_micro", BigInteger, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("details", Text),
    Column("order_id", String(40)),
    Column("corrects", BigInteger, ForeignKey("transfers.id")),
    Column("happened_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("input_hash", String(64), nullable=False, server_default=text("''")),
    Column("chain", String(64), nullable=False),
    CheckConstraint("amount_micro <> 0", name="amount_moves"),
    # The idempotency of the whole product: one cause, one effect, for ever.
    UniqueConstraint("cause_type", "cause_id"),
    UniqueConstraint("account_id", "version"),
    # What gives back or corrects an older transfer is rare; what was given back of one is summed by it.
    Index(
        "transfers_corrected", "corrects",
        sqlite_where=text("corrects IS NOT NULL"), postgresql_where=text("corrects IS NOT NULL"),
    ),
    # The last resort against paying credits out twice: one order, one purchase.
    Index(
        "transfers_order_once", "order_id", unique=True,
        sqlite_where=text("kind = 'purchase'"), postgresql_where=text("kind = 'purchase'"),
    ),
    # What came in, and every rare type, without reading the debits of usage between them; they are not in it at all.
    Index(
        "transfers_but_usage", "account_id", "version", "kind", "amount_micro",
        sqlite_where=BUT_USAGE, postgresql_where=BUT_USAGE,
    ),
    # What one manager gave lately is summed before each grant; usage never touches this index.
    Index(
        "transfers_by_hand", "actor", "recorded_at",
        sqlite_where=text("cause_type = 'grant'"), postgresql_where=text("cause_type = 'grant'"),
    ),
)  # fmt: skip

entries = Table(
    "entries",
    metadata,
    # No foreign keys: each would look up and lock a row per entry, every one of them the same system account's row.
    # Only store/ledger.py writes here, beside the transfer itself, and `scrip check` proves that they agree.
    Column("transfer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("leg", SmallInteger, primary_key=True, autoincrement=False),
    Column("account_id", String(40), nullable=False),
    Column("lot_id", BigInteger),
    Column("amount_micro", BigInteger, nullable=False),
    CheckConstraint("amount_micro <> 0", name="amount_moves"),
    sqlite_with_rowid=False,
)

APPEND_ONLY = ("transfers", "entries", "audit")
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
