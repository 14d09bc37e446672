"""The table of invoices for credits used on account. Only `billing/store` and `migrations` may import it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

overdraft_invoices = Table(
    "overdraft_invoices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("period_start", BigInteger, nullable=False),
    Column("period_end", BigInteger, nullable=False),
    Column("credits_micro", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    # The price as it was when the invoice was written: a later one changes nothing that was asked for before.
    Column("price_ref", String(255), nullable=False),
    Column("price_name", Text, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("price_credits_micro", BigInteger, nullable=False),
    Column("due_in_days", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("invoice_ref", String(255), unique=True),
    Column("number", String(255)),
    Column("url", Text),
    Column("due_at", BigInteger),
    Column("transfer_id", BigInteger, ForeignKey("transfers.id"), unique=True),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("created_at", BigInteger, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    # When it stopped asking: paid, void or refused. What it asked for is owed without an invoice from then on.
    Column("closed_at", BigInteger),
    # Whoever comes second to invoice a period, in this process or in another, finds it invoiced.
    UniqueConstraint("account_id", "period_start", "period_end"),
    CheckConstraint("period_start < period_end", name="period_runs"),
    CheckConstraint("credits_micro > 0 AND amount_minor > 0", name="asks_for_something"),
    CheckConstraint("state IN ('new', 'open', 'paid', 'uncollectible', 'void', 'refused')", name="state_known"),
    CheckConstraint("(state = 'paid') = (transfer_id IS NOT NULL)", name="paid_by_transfer"),
    CheckConstraint("(state IN ('paid', 'void', 'refused')) = (closed_at IS NOT NULL)", name="closed_has_moment"),
    Index("overdraft_invoices_ended", "account_id", "period_end"),
    Index(
        "overdraft_invoices_refused", "created_at",
        sqlite_where=text("state = 'refused'"), postgresql_where=text("state = 'refused'"),
    ),
)  # fmt: skip
