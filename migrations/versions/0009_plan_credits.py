"""Prices remember the product and the rhythm they were sold as, and lots that expire are found at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

EXPIRING = sa.text("NOT spent AND expires_at < 9223372036854775807")


def upgrade() -> None:
    op.create_table(
        "wares",
        sa.Column("price_ref", sa.String(length=255), nullable=False),
        sa.Column("product", sa.String(length=255), nullable=False),
        sa.Column("interval", sa.String(length=10), nullable=False),
        sa.Column("interval_count", sa.Integer(), nullable=False),
        sa.Column("metered", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("price_ref", name=op.f("wares_pkey")),
    )
    # What was remembered knew neither products nor rhythms; the provider is asked once more for each price.
    op.drop_table("priced_plans")
    op.create_index(
        "lots_expiring", "lots", ["expires_at", "id"], unique=False,
        sqlite_where=EXPIRING, postgresql_where=EXPIRING,
    )  # fmt: skip
