"""Tables of what plans limit: the places that are taken, and what a price of the provider was sold as.

Only `billing/store`, `auth` and `migrations` may import them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, text

from billing.store.tables import metadata

IN_USE = text("released_at IS NULL")

places = Table(
    "places",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("limit_name", String(40), primary_key=True),
    # The caller's name for what holds the place. The key is the promise: who registers twice takes one place.
    Column("holder", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    # A place that was given back keeps its row; taking it again is the same row in use again.
    Column("released_at", BigInteger),
    Column("actor", String(120), nullable=False),
    CheckConstraint("count > 0", name="count_positive"),
    # Counting reads this index alone, however many were ever given back.
    Index(
        "places_in_use", "account_id", "limit_name", "count",
        sqlite_where=IN_USE, postgresql_where=IN_USE,
    ),
)  # fmt: skip

wares = Table(
    "wares",
    metadata,
    # A price is retired when its amount changes, but who subscribed to it before keeps it, and the plan with it.
    Column("price_ref", String(255), primary_key=True),
    # Its name in the catalogue of plans; no key, for a catalogue is a file.
    Column("product", String(255), nullable=False),
    Column("interval", String(10), nullable=False),
    Column("interval_count", Integer, nullable=False),
    Column("metered", Boolean, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)
