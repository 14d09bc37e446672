"""The check finds what a hand in the database did, and says it plainly."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, text

from billing import check, webhooks
from billing.store.tables import APPEND_ONLY
from tests.world.portals import World, paid_event, signed


def a_ledger_with_a_purchase(world: World) -> None:
    account = world.account(customer_ref="cus_1")
    order = world.order(account, "pi_1", "cus_1")
    asyncio.run(webhooks.receive(world.portal, *signed(paid_event(order, world.clock()), world.clock())))


def by_hand(world: World, statement: str) -> None:
    """What somebody with the database's password can do: switch the guards off, change a row, switch them on again."""
    database = world.portal.database
    with database.engine.connect().execution_options(write=True) as connection:
        keys = connection.connection.cursor()
        if database.is_sqlite:
            keys.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            guards = _guards_off(connection)
            connection.exec_driver_sql(statement)
            for guard in guards:
                connection.exec_driver_sql(guard)
        if database.is_sqlite:
            keys.execute("PRAGMA foreign_keys=ON")
        keys.close()


def _guards_off(connection: Connection) -> list[str]:
    """Switches them off; what switches them on again."""
    if connection.dialect.name != "sqlite":
        for table in APPEND_ONLY:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in APPEND_ONLY]
    guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return [create for _, create in guards]


def test_a_whole_ledger_has_no_findings(world: World) -> None:
    a_ledger_with_a_purchase(world)
    assert check.run(world.portal.database) == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE entries SET amount_micro = amount_micro + 1 WHERE leg = 1", "double_entry"),
        ("UPDATE entries SET amount_micro = -amount_micro", "entries_of_transfer"),
        ("UPDATE transfers SET amount_micro = amount_micro - 1", "entries_of_transfer"),
        ("UPDATE transfers SET account_id = 'acc_nobody'", "account_of_transfer"),
        ("UPDATE transfers SET reason = 'another'", "chain"),
        ("UPDATE transfers SET actor = 'usr_other'", "chain"),
        ("UPDATE accounts SET balance_micro = balance_micro + 5 WHERE kind = 'person'", "balance_is_entries"),
        ("UPDATE lots SET remaining_micro = remaining_micro - 1", "lot_is_entries"),
        ("UPDATE accounts SET version = version + 1 WHERE kind = 'person'", "versions"),
        ("UPDATE accounts SET chain = 'x' WHERE kind = 'person'", "chain_end"),
        ("UPDATE orders SET credits_micro = credits_micro * 2", "order_credited"),
        ("UPDATE orders SET payment_ref = 'pi_other'", "order_credited"),
    ],
)
def test_what_was_altered_by_hand_is_found(world: World, statement: str, rule: str) -> None:
    a_ledger_with_a_purchase(world)
    by_hand(world, statement)
    findings = check.run(world.portal.database)
    assert rule in {finding.rule for finding in findings}
    assert all(finding.sentence.endswith(".") for finding in findings)


def test_a_missing_guard_is_found(world: World) -> None:
    table = "" if world.portal.database.is_sqlite else " ON entries"
    with world.portal.database.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.exec_driver_sql(f"DROP TRIGGER entries_no_update{table}")
    assert [finding.rule for finding in check.run(world.portal.database)] == ["schema"]
