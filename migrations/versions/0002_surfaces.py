"""Purchases by Checkout and for others, subscriptions, the outbox, claims, cursors and the billing manager."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('new', 'open', 'failed')")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("currency", sa.String(length=3), nullable=True))
    op.add_column("accounts", sa.Column("verified_at", sa.BigInteger(), nullable=True))
    _orders()
    purchase = sa.text("kind = 'purchase'")
    op.create_index(
        "transfers_order_once",
        "transfers",
        ["order_id"],
        unique=True,
        sqlite_where=purchase,
        postgresql_where=purchase,
    )
    corrected = sa.text("corrects IS NOT NULL")
    op.create_index(
        "transfers_corrected",
        "transfers",
        ["corrects"],
        unique=False,
        sqlite_where=corrected,
        postgresql_where=corrected,
    )
    _role("people", ("user", "manager", "billing_manager"))
    _role("api_keys", ("program", "manager", "billing_manager"))
    _subscriptions()
    _outbox()
    op.create_table(
        "claims",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("claims_account_id_fkey")),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("claims_pkey")),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("cursors_pkey")),
    )


def _orders() -> None:
    """Orders written before were paid by their own account, in our page, without tax."""
    op.drop_index("orders_one_open", table_name="orders")
    op.add_column("orders", sa.Column("payer_id", sa.String(length=40), nullable=True))
    op.execute("UPDATE orders SET payer_id = account_id")
    with op.batch_alter_table("orders") as orders:
        orders.alter_column("payer_id", existing_type=sa.String(length=40), nullable=False)
        orders.add_column(sa.Column("surface", sa.String(length=20), nullable=False, server_default="elements"))
        orders.add_column(sa.Column("session_ref", sa.String(length=255), nullable=True))
        orders.add_column(sa.Column("tax_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        orders.create_foreign_key(op.f("orders_payer_id_fkey"), "accounts", ["payer_id"], ["id"])
        orders.create_unique_constraint(op.f("orders_session_ref_key"), ["session_ref"])
        orders.create_check_constraint(op.f("orders_tax_positive"), "tax_minor >= 0")
    with op.batch_alter_table("orders") as orders:
        orders.alter_column("surface", existing_type=sa.String(length=20), server_default=None)
    op.create_index(
        "orders_one_open",
        "orders",
        ["account_id", "payer_id", "price_ref", "currency"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _role(table: str, roles: tuple[str, ...]) -> None:
    known = ", ".join(f"'{role}'" for role in roles)
    with op.batch_alter_table(table) as changed:
        changed.drop_constraint(op.f(f"{table}_role_known"), type_="check")
        changed.create_check_constraint(op.f(f"{table}_role_known"), f"role IN ({known})")


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("customer_ref", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("product_ref", sa.String(length=255), nullable=False),
        sa.Column("price_ref", sa.String(length=255), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("interval", sa.String(length=10), nullable=False),
        sa.Column("interval_count", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("cancel_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("trial_end", sa.BigInteger(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0 AND amount_minor >= 0", name=op.f("subscriptions_sizes_positive")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("subscriptions_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("subscriptions_pkey")),
    )
    op.create_index("subscriptions_account", "subscriptions", ["account_id", "started_at"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'refused')", name=op.f("outbox_state_known")),
        sa.CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name=op.f("outbox_done_has_moment")),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
        sa.UniqueConstraint("cause", name=op.f("outbox_cause_key")),
    )
    op.create_index(
        "outbox_due",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
