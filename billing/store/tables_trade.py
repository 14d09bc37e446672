"""Tables of what happens around the ledger: orders, the inbox of events, audit, people, sessions and keys.

Only `billing/store`, `auth` and `migrations` may import them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from billing.store.tables import metadata

orders = Table(
    "orders",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("person_id", String(40), nullable=False),
    Column("package_key", String(255), nullable=False),
    Column("package_name", Text, nullable=False),
    Column("price_ref", String(255), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("credits_micro", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("customer_ref", String(255)),
    Column("payment_ref", String(255), unique=True),
    # Sent to the provider with every try, so that asking twice makes one payment.
    Column("idempotency_key", String(80), nullable=False, unique=True),
    Column("failure_code", String(80)),
    Column("failure_text", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("paid_at", BigInteger),
    Column("transfer_id", BigInteger, ForeignKey("transfers.id")),
    # Whose customer at the provider pays; somebody else's account than account_id when it is a present.
    Column("payer_id", ForeignKey("accounts.id"), nullable=False),
    Column("surface", String(20), nullable=False),
    # Checkout's session, when that is how it is paid; the payment is known only once it was made.
    Column("session_ref", String(255), unique=True),
    # Added on top of the amount; what is charged is the sum.
    Column("tax_minor", BigInteger, nullable=False, server_default=text("0")),
    # How many of the price; amount and credits are those of all of them.
    Column("quantity", Integer, nullable=False, server_default=text("1")),
    # Promised on top of the credits; a lot of its own once it is paid.
    Column("bonus_micro", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("bonus_micro >= 0", name="bonus_positive"),
    CheckConstraint("tax_minor >= 0", name="tax_positive"),
    CheckConstraint("state IN ('new', 'open', 'processing', 'failed', 'credited', 'canceled')", name="state_known"),
    CheckConstraint("amount_minor > 0 AND credits_micro > 0", name="worth_something"),
    CheckConstraint("(state = 'credited') = (transfer_id IS NOT NULL)", name="credited_by_transfer"),
    Index("orders_account", "account_id", "created_at"),
    # What was credited lately, for those who tell people of it afterwards.
    Index(
        "orders_credited", "updated_at",
        sqlite_where=text("state = 'credited'"), postgresql_where=text("state = 'credited'"),
    ),
    Index("orders_newest", "created_at", "id"),
    Index(
        "orders_processing", "created_at",
        sqlite_where=text("state = 'processing'"), postgresql_where=text("state = 'processing'"),
    ),
    # One payable order per account, payer and price: two tabs, a double click or a race share it.
    Index(
        "orders_one_open", "account_id", "payer_id", "price_ref", "currency", unique=True,
        sqlite_where=text("state IN ('new', 'open', 'failed')"),
        postgresql_where=text("state IN ('new', 'open', 'failed')"),
    ),
)  # fmt: skip

events = Table(
    "events",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("type", String(100), nullable=False),
    Column("object_id", String(255)),
    Column("account_id", String(40)),
    Column("livemode", Boolean, nullable=False),
    Column("api_version", String(40)),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("attempts", Integer, nullable=False, server_default=text("1")),
    Column("body", Text, nullable=False),
    Column("happened_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("handled_at", BigInteger),
    CheckConstraint("state IN ('handled', 'ignored', 'foreign', 'parked', 'failed')", name="state_known"),
    # What needs a person is few among many; the console lists it without a scan.
    Index(
        "events_unhandled", "received_at",
        sqlite_where=text("state IN ('parked', 'failed')"), postgresql_where=text("state IN ('parked', 'failed')"),
    ),
    Index("events_newest", "received_at", "id"),
    Index("events_account", "account_id", "received_at"),
)  # fmt: skip

audit = Table(
    "audit",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("actor", String(120), nullable=False),
    Column("action", String(60), nullable=False),
    Column("account_id", String(40)),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("before", Text),
    Column("after", Text),
    Column("recorded_at", BigInteger, nullable=False),
    # From where it was asked: an address of the network, or nothing for what the portal does by itself.
    Column("origin", String(80)),
    # What the actor calls its cause, such as the number of a ticket.
    Column("reference", String(120)),
    Column("transfer_id", BigInteger),
    Index("audit_account", "account_id", "recorded_at"),
    Index("audit_newest", "recorded_at", "id"),
)

people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    # Issuer and subject together are the identity; an e-mail address never joins two people.
    Column("issuer", Text, nullable=False),
    Column("subject", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("role", String(20), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("disabled_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    CheckConstraint("role IN ('user', 'manager', 'billing_manager')", name="role_known"),
    UniqueConstraint("issuer", "subject"),
    Index(
        "people_disabled", "account_id",
        sqlite_where=text("disabled_at IS NOT NULL"), postgresql_where=text("disabled_at IS NOT NULL"),
    ),
)  # fmt: skip

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of the cookie: reading the database does not sign anybody in.
    Column("id_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    # NULL: the person's own. It counts only while they are a member there.
    Column("acting_account_id", ForeignKey("accounts.id")),
    # What its browser says it is, in our words; its owner tells by it which one to end.
    Column("device", String(80), nullable=False, server_default=text("''")),
    # Whose portal a manager looks at, as they see it themselves; nothing can be changed meanwhile.
    Column("viewing_account_id", ForeignKey("accounts.id")),
    Index("sessions_person", "person_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    # NULL: a key of the company's own service, which speaks for every account.
    Column("account_id", ForeignKey("accounts.id")),
    Column("created_by", String(120), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # From then on it opens nothing. It may lie ahead: a key that was replaced goes on for a while.
    Column("revoked_at", BigInteger),
    CheckConstraint("role IN ('program', 'manager', 'billing_manager', 'reader')", name="role_known"),
)

key_uses = Table(
    "key_uses",
    metadata,
    # Beside the keys, which are read with every look-up, because it changes all the time.
    Column("key_id", ForeignKey("api_keys.id"), primary_key=True),
    Column("used_at", BigInteger, nullable=False),
)
