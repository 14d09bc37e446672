"""Changes of plans: what is planned for a subscription, and every change that was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ASKED = sa.text("state = 'asked'")


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("schedule_ref", sa.String(length=255), nullable=True))
    op.add_column("subscriptions", sa.Column("planned", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "plan_changes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_ref", sa.String(length=255), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'done', 'refused')", name=op.f("plan_changes_state_known")),
        sa.CheckConstraint("(state = 'asked') = (done_at IS NULL)", name=op.f("plan_changes_done_has_moment")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("plan_changes_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("plan_changes_pkey")),
        sa.UniqueConstraint("token", name=op.f("plan_changes_token_key")),
    )
    op.create_index("plan_changes_account", "plan_changes", ["account_id", "asked_at"])
    op.create_index(
        "plan_changes_one_asked",
        "plan_changes",
        ["subscription_ref"],
        unique=True,
        sqlite_where=ASKED,
        postgresql_where=ASKED,
    )
