"""Which paid invoices of plans gave their credits, and what changes left to settle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_invoices",
        sa.Column("invoice_ref", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_ref", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("surplus_micro", sa.BigInteger(), nullable=False),
        sa.Column("surplus_until", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("surplus_micro >= 0", name=op.f("plan_invoices_surplus_positive")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("plan_invoices_account_id_fkey")),
        sa.PrimaryKeyConstraint("invoice_ref", name=op.f("plan_invoices_pkey")),
        sa.UniqueConstraint("subscription_ref", "number", name=op.f("plan_invoices_subscription_ref_number_key")),
    )
