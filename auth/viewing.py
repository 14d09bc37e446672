"""Looking at an account as its customer does: begun and ended by a manager, kept in their session. Doors call it.

Whoever looks has the customer's rights to see and none to change; `auth/policy.py` says which those are. The session
alone carries it: signing out ends it, and so does losing the manager's role.
"""

from __future__ import annotations

from sqlalchemy import select, update

from auth.policy import Action, Principal, authorize
from billing import accounts
from billing.portal import Portal
from billing.rules.errors import SignedOut
from billing.store import audit
from billing.store.tables_trade import sessions
from billing.store.writer import Tx


def view_as(portal: Portal, who: Principal, account_id: str | None) -> None:
    """From now on this session sees what the owner of `account_id` sees, and changes nothing; None ends that.

    Audited, both. Raises Forbidden, NotFound, SignedOut.
    """
    if who.session is None:
        raise SignedOut("Please sign in.")
    if account_id is not None:
        authorize(who, Action.VIEW_AS_CUSTOMER, account_id)
        accounts.view(portal, account_id)
    own_session = (sessions.c.id_hash == who.session, sessions.c.revoked_at.is_(None))

    def work(tx: Tx) -> None:
        before = tx.connection.scalar(select(sessions.c.viewing_account_id).where(*own_session))
        tx.connection.execute(update(sessions).where(*own_session).values(viewing_account_id=account_id))
        for seen, action in ((before, "view_as.ended"), (account_id, "view_as.began")):
            if seen is not None:
                audit.add(tx, actor=who.id, action=action, now=portal.clock(), account_id=seen, origin=who.origin)
        tx.changed.update(each for each in (before, account_id, who.account_id) if each is not None)

    portal.till.write(work)
