"""Tables of subscriptions, and of what their invoices gave. Only `billing/store` and `migrations` may import them.

A subscription is not decided by us: the provider's is the truth, a row is how it was last seen.
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

NOT_ENDED = text("ended_at IS NULL")
LATE = text("status IN ('past_due', 'unpaid')")
"""What makes the index `subscriptions_late` fit a query; in these words, or SQLite does not see it."""

subscriptions = Table(
    "subscriptions",
    metadata,
    # The provider's id: a row is a snapshot of its object, written again whenever a newer one was read.
    Column("id", String(255), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("customer_ref", String(255), nullable=False),
    # The provider's word, also one nobody here has heard of: a rule decides what it opens.
    Column("status", String(40), nullable=False),
    Column("product_ref", String(255), nullable=False),
    Column("price_ref", String(255), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("interval", String(10), nullable=False),
    Column("interval_count", Integer, nullable=False),
    Column("period_start", BigInteger, nullable=False),
    Column("period_end", BigInteger, nullable=False),
    Column("cancel_at_period_end", Boolean, nullable=False),
    Column("cancel_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("trial_end", BigInteger),
    Column("livemode", Boolean, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    # When the question was sent to the provider: of two snapshots the one asked for later wins.
    Column("read_at", BigInteger, nullable=False),
    # Every price of a plan of several, as JSON; empty in rows from before there were such plans.
    Column("items", Text, nullable=False, server_default=text("'[]'")),
    # The provider's plan of its future, and what it holds beyond the period, as JSON; empty: nothing.
    Column("schedule_ref", String(255)),
    Column("planned", Text, nullable=False, server_default=text("''")),
    # What it becomes when an invoice is paid, and until when that may be, as JSON; empty: nothing.
    Column("pending", Text, nullable=False, server_default=text("''")),
    CheckConstraint("quantity >= 0 AND amount_minor >= 0", name="sizes_positive"),
    Index("subscriptions_account", "account_id", "started_at"),
    Index("subscriptions_late", "account_id", sqlite_where=LATE, postgresql_where=LATE),
    # Whichever was not read for longest is read next.
    Index("subscriptions_unread", "read_at", sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED),
)

plan_changes = Table(
    "plan_changes",
    metadata,
    # Also the beginning of the idempotency keys of its calls, so that doing it twice does it once.
    Column("id", String(40), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("subscription_ref", String(255), nullable=False),
    # What was shown before it was asked for. Who confirms the same preview twice asks once.
    Column("token", String(200), nullable=False, unique=True),
    # What was asked for, as JSON.
    Column("wish", Text, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("state", String(20), nullable=False),
    # What became of it, or why not, in one sentence.
    Column("outcome", Text, nullable=False, server_default=text("''")),
    Column("asked_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    CheckConstraint("state IN ('asked', 'done', 'refused')", name="state_known"),
    CheckConstraint("(state = 'asked') = (done_at IS NULL)", name="done_has_moment"),
    Index("plan_changes_account", "account_id", "asked_at"),
    # One at a time: two windows cannot both be told that a preview of theirs still holds.
    Index(
        "plan_changes_one_asked", "subscription_ref", unique=True,
        sqlite_where=text("state = 'asked'"), postgresql_where=text("state = 'asked'"),
    ),
)  # fmt: skip

plan_invoices = Table(
    "plan_invoices",
    metadata,
    # A paid invoice of a plan gives its credits once. What it gave stands in the ledger.
    Column("invoice_ref", String(255), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("subscription_ref", String(255), nullable=False),
    # Which of the subscription's invoices it was here: each continues from what the one before it left.
    Column("number", Integer, nullable=False),
    Column("surplus_micro", BigInteger, nullable=False),
    Column("surplus_until", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    CheckConstraint("surplus_micro >= 0", name="surplus_positive"),
    UniqueConstraint("subscription_ref", "number"),
)
