"""Customers as the provider has them, what their meters were told, and how often a price was bought at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("quantity", sa.Integer(), server_default=sa.text("1"), nullable=False))
        orders.create_check_constraint(op.f("orders_quantity_positive"), "quantity > 0")
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "subscriptions_unread",
        "subscriptions",
        ["read_at"],
        unique=False,
        sqlite_where=running,
        postgresql_where=running,
    )
    _customers()
    op.create_table(
        "meterings",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("meter", sa.String(length=100), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rest_micro", sa.BigInteger(), nullable=False),
        sa.Column("undone_micro", sa.BigInteger(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("meterings_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "meter", name=op.f("meterings_pkey")),
    )


def _customers() -> None:
    """Whoever is a customer already is known from now on, and read by the next sweep."""
    op.create_table(
        "customers",
        sa.Column("customer_ref", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("tax_ids", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("tax_exempt", sa.String(length=20), server_default=sa.text("''"), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("customers_account_id_fkey")),
        sa.PrimaryKeyConstraint("customer_ref", name=op.f("customers_pkey")),
    )
    present = sa.text("deleted_at IS NULL")
    op.create_index("customers_account", "customers", ["account_id", "linked_at"], unique=False)
    op.create_index(
        "customers_unread", "customers", ["read_at"], unique=False, sqlite_where=present, postgresql_where=present
    )
    op.execute(
        "INSERT INTO customers (customer_ref, account_id, linked_at)"
        " SELECT customer_ref, id, created_at FROM accounts WHERE customer_ref IS NOT NULL"
    )
