"""Tables of the managers' console: kept filters, batches of grants, tries at events.

Only `billing/store` and `migrations` may import them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from billing.store.tables import metadata

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    # The address of the list without its query, such as /manage.
    Column("page", String(80), nullable=False),
    Column("name", String(60), nullable=False),
    Column("query", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("person_id", "page", "name"),
)

grant_batches = Table(
    "grant_batches",
    metadata,
    Column("id", String(40), primary_key=True),
    # What the sender called it: the same file sent twice is one batch.
    Column("key", String(200), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("origin", String(80), nullable=False, server_default=text("''")),
    # Whether the owners read the reasons in their statements.
    Column("shown", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    # A batch is taken back whole, and once.
    Column("reverses", ForeignKey("grant_batches.id"), unique=True),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("created_at", BigInteger, nullable=False),
    Column("confirmed_at", BigInteger),
    Column("ended_at", BigInteger),
    CheckConstraint("state IN ('checked', 'running', 'done', 'stopped')", name="state_known"),
    CheckConstraint("(state = 'checked') = (confirmed_at IS NULL)", name="confirmed_has_moment"),
    CheckConstraint("(state IN ('done', 'stopped')) = (ended_at IS NOT NULL)", name="ended_has_moment"),
    Index("grant_batches_newest", "created_at"),
    Index(
        "grant_batches_running", "confirmed_at",
        sqlite_where=text("state = 'running'"), postgresql_where=text("state = 'running'"),
    ),
)  # fmt: skip

WAITING = text("state = 'waiting'")
"""What makes the index `grant_batch_rows_waiting` fit a query; in these words, or SQLite does not see it."""

grant_batch_rows = Table(
    "grant_batch_rows",
    metadata,
    Column("batch_id", ForeignKey("grant_batches.id"), primary_key=True),
    # The number of the row in the file; with the batch it is the unique cause of its posting.
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("given_account", Text, nullable=False),
    Column("given_amount", Text, nullable=False),
    Column("account_id", String(40)),
    Column("amount_micro", BigInteger),
    Column("reason", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("expires_at", BigInteger),
    # The transfer this row takes back.
    Column("corrects", BigInteger),
    # What the balances were to be when the file was checked.
    Column("before_micro", BigInteger),
    Column("after_micro", BigInteger),
    Column("state", String(20), nullable=False),
    # Why it is bad or was refused.
    Column("problem", Text, nullable=False, server_default=text("''")),
    Column("transfer_id", BigInteger),
    CheckConstraint("state IN ('bad', 'waiting', 'done', 'refused', 'stopped')", name="state_known"),
    CheckConstraint("(state = 'done') = (transfer_id IS NOT NULL)", name="done_by_transfer"),
    CheckConstraint("state = 'bad' OR (account_id IS NOT NULL AND amount_micro <> 0)", name="good_is_whole"),
    Index("grant_batch_rows_waiting", "batch_id", "place", sqlite_where=WAITING, postgresql_where=WAITING),
)

event_tries = Table(
    "event_tries",
    metadata,
    # Only tries that say more than the event's own row: those that failed, and those a person asked for.
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(120), nullable=False),
    # What it changed, one line for each thing.
    Column("changes", Text, nullable=False, server_default=text("''")),
    Column("recorded_at", BigInteger, nullable=False),
)
