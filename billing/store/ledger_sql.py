"""The ledger's statements, each over a whole batch. Only `billing/store/ledger.py` may import it."""

from __future__ import annotations

from billing.store.rowsets import Query, Shape, Statement
from billing.store.tables import EXPIRING

_IDS = Shape(id="text")

# Sorted, so that two processes never wait for each other in a circle.
LOCK_ACCOUNTS = Query(
    _IDS,
    "id, balance_micro, held_micro, debt_micro, floor_micro, version, chain",
    "FROM accounts WHERE id IN (SELECT id FROM {rows}) AND kind <> 'system'",
    lock="ORDER BY id FOR NO KEY UPDATE",
)

FIND_CAUSES = Query(
    Shape(cause_type="text", cause_id="text"),
    "t.cause_type, t.cause_id, t.id, t.account_id, t.amount_micro, t.balance_after_micro, t.recorded_at, t.input_hash",
    "FROM {rows} JOIN transfers t ON t.cause_type = r.cause_type AND t.cause_id = r.cause_id",
    # One walk through the index: an account's causes are neighbours. 0.4 microseconds for each, not 1.6.
    within="FROM transfers t WHERE t.cause_type = ANY({cause_type}) AND t.cause_id = ANY({cause_id})",
)

_LOT = "l.id, l.account_id, l.source, l.priority, l.expires_at, l.granted_micro, l.remaining_micro, l.frozen"

LOTS_READ = 64
"""How many lots of an account are read at first; all of them only when these do not cover what is asked."""

_SPENDABLE = "s.account_id = r.id AND NOT s.spent AND s.source <> 'overdraft'"

FIRST_LOTS = Query(
    _IDS,
    _LOT,
    "FROM {rows} JOIN lots l ON l.id IN ("
    f" SELECT s.id FROM lots s WHERE {_SPENDABLE}"
    f" ORDER BY s.account_id, s.expires_at, s.priority, s.id LIMIT {LOTS_READ})",
)

ALL_LOTS = Query(_IDS, _LOT.replace("l.", "s."), f"FROM {{rows}} JOIN lots s ON {_SPENDABLE}")

OVERDRAFT_LOTS = Query(_IDS, _LOT, "FROM {rows} JOIN lots l ON l.account_id = r.id AND l.source = 'overdraft'")

NAMED_LOTS = Query(Shape(id="int8"), _LOT, "FROM {rows} JOIN lots l ON l.id = r.id AND NOT l.spent")

EXPIRED_LOTS = (
    f"SELECT id, account_id FROM lots WHERE {EXPIRING} AND expires_at <= :now AND NOT frozen"
    " ORDER BY expires_at, id LIMIT :most"
)
"""In the words of the index `lots_expiring`, or neither engine sees that it fits."""

_TRANSFER = Shape(
    id="int8", version="int8", balance_after_micro="int8", recorded_at="int8", chain="text",
    account_id="text", kind="text", cause_type="text", cause_id="text", amount_micro="int8", actor="text",
    happened_at="int8", reason="text", details="text", order_id="text", corrects="int8", input_hash="text",
)  # fmt: skip
POSTING_FIELDS = 12
"""How many fields of a posting are kept, its first ones; the last columns of a transfer have their names and order."""
INSERT_TRANSFERS = Statement(
    _TRANSFER, f"INSERT INTO transfers ({', '.join(_TRANSFER.names)}) SELECT {', '.join(_TRANSFER.names)} FROM {{rows}}"
)

_NEW_LOT = Shape(
    id="int8", account_id="text", source="text", priority="int2", expires_at="int8",
    granted_micro="int8", remaining_micro="int8", order_id="text", created_at="int8",
)  # fmt: skip
INSERT_LOTS = Statement(
    _NEW_LOT, f"INSERT INTO lots ({', '.join(_NEW_LOT.names)}) SELECT {', '.join(_NEW_LOT.names)} FROM {{rows}}"
)

UPDATE_LOTS = Statement(
    Shape(id="int8", remaining_micro="int8"),
    "UPDATE lots SET remaining_micro = r.remaining_micro FROM {rows} WHERE lots.id = r.id",
)

_LEG = Shape(transfer_id="int8", leg="int2", account_id="text", lot_id="int8", amount_micro="int8")
INSERT_LEGS = Statement(
    _LEG, f"INSERT INTO entries ({', '.join(_LEG.names)}) SELECT {', '.join(_LEG.names)} FROM {{rows}}"
)

# Most transfers move one lot: the database makes both sides from one row, in the order of the table's key.
INSERT_BOTH_LEGS = Statement(
    Shape(transfer_id="int8", account_id="text", lot_id="int8", system_id="text", amount_micro="int8"),
    f"INSERT INTO entries ({', '.join(_LEG.names)}) SELECT transfer_id, leg,"
    " CASE leg WHEN 0 THEN system_id ELSE account_id END,"
    " CASE leg WHEN 1 THEN lot_id END,"
    " CASE leg WHEN 0 THEN -amount_micro ELSE amount_micro END"
    " FROM {rows} CROSS JOIN (SELECT 0 AS leg UNION ALL SELECT 1) AS legs",
)

UPDATE_ACCOUNTS = Statement(
    Shape(id="text", balance_micro="int8", debt_micro="int8", version="int8", chain="text"),
    "UPDATE accounts SET balance_micro = r.balance_micro, debt_micro = r.debt_micro, version = r.version,"
    " chain = r.chain FROM {rows} WHERE accounts.id = r.id",
)
