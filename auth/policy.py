"""One policy: may this principal do this, to this account? Every route and every event handler asks here.

What no row allows is denied. An account that is not the principal's own looks like one that does not exist. Who acts
for an organisation as a plain member looks at it; its money and its members are its owners' and admins'.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.rules.errors import Forbidden, NotFound, SignedOut
from billing.rules.organisations import Actor, Standing
from billing.rules.sentences import sentence, word


class Role(StrEnum):
    """What somebody is here. PROGRAM is an API key of the company's own service, READER one that people made for a
    program of theirs.

    A billing manager does all about credits and accounts that a manager does, and sees the inbox, but runs nothing:
    working events again stays with managers. Keys of the company are made by the command line alone, which asks for no
    role but for access to the machine.
    """

    USER = "user"
    MANAGER = "manager"
    BILLING_MANAGER = "billing_manager"
    PROGRAM = "program"
    READER = "reader"


class Action(StrEnum):
    """Everything anybody can do; a new one is denied to all until a row below allows it."""

    VIEW_ACCOUNT = "view_account"
    BUY = "buy"
    BUY_FOR_OTHERS = "buy_for_others"
    EXPORT = "export"
    DEBIT_USAGE = "debit_usage"
    REVERT_USAGE = "revert_usage"
    TAKE_PLACES = "take_places"
    SEARCH_ACCOUNTS = "search_accounts"
    ADJUST_CREDITS = "adjust_credits"
    SET_CREDIT_LIMIT = "set_credit_limit"
    REGISTER_CUSTOMER = "register_customer"
    VIEW_INBOX = "view_inbox"
    REPLAY_EVENT = "replay_event"
    FOUND_ORGANISATION = "found_organisation"
    FOUND_FOR_OTHERS = "found_for_others"
    VIEW_MEMBERS = "view_members"
    MANAGE_MEMBERS = "manage_members"
    SET_ALERTS = "set_alerts"
    MANAGE_KEYS = "manage_keys"
    VIEW_AUDIT = "view_audit"
    VIEW_AS_CUSTOMER = "view_as_customer"
    VIEW_INSIGHTS = "view_insights"
    VIEW_ALL_USAGE = "view_all_usage"


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
    Action.SET_CREDIT_LIMIT: Reach.ANY,
    Action.REGISTER_CUSTOMER: Reach.ANY,
    Action.REVERT_USAGE: Reach.ANY,
    Action.VIEW_INBOX: Reach.ANY,
    Action.FOUND_ORGANISATION: Reach.OWN,
    Action.FOUND_FOR_OTHERS: Reach.ANY,
    Action.VIEW_MEMBERS: Reach.ANY,
    Action.MANAGE_MEMBERS: Reach.ANY,
    Action.SET_ALERTS: Reach.OWN,
    Action.MANAGE_KEYS: Reach.OWN,
    Action.VIEW_AUDIT: Reach.ANY,
    Action.VIEW_AS_CUSTOMER: Reach.ANY,
    Action.VIEW_INSIGHTS: Reach.ANY,
    Action.VIEW_ALL_USAGE: Reach.ANY,
}

_ALLOWED: dict[Role, dict[Action, Reach]] = {
    Role.USER: {
        Action.VIEW_ACCOUNT: Reach.OWN,
        Action.BUY: Reach.OWN,
        Action.EXPORT: Reach.OWN,
        Action.FOUND_ORGANISATION: Reach.OWN,
        Action.VIEW_MEMBERS: Reach.OWN,
        Action.MANAGE_MEMBERS: Reach.OWN,
        Action.SET_ALERTS: Reach.OWN,
        Action.MANAGE_KEYS: Reach.OWN,
        Action.VIEW_ALL_USAGE: Reach.OWN,
    },
    Role.MANAGER: {**_BILLING, Action.REPLAY_EVENT: Reach.ANY},
    Role.BILLING_MANAGER: _BILLING,
    Role.PROGRAM: {
        Action.VIEW_ACCOUNT: Reach.ANY,
        Action.BUY: Reach.ANY,
        Action.BUY_FOR_OTHERS: Reach.ANY,
        Action.DEBIT_USAGE: Reach.ANY,
        Action.REVERT_USAGE: Reach.ANY,
        Action.FOUND_FOR_OTHERS: Reach.ANY,
        Action.VIEW_MEMBERS: Reach.ANY,
        Action.MANAGE_MEMBERS: Reach.ANY,
        Action.VIEW_ALL_USAGE: Reach.ANY,
        # Not for people: who gives back the place of what still runs would have it for nothing.
        Action.TAKE_PLACES: Reach.ANY,
    },
    # People make these for programs of their own. One that debited could take the name of a debit the company's service
    # is about to make, one that gave back usage would have it for nothing: so it looks, and that is all.
    Role.READER: {Action.VIEW_ACCOUNT: Reach.OWN, Action.EXPORT: Reach.OWN, Action.VIEW_ALL_USAGE: Reach.OWN},
}

_CALLED = {
    Role.USER: word("user"), Role.MANAGER: word("manager"), Role.BILLING_MANAGER: word("billing manager"),
    Role.PROGRAM: word("program"), Role.READER: word("reader"),
}  # fmt: skip

_ABOVE = (Role.BILLING_MANAGER, Role.MANAGER)

_FOR_MEMBERS = frozenset({Action.VIEW_ACCOUNT, Action.EXPORT, Action.VIEW_MEMBERS, Action.FOUND_ORGANISATION})
"""Of what reaches the account acted for, all that a plain member may do; a new action is not among it by itself."""

_FOR_VIEWERS = frozenset({Action.VIEW_ACCOUNT, Action.EXPORT, Action.VIEW_MEMBERS, Action.VIEW_ALL_USAGE})
"""All that somebody may do who looks at an account as its customer does: look."""

_PAYS = frozenset({Action.BUY, Action.BUY_FOR_OTHERS})
"""What is paid with the card of the account acted for, whomever it is bought for."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `account_id` is the account they act for; a program's key without one speaks for every account.

    A person acts for their own (`person_account_id`) or for an organisation's, where `standing` is what they are.
    While `is_viewing` a manager sees what the owner of the account sees, with the owner's role, and changes nothing.
    `origin` is the address a person's request came from.

    `language` and `zone` are what they chose to be spoken to in, None where the browser decides. `until` is when the
    session ends whatever they do.

    `id` is a person's (usr_...) or a key's (key_...); it becomes the actor of what they do. `session` is the hash of
    the browser session, None for keys.
    """

    id: str
    name: str
    role: Role
    account_id: str | None
    session: str | None = None
    email: str | None = None
    person_account_id: str | None = None
    standing: Standing = Standing.OWNER
    language: str | None = None
    zone: str | None = None
    is_viewing: bool = False
    origin: str = ""
    until: int = 0

    @property
    def acts_for_others(self) -> bool:
        """Whether a person acts for an organisation now."""
        return self.person_account_id is not None and self.person_account_id != self.account_id

    @property
    def actor(self) -> Actor:
        """The same as the verbs of organisations know it: whoever has a role above users needs no membership."""
        return Actor(self.id, is_above=self.role not in (Role.USER, Role.READER))


def authorize(principal: Principal | None, action: Action, account_id: str | None = None) -> Principal:
    """The principal, if the policy allows it. Raises SignedOut, Forbidden, or NotFound for somebody else's account."""
    if principal is None:
        raise SignedOut("Please sign in.")
    if principal.is_viewing and action not in _FOR_VIEWERS:
        raise Forbidden("You look at this account as its customer does; nothing can be changed. Stop looking first.")
    reach = _ALLOWED[principal.role].get(action)
    if reach is None:
        raise Forbidden(_wanting(principal.role, action))
    bound = reach is Reach.OWN or (principal.role is Role.PROGRAM and principal.account_id is not None)
    if bound and account_id is not None and account_id != principal.account_id:
        raise NotFound("There is no such account.")
    if principal.standing is Standing.MEMBER and _is_kept_from_members(action, reach):
        raise Forbidden("Only owners and admins of this organisation may do that. Ask one of them.")
    return principal


