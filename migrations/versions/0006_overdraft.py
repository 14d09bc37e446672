"""Credit limits and required minimums of accounts, and invoices for credits used on account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A floor above zero is a required minimum, so the check that forbade it goes; the one beneath it stays."""
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("due_in_days", sa.Integer(), nullable=True))
        accounts.add_column(sa.Column("postpaid_since", sa.BigInteger(), nullable=True))
        accounts.drop_constraint(op.f("accounts_floor_negative"), type_="check")
    postpaid = sa.text("postpaid_since IS NOT NULL")
    op.create_index(
        "accounts_postpaid",
        "accounts",
        ["postpaid_since"],
        unique=False,
        sqlite_where=postpaid,
        postgresql_where=postpaid,
    )
    _invoices()


def _invoices() -> None:
    op.create_table(
        "overdraft_invoices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("credits_micro", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_ref", sa.String(length=255), nullable=False),
        sa.Column("price_name", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_credits_micro", sa.BigInteger(), nullable=False),
        sa.Column("due_in_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("invoice_ref", sa.String(length=255), nullable=True),
        sa.Column("number", sa.String(length=255), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        *_rules(),
    )
    op.create_index("overdraft_invoices_ended", "overdraft_invoices", ["account_id", "period_end"], unique=False)


def _rules() -> list[sa.Constraint]:
    name = "overdraft_invoices"
    states = "state IN ('new', 'open', 'paid', 'uncollectible', 'void', 'refused')"
    closed = "(state IN ('paid', 'void', 'refused')) = (closed_at IS NOT NULL)"
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"{name}_pkey")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"{name}_account_id_fkey")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f(f"{name}_transfer_id_fkey")),
        sa.UniqueConstraint("invoice_ref", name=op.f(f"{name}_invoice_ref_key")),
        sa.UniqueConstraint("transfer_id", name=op.f(f"{name}_transfer_id_key")),
        sa.UniqueConstraint(
            "account_id", "period_start", "period_end", name=op.f(f"{name}_account_id_period_start_period_end_key")
        ),
        sa.CheckConstraint("period_start < period_end", name=op.f(f"{name}_period_runs")),
        sa.CheckConstraint("credits_micro > 0 AND amount_minor > 0", name=op.f(f"{name}_asks_for_something")),
        sa.CheckConstraint(states, name=op.f(f"{name}_state_known")),
        sa.CheckConstraint("(state = 'paid') = (transfer_id IS NOT NULL)", name=op.f(f"{name}_paid_by_transfer")),
        sa.CheckConstraint(closed, name=op.f(f"{name}_closed_has_moment")),
    ]
