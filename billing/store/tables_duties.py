"""Tables of what is owed to others and done once: the outbox, claims and cursors.

Only `billing/store`, `auth` and `migrations` may import them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from billing.store.tables import metadata

outbox = Table(
    "outbox",
    metadata,
    # Also the idempotency key of the call, so that doing it twice does it once.
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    # Why it is owed. One cause owes one thing, however often it is noticed.
    Column("cause", String(255), nullable=False, unique=True),
    Column("account_id", String(40)),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text, nullable=False, server_default=text("''")),
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    CheckConstraint("state IN ('waiting', 'done', 'refused')", name="state_known"),
    CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="done_has_moment"),
    Index(
        "outbox_due", "due_at",
        sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "outbox_refused", "created_at",
        sqlite_where=text("state = 'refused'"), postgresql_where=text("state = 'refused'"),
    ),
)  # fmt: skip

claims = Table(
    "claims",
    metadata,
    # What may be had once for ever by whoever comes first, such as the bonus of one card.
    Column("kind", String(40), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    # How far something that goes on and on has come, such as the reading of the provider's events.
    Column("name", String(40), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
