"""Places: how much of what a plan limits is in use, and which plan a price was sold as."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IN_USE = sa.text("released_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("limit_name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("places_count_positive")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("places_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "limit_name", "holder", name=op.f("places_pkey")),
    )
    op.create_index(
        "places_in_use",
        "places",
        ["account_id", "limit_name", "count"],
        unique=False,
        sqlite_where=IN_USE,
        postgresql_where=IN_USE,
    )
    op.create_table(
        "priced_plans",
        sa.Column("price_ref", sa.String(length=255), nullable=False),
        sa.Column("plan_key", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("price_ref", name=op.f("priced_plans_pkey")),
    )
