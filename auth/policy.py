"""One policy: may this principal do this, to this account? Every route and every event handler asks here.

What no row allows is denied. An account that is not the principal's own looks like one that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.rules.errors import Forbidden, NotFound, SignedOut


class Role(StrEnum):
    """What somebody is here. PROGRAM is an API key of the company's own service.

    A billing manager does all about credits and accounts that a manager does, and sees the inbox, but runs nothing:
    working events again stays with managers, and so will the making of keys once a page or door can do it (today the
    command line alone can, and it asks for no role but for access to the machine).
    """

    USER = "user"
    MANAGER = "manager"
    BILLING_MANAGER = "billing_manager"
    PROGRAM = "program"


class Action(StrEnum):
    """Everything anybody can do; a new one is denied to all until a row below allows it."""

    VIEW_ACCOUNT = "view_account"
    BUY = "buy"
    BUY_FOR_OTHERS = "buy_for_others"
    EXPORT = "export"
    DEBIT_USAGE = "debit_usage"
    REVERT_USAGE = "revert_usage"
    SEARCH_ACCOUNTS = "search_accounts"
    ADJUST_CREDITS = "adjust_credits"
    VIEW_INBOX = "view_inbox"
    REPLAY_EVENT = "replay_event"


class Reach(StrEnum):
    """Whose accounts an allowance covers."""

    OWN = "own"
    ANY = "any"


_BILLING = {
    Action.VIEW_ACCOUNT: Reach.ANY,
    Action.BUY: Reach.OWN,
    Action.BUY_FOR_OTHERS: Reach.ANY,
    Action.EXPORT: Reach.ANY,
    Action.SEARCH_ACCOUNTS: Reach.ANY,
    Action.ADJUST_CREDITS: Reach.ANY,
    Action.REVERT_USAGE: Reach.ANY,
    Action.VIEW_INBOX: Reach.ANY,
}

_ALLOWED: dict[Role, dict[Action, Reach]] = {
    Role.USER: {
        Action.VIEW_ACCOUNT: Reach.OWN,
        Action.BUY: Reach.OWN,
        Action.EXPORT: Reach.OWN,
    },
    Role.MANAGER: {**_BILLING, Action.REPLAY_EVENT: Reach.ANY},
    Role.BILLING_MANAGER: _BILLING,
    Role.PROGRAM: {
        Action.VIEW_ACCOUNT: Reach.ANY,
        Action.BUY: Reach.ANY,
        Action.BUY_FOR_OTHERS: Reach.ANY,
        Action.DEBIT_USAGE: Reach.ANY,
        Action.REVERT_USAGE: Reach.ANY,
    },
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `account_id` is their own account; a program's key without one speaks for every account.

    `id` is a person's (usr_...) or a key's (key_...); it becomes the actor of what they do. `session` is the hash of
    the browser session, None for keys.
    """

    id: str
    name: str
    role: Role
    account_id: str | None
    session: str | None = None
    email: str | None = None


def authorize(principal: Principal | None, action: Action, account_id: str | None = None) -> Principal:
    """The principal, if the policy allows it. Raises SignedOut, Forbidden, or NotFound for somebody else's account."""
    if principal is None:
        raise SignedOut("Please sign in.")
    reach = _ALLOWED[principal.role].get(action)
    if reach is None:
        raise Forbidden(f"This needs another role than {principal.role.value.replace('_', ' ')}.")
    bound = reach is Reach.OWN or (principal.role is Role.PROGRAM and principal.account_id is not None)
    if bound and account_id is not None and account_id != principal.account_id:
        raise NotFound("There is no such account.")
    return principal


def may(principal: Principal | None, action: Action, account_id: str | None = None) -> bool:
    """The same as a question, for menus: what a person may not do is not shown to them."""
    try:
        authorize(principal, action, account_id)
    except (SignedOut, Forbidden, NotFound):
        return False
    return True
