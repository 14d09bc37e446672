"""Tables of alerts: thresholds people set, on which side of each their account is, and who has read of it.

Only `billing/store`, `auth` and `migrations` may import them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from billing.store.tables import metadata

KINDS = "kind IN ('balance', 'runway', 'spending', 'expiry')"

alert_rules = Table(
    "alert_rules",
    metadata,
    # Without a row the settings' own thresholds hold; one with an empty list wants none at all.
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    # A JSON list of whole numbers: micro-credits, or days.
    Column("levels", Text, nullable=False),
    Column("by_mail", Boolean, nullable=False),
    # Counts the changes, so that whoever saves can say which one they had before them.
    Column("version", Integer, nullable=False),
    Column("changed_by", String(120), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    CheckConstraint(KINDS, name="kind_known"),
)

alert_states = Table(
    "alert_states",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("level", BigInteger, primary_key=True, autoincrement=False),
    # What it is about where that is not the account alone: a month, or a lot that expires.
    Column("subject", String(40), primary_key=True),
    Column("state", String(20), nullable=False),
    # How often the threshold was passed, in both directions; with it a passage is told once for ever.
    Column("passage", Integer, nullable=False),
    # What was read when it was passed: micro-credits, or microseconds.
    Column("reading", BigInteger, nullable=False),
    Column("fired_at", BigInteger),
    Column("changed_at", BigInteger, nullable=False),
    CheckConstraint(KINDS, name="kind_known"),
    CheckConstraint("state IN ('ok', 'alarm', 'recovered')", name="state_known"),
)

alert_dismissals = Table(
    "alert_dismissals",
    metadata,
    # The passage a person has read of; the next one is shown to them again.
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("level", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", String(40), primary_key=True),
    Column("passage", Integer, nullable=False),
)
