"""Everything but usage can be found by itself: a statement's sums and rare types need not read a million debits.

A debit of usage is not in this index, so that it costs the busiest path nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BUT_USAGE = sa.text("kind <> 'usage'")


def upgrade() -> None:
    op.create_index(
        "transfers_but_usage",
        "transfers",
        ["account_id", "version", "kind", "amount_micro"],
        unique=False,
        sqlite_where=BUT_USAGE,
        postgresql_where=BUT_USAGE,
    )
