"""Alerts with their thresholds, what a key is for and when it was used, the device of a session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = "kind IN ('balance', 'runway', 'spending', 'expiry')"
CREDITED = sa.text("state = 'credited'")


def upgrade() -> None:
    _rules()
    _states()
    op.create_index(
        "orders_credited", "orders", ["updated_at"], unique=False, sqlite_where=CREDITED, postgresql_where=CREDITED
    )
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("device", sa.String(length=80), server_default=sa.text("''"), nullable=False))
    with op.batch_alter_table("api_keys") as api_keys:
        api_keys.drop_constraint(op.f("api_keys_role_known"), type_="check")
        api_keys.create_check_constraint(
            op.f("api_keys_role_known"), "role IN ('program', 'manager', 'billing_manager', 'reader')"
        )
    op.create_table(
        "key_uses",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name=op.f("key_uses_key_id_fkey")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("key_uses_pkey")),
    )


def _rules() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("levels", sa.Text(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("alert_rules_kind_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("alert_rules_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("alert_rules_pkey")),
    )


def _states() -> None:
    op.create_table(
        "alert_states",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("reading", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("alert_states_kind_known")),
        sa.CheckConstraint("state IN ('ok', 'alarm', 'recovered')", name=op.f("alert_states_state_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("alert_states_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "kind", "level", "subject", name=op.f("alert_states_pkey")),
    )
    op.create_table(
        "alert_dismissals",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("alert_dismissals_account_id_fkey")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("alert_dismissals_person_id_fkey")),
        sa.PrimaryKeyConstraint(
            "person_id", "account_id", "kind", "level", "subject", name=op.f("alert_dismissals_pkey")
        ),
    )
