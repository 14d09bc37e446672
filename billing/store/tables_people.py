"""Tables of people: organisations, the accounts several of them share, and what each prefers. Only store, auth and
migrations import them.

An organisation's title is its account's name, so that lists, receipts and searches have one truth.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, text

from billing.store.tables import metadata

organisations = Table(
    "organisations",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    # What another system calls it; creating it twice by this name creates it once.
    Column("external_id", String(120), unique=True),
    Column("created_by", String(120), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # The payment provider must not hear of it before its first purchase, or before somebody registers it.
    Column("offline", Boolean, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("account_id", ForeignKey("organisations.account_id"), primary_key=True),
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("standing", String(20), nullable=False),
    Column("joined_at", BigInteger, nullable=False),
    CheckConstraint("standing IN ('owner', 'admin', 'member')", name="standing_known"),
    Index("members_person", "person_id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account_id", ForeignKey("organisations.account_id"), nullable=False),
    # NULL: for whoever holds the link.
    Column("email", String(254)),
    Column("standing", String(20), nullable=False),
    # SHA-256 of the token in the link: reading the database lets nobody in.
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_by", String(120), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    CheckConstraint("standing IN ('owner', 'admin', 'member')", name="standing_known"),
    CheckConstraint("state IN ('open', 'accepted', 'revoked')", name="state_known"),
    Index(
        "invitations_open", "account_id",
        sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
    ),
)  # fmt: skip

preferences = Table(
    "preferences",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    # A code of two letters and a name of the IANA database; NULL: as the browser says.
    Column("language", String(8)),
    Column("zone", String(64)),
    Column("changed_at", BigInteger, nullable=False),
)
