"""Subscriptions of plans with several prices remember every item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("items", sa.Text(), server_default=sa.text("'[]'"), nullable=False))