def _wanting(role: Role, action: Action) -> str:
    """Names the smallest role that would do: sooner one of people's to a person, a program's to a key."""
    by_key = role in (Role.PROGRAM, Role.READER)
    rising = (Role.PROGRAM, *_ABOVE) if by_key else (*_ABOVE, Role.PROGRAM)
    needed = next(each for each in rising if action in _ALLOWED[each])
    return sentence(
        "This needs at least the role {needed}; yours is {role}. Ask a manager of this portal.",
        needed=_CALLED[needed],
        role=_CALLED[role],
    )


def may(principal: Principal | None, action: Action, account_id: str | None = None) -> bool:
    """The same as a question, for menus: what a person may not do is not shown to them."""
    try:
        authorize(principal, action, account_id)
    except (SignedOut, Forbidden, NotFound):
        return False
    return True


def whose_uses(principal: Principal, account_id: str | None) -> tuple[str, ...] | None:
    """Whose uses of the account they are shown: None for everybody's, else by which names their own are known."""
    if may(principal, Action.VIEW_ALL_USAGE, account_id):
        return None
    return (principal.id, principal.email) if principal.email else (principal.id,)


def _is_kept_from_members(action: Action, reach: Reach) -> bool:
    return action in _PAYS or (reach is Reach.OWN and action not in _FOR_MEMBERS)
