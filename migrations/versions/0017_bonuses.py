"""What an order promises on top of the credits it sells.

Orders written before promised nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("bonus_micro", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        orders.create_check_constraint(op.f("orders_bonus_positive"), "bonus_micro >= 0")
