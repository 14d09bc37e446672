"""The first schema: ledger, orders, inbox, audit, people, sessions and keys."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("transfers", "entries", "audit")
SYSTEM_ACCOUNTS = {
    "sys_stripe": "Stripe",
    "sys_promotions": "Promotions",
    "sys_usage": "Usage",
    "sys_expired": "Expired",
    "sys_adjustments": "Adjustments",
}


def upgrade() -> None:
    _tables()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for statement in _sqlite_guards(table) if sqlite else _postgres_guards(table):
            op.execute(statement)
    if not sqlite:
        op.execute("CREATE SEQUENCE ledger_ids INCREMENT BY 1000")
        # An event's body is larger than what PostgreSQL starts to compress, which costs more than the event itself.
        op.execute("ALTER TABLE events SET (toast_tuple_target = 8160)")
    accounts = sa.table(
        "accounts", sa.column("id"), sa.column("kind"), sa.column("name"), sa.column("created_at", sa.BigInteger)
    )
    now = time.time_ns() // 1000
    op.bulk_insert(
        accounts,
        [{"id": key, "kind": "system", "name": name, "created_at": now} for key, name in SYSTEM_ACCOUNTS.items()],
    )


def _sqlite_guards(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("update", "delete")
    ]


def _postgres_guards(table: str) -> list[str]:
    refuse = (
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    return [refuse] + [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        for verb in ("update", "delete", "truncate")
    ]


def _tables() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("balance_micro", sa.BigInteger(), nullable=True),
        sa.Column("held_micro", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("debt_micro", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("floor_micro", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("chain", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("customer_ref", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'system') = (balance_micro IS NULL)", name=op.f("accounts_system_sums")),
        sa.CheckConstraint("kind IN ('person', 'organisation', 'system')", name=op.f("accounts_kind_known")),
        sa.CheckConstraint("balance_micro - held_micro + debt_micro >= floor_micro", name=op.f("accounts_above_floor")),
        sa.CheckConstraint("debt_micro >= 0", name=op.f("accounts_debt_positive")),
        sa.CheckConstraint("floor_micro <= 0", name=op.f("accounts_floor_negative")),
        sa.CheckConstraint("held_micro >= 0", name=op.f("accounts_held_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("accounts_pkey")),
        sa.UniqueConstraint("customer_ref", name=op.f("accounts_customer_ref_key")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_pkey")),
    )
    op.create_index("audit_account", "audit", ["account_id", "recorded_at"], unique=False)
    op.create_table(
        "entries",
        sa.Column("transfer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leg", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_micro <> 0", name=op.f("entries_amount_moves")),
        sa.PrimaryKeyConstraint("transfer_id", "leg", name=op.f("entries_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=True),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("api_version", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('handled', 'ignored', 'foreign', 'parked', 'failed')", name=op.f("events_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("events_pkey")),
    )
    op.create_index(
        "events_unhandled",
        "events",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('parked', 'failed')"),
        postgresql_where=sa.text("state IN ('parked', 'failed')"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("role IN ('program', 'manager')", name=op.f("api_keys_role_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("api_keys_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("secret_hash", name=op.f("api_keys_secret_hash_key")),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_micro", sa.BigInteger(), nullable=False),
        sa.Column("remaining_micro", sa.BigInteger(), nullable=False),
        sa.Column("frozen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(source = 'overdraft' AND remaining_micro <= 0)"
            " OR (source <> 'overdraft' AND remaining_micro >= 0 AND remaining_micro <= granted_micro)",
            name=op.f("lots_remaining_bounded"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("lots_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("lots_pkey")),
    )
    op.create_index(
        "lots_one_overdraft",
        "lots",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("source = 'overdraft'"),
        postgresql_where=sa.text("source = 'overdraft'"),
    )
    op.create_index(
        "lots_spending",
        "lots",
        ["account_id", "expires_at", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("remaining_micro <> 0"),
        postgresql_where=sa.text("remaining_micro <> 0"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('user', 'manager')", name=op.f("people_role_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("people_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("people_pkey")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("people_issuer_subject_key")),
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("cause_type", sa.String(length=40), nullable=False),
        sa.Column("cause_id", sa.String(length=255), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=False),
        sa.Column("balance_after_micro", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("corrects", sa.BigInteger(), nullable=True),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("input_hash", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.CheckConstraint("amount_micro <> 0", name=op.f("transfers_amount_moves")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("transfers_account_id_fkey")),
        sa.ForeignKeyConstraint(["corrects"], ["transfers.id"], name=op.f("transfers_corrects_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("transfers_pkey")),
        sa.UniqueConstraint("account_id", "version", name=op.f("transfers_account_id_version_key")),
        sa.UniqueConstraint("cause_type", "cause_id", name=op.f("transfers_cause_type_cause_id_key")),
    )
    op.create_index(
        "transfers_by_hand",
        "transfers",
        ["actor", "recorded_at"],
        unique=False,
        sqlite_where=sa.text("cause_type = 'grant'"),
        postgresql_where=sa.text("cause_type = 'grant'"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("package_key", sa.String(length=255), nullable=False),
        sa.Column("package_name", sa.Text(), nullable=False),
        sa.Column("price_ref", sa.String(length=255), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("credits_micro", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("customer_ref", sa.String(length=255), nullable=True),
        sa.Column("payment_ref", sa.String(length=255), nullable=True),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("failure_code", sa.String(length=80), nullable=True),
        sa.Column("failure_text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'credited') = (transfer_id IS NOT NULL)", name=op.f("orders_credited_by_transfer")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'open', 'processing', 'failed', 'credited', 'canceled')", name=op.f("orders_state_known")
        ),
        sa.CheckConstraint("amount_minor > 0 AND credits_micro > 0", name=op.f("orders_worth_something")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("orders_account_id_fkey")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("orders_transfer_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("orders_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("orders_idempotency_key_key")),
        sa.UniqueConstraint("payment_ref", name=op.f("orders_payment_ref_key")),
    )
    op.create_index("orders_account", "orders", ["account_id", "created_at"], unique=False)
    op.create_index(
        "orders_one_open",
        "orders",
        ["account_id", "price_ref"],
        unique=True,
        sqlite_where=sa.text("state IN ('new', 'open', 'failed')"),
        postgresql_where=sa.text("state IN ('new', 'open', 'failed')"),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("sessions_person_id_fkey")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("sessions_pkey")),
    )
    op.create_index("sessions_person", "sessions", ["person_id"], unique=False)
