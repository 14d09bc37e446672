"""Whether a lot is used up becomes a column, so that the index of what can be spent does not name its amount.

PostgreSQL writes a changed row beside the old one and leaves every index alone, unless a column changed that an index
names. Each debit changes an amount; a lot is used up once in its life.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UNSPENT = sa.text("NOT spent")


def upgrade() -> None:
    op.drop_index("lots_spending", table_name="lots")
    # PostgreSQL indexes a computed column only when it is stored; SQLite adds one to a table only when it is not.
    stored = op.get_bind().dialect.name != "sqlite"
    op.add_column("lots", sa.Column("spent", sa.Boolean(), sa.Computed("remaining_micro = 0", persisted=stored)))
    op.create_index(
        "lots_spending",
        "lots",
        ["account_id", "expires_at", "priority", "id"],
        unique=False,
        sqlite_where=UNSPENT,
        postgresql_where=UNSPENT,
    )
