"""Tables of customers at the provider, and of the use their meters were told. Only `billing/store`, `auth` and
`migrations` may import them.

Who pays for an account now stands in `accounts`; here stands who ever did, and what the provider says of them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, text

from billing.store.tables import metadata

PRESENT = text("deleted_at IS NULL")

customers = Table(
    "customers",
    metadata,
    Column("customer_ref", String(255), primary_key=True),
    # For ever, also after the customer was deleted: news of its last subscription may come later than that.
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
    # JSON, as the provider's own words have it: a mapping of lines, a list of (kind, number).
    Column("address", Text),
    Column("tax_ids", Text, nullable=False, server_default=text("'[]'")),
    Column("tax_exempt", String(20), nullable=False, server_default=text("''")),
    Column("linked_at", BigInteger, nullable=False),
    # When the question was sent to the provider; 0: never yet.
    Column("read_at", BigInteger, nullable=False, server_default=text("0")),
    Column("deleted_at", BigInteger),
    Index("customers_account", "account_id", "linked_at"),
    # Whoever was not read for longest is read next.
    Index("customers_unread", "read_at", sqlite_where=PRESENT, postgresql_where=PRESENT),
)

meterings = Table(
    "meterings",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    # The provider's name of the meter.
    Column("meter", String(100), primary_key=True),
    # The account's version up to which its debits were counted: each is counted once.
    Column("version", BigInteger, nullable=False),
    # What was counted and is less than the whole credit that a meter takes.
    Column("rest_micro", BigInteger, nullable=False),
    # The same of what was given back of counted debits, to be taken from the meter again.
    Column("undone_micro", BigInteger, nullable=False),
    # The version at which counting began: what was used before was never told.
    Column("began", BigInteger, nullable=False),
)
