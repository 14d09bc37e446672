"""What a use took and what was given back of it. Verbs may import it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from billing.rules.kinds import Kind
from billing.rules.moments import NEVER
from billing.store.tables import entries, lots, transfers
from billing.store.writer import Tx


@dataclass(frozen=True, slots=True)
class Use:
    """A debit of usage; `expires_at` is that of the longest-lived lot it was taken from."""

    transfer_id: int
    taken_micro: int
    reason: str
    expires_at: int


def use(tx: Tx, account_id: str, usage_key: str) -> Use | None:
    """The use with this idempotency key."""
    cause = (transfers.c.cause_type == "usage", transfers.c.cause_id == f"{account_id}:{usage_key}")
    found = tx.connection.execute(
        select(transfers.c.id, transfers.c.amount_micro, transfers.c.reason).where(
            *cause, transfers.c.account_id == account_id
        )
    ).first()
    if found is None:
        return None
    longest = (
        select(func.max(lots.c.expires_at))
        .join(entries, entries.c.lot_id == lots.c.id)
        .where(entries.c.transfer_id == found.id)
    )
    expires_at = tx.connection.scalar(longest)
    return Use(found.id, -found.amount_micro, found.reason, NEVER if expires_at is None else expires_at)


def given_back_micro(tx: Tx, taken: Use) -> int:
    """What was given back of the use so far. After a posting it is final: the account is locked until the commit."""
    parts = select(func.coalesce(func.sum(transfers.c.amount_micro), 0)).where(
        transfers.c.corrects == taken.transfer_id, transfers.c.kind == Kind.USAGE_REVERT
    )
    return int(tx.connection.scalar(parts) or 0)
