"""The audit log: every act of a manager and of security, append-only. Verbs and auth may import it."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from billing.rules.texts import new_id
from billing.rules.views import AuditLine
from billing.store.tables_trade import audit
from billing.store.writer import Tx


def add(
    tx: Tx,
    *,
    actor: str,
    action: str,
    now: int,
    account_id: str | None = None,
    reason: str = "",
    before: str | None = None,
    after: str | None = None,
) -> str:
    """Writes one act in the transaction of its effect; returns its id."""
    line = AuditLine(new_id("aud"), actor, action, account_id, reason, before, after, now)
    tx.connection.execute(
        insert(audit).values(
            id=line.id,
            actor=actor,
            action=action,
            account_id=account_id,
            reason=reason,
            before=before,
            after=after,
            recorded_at=now,
        )
    )
    return line.id


def of_account(connection: Connection, account_id: str, most: int) -> list[AuditLine]:
    """What was done to an account, newest first."""
    query = select(audit).where(audit.c.account_id == account_id).order_by(audit.c.recorded_at.desc()).limit(most)
    return [AuditLine(*row) for row in connection.execute(query)]


def is_there(connection: Connection, account_id: str, action: str) -> bool:
    """Whether this was ever done to the account."""
    query = select(audit.c.id).where(audit.c.account_id == account_id, audit.c.action == action).limit(1)
    return connection.scalar(query) is not None
