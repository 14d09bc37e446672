"""Organisations with members and invitations, and the account a session acts for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STANDINGS = "standing IN ('owner', 'admin', 'member')"


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("organisations_account_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("organisations_pkey")),
        sa.UniqueConstraint("external_id", name=op.f("organisations_external_id_key")),
    )
    op.create_table(
        "members",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(STANDINGS, name=op.f("members_standing_known")),
        sa.ForeignKeyConstraint(["account_id"], ["organisations.account_id"], name=op.f("members_account_id_fkey")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("members_person_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", "person_id", name=op.f("members_pkey")),
    )
    op.create_index("members_person", "members", ["person_id"], unique=False)
    _invitations()
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("acting_account_id", sa.String(length=40), nullable=True))
        sessions.create_foreign_key(op.f("sessions_acting_account_id_fkey"), "accounts", ["acting_account_id"], ["id"])


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.CheckConstraint(STANDINGS, name=op.f("invitations_standing_known")),
        sa.CheckConstraint("state IN ('open', 'accepted', 'revoked')", name=op.f("invitations_state_known")),
        sa.ForeignKeyConstraint(["account_id"], ["organisations.account_id"], name=op.f("invitations_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("invitations_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("invitations_token_hash_key")),
    )
    op.create_index(
        "invitations_open",
        "invitations",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
