"""Alembic's entry: runs migrations over the connection that `billing/store/schema.py` hands in."""

from __future__ import annotations

from alembic import context

from billing.store import (
    tables_alerts,
    tables_console,
    tables_customers,
    tables_duties,
    tables_overdraft,
    tables_people,
    tables_places,
    tables_plans,
    tables_trade,
)
from billing.store.tables import metadata

# importing them is what completes the metadata
for module in (
    tables_alerts,
    tables_customers,
    tables_console,
    tables_duties,
    tables_overdraft,
    tables_people,
    tables_places,
    tables_plans,
    tables_trade,
):
    assert module.metadata is metadata


def run() -> None:
    """One transaction for everything: a migration is applied whole or not at all."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
