"""Databases written by an older version keep everything when they are brought to the newest schema."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from billing import check
from billing.rules.orders import OrderState, Surface
from billing.store import customers, orders, schema
from billing.store.database import Database
from tests.world.databases import Databases

OLD = """
INSERT INTO accounts (id, kind, name, balance_micro, created_at, customer_ref)
 VALUES ('acc_1', 'person', 'Ada', 0, 1, 'cus_1');
INSERT INTO people (id, issuer, subject, name, role, account_id, created_at)
 VALUES ('usr_1', 'sandbox', 'ada', 'Ada', 'manager', 'acc_1', 1);
INSERT INTO sessions (id_hash, person_id, created_at, seen_at, expires_at) VALUES ('x', 'usr_1', 1, 1, 1);
INSERT INTO api_keys (id, secret_hash, name, role, account_id, created_by, created_at)
 VALUES ('key_1', 'y', 'Key', 'program', 'acc_1', 'test', 1);
INSERT INTO orders (id, account_id, person_id, package_key, package_name, price_ref, amount_minor, currency,
  credits_micro, state, livemode, customer_ref, payment_ref, idempotency_key, created_at, updated_at)
 VALUES ('ord_1', 'acc_1', 'usr_1', 'starter', 'Starter', 'price_1', 500, 'USD', 5, 'open', false, 'cus_1', 'pi_1',
  'scrip:ord_1', 1, 1)
"""


def old_database(databases: Databases, revision: str) -> Database:
    """A database as that version left it, with a person who has a session, a key and an open order."""
    database = Database(databases.fresh())
    config = schema.config()
    with database.engine.connect().execution_options(write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in OLD.split(";"):
            connection.execute(text(statement))
    return database


def test_a_database_of_the_first_version_keeps_its_rows_and_reaches_the_newest_schema(databases: Databases) -> None:
    database = old_database(databases, "0001")
    schema.migrate(database)
    assert schema.drift(database) == []
    with database.read() as connection:
        kept = orders.get(connection, "ord_1")
        people = connection.execute(text("SELECT people.id FROM sessions JOIN people ON people.id = person_id")).all()
        assert connection.scalar(text("SELECT name FROM api_keys")) == "Key"
        assert customers.unread(connection, 1, 5) == ["cus_1"], "to be read by the next sweep"
    assert kept is not None
    assert (kept.payer_id, kept.surface, kept.session_ref, kept.tax_minor) == ("acc_1", Surface.ELEMENTS, None, 0)
    assert kept.quantity == 1
    assert (kept.state, kept.payment_ref, people) == (OrderState.OPEN, "pi_1", [("usr_1",)])
    assert check.run(database) == []
    database.engine.dispose()


def test_foreign_keys_hold_again_after_a_migration(databases: Databases) -> None:
    database = old_database(databases, "0001")
    schema.migrate(database)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    assert schema.is_current(database)
    database.engine.dispose()
