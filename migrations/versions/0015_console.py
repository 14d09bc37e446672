"""The managers' console: kept filters, batches of grants, tries at events, from where acts came, looking as another.

The new indexes are of tables and columns that neither a debit nor a credit writes, but for two of the inbox.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

RUNNING = sa.text("state = 'running'")
WAITING = sa.text("state = 'waiting'")
DISABLED = sa.text("disabled_at IS NOT NULL")
LATE = sa.text("status IN ('past_due', 'unpaid')")
REFUSED = sa.text("state = 'refused'")
TO_SETTLE = sa.text("state = 'processing'")


def upgrade() -> None:
    _filters()
    _batches()
    _rows()
    _tries()
    op.add_column("audit", sa.Column("origin", sa.String(length=80), nullable=True))
    op.add_column("audit", sa.Column("reference", sa.String(length=120), nullable=True))
    op.add_column("audit", sa.Column("transfer_id", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("viewing_account_id", sa.String(length=40), nullable=True))
        sessions.create_foreign_key(
            op.f("sessions_viewing_account_id_fkey"), "accounts", ["viewing_account_id"], ["id"]
        )  # fmt: skip
    _indexes()


def _indexes() -> None:
    op.create_index("accounts_by_name", "accounts", ["name", "id"], unique=False)
    op.create_index("accounts_by_age", "accounts", ["created_at", "id"], unique=False)
    op.create_index("audit_newest", "audit", ["recorded_at", "id"], unique=False)
    op.create_index("events_newest", "events", ["received_at", "id"], unique=False)
    op.create_index("events_account", "events", ["account_id", "received_at"], unique=False)
    op.create_index("orders_newest", "orders", ["created_at", "id"], unique=False)
    some = {
        ("people_disabled", "people", "account_id"): DISABLED,
        ("subscriptions_late", "subscriptions", "account_id"): LATE,
        ("outbox_refused", "outbox", "created_at"): REFUSED,
        ("orders_processing", "orders", "created_at"): TO_SETTLE,
        ("overdraft_invoices_refused", "overdraft_invoices", "created_at"): REFUSED,
    }
    for (name, table, column), condition in some.items():
        op.create_index(name, table, [column], unique=False, sqlite_where=condition, postgresql_where=condition)


def _filters() -> None:
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("page", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("saved_filters_person_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("saved_filters_pkey")),
        sa.UniqueConstraint("person_id", "page", "name", name=op.f("saved_filters_person_id_page_name_key")),
    )


def _batches() -> None:
    op.create_table(
        "grant_batches",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=80), server_default=sa.text("''"), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reverses", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('checked', 'running', 'done', 'stopped')", name=op.f("grant_batches_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'checked') = (confirmed_at IS NULL)", name=op.f("grant_batches_confirmed_has_moment")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'stopped')) = (ended_at IS NOT NULL)", name=op.f("grant_batches_ended_has_moment")
        ),
        sa.ForeignKeyConstraint(["reverses"], ["grant_batches.id"], name=op.f("grant_batches_reverses_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("grant_batches_pkey")),
        sa.UniqueConstraint("key", name=op.f("grant_batches_key_key")),
        sa.UniqueConstraint("reverses", name=op.f("grant_batches_reverses_key")),
    )
    op.create_index("grant_batches_newest", "grant_batches", ["created_at"], unique=False)
    op.create_index(
        "grant_batches_running", "grant_batches", ["confirmed_at"], unique=False,
        sqlite_where=RUNNING, postgresql_where=RUNNING,
    )  # fmt: skip


def _rows() -> None:
    op.create_table(
        "grant_batch_rows",
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("given_account", sa.Text(), nullable=False),
        sa.Column("given_amount", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("amount_micro", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("corrects", sa.BigInteger(), nullable=True),
        sa.Column("before_micro", sa.BigInteger(), nullable=True),
        sa.Column("after_micro", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("problem", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('bad', 'waiting', 'done', 'refused', 'stopped')", name=op.f("grant_batch_rows_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (transfer_id IS NOT NULL)", name=op.f("grant_batch_rows_done_by_transfer")
        ),
        sa.CheckConstraint(
            "state = 'bad' OR (account_id IS NOT NULL AND amount_micro <> 0)",
            name=op.f("grant_batch_rows_good_is_whole"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["grant_batches.id"], name=op.f("grant_batch_rows_batch_id_fkey")),
        sa.PrimaryKeyConstraint("batch_id", "place", name=op.f("grant_batch_rows_pkey")),
    )
    op.create_index(
        "grant_batch_rows_waiting", "grant_batch_rows", ["batch_id", "place"], unique=False,
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip


def _tries() -> None:
    op.create_table(
        "event_tries",
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("changes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("event_tries_event_id_fkey")),
        sa.PrimaryKeyConstraint("event_id", "number", name=op.f("event_tries_pkey")),
    )
