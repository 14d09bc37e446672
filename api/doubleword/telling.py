"""How lines, people and roles read in Doubleword's answers. Only api/doubleword imports it."""

from __future__ import annotations

from collections.abc import Mapping

from api.doubleword import shapes
from auth.directory import Entry
from auth.policy import Principal, Role
from billing.rules.errors import BadInput
from billing.rules.kinds import Kind
from billing.rules.moments import iso
from billing.rules.money import Credits
from billing.rules.views import Line, Pick

ROLES = {
    Role.USER: "StandardUser",
    Role.MANAGER: "PlatformManager",
    Role.BILLING_MANAGER: "BillingManager",
    Role.PROGRAM: "BatchAPIUser",
    Role.READER: "BatchAPIUser",
}
_PAID = (Kind.PURCHASE, Kind.SETTLEMENT)
_BY_HAND = tuple(kind for kind in Kind if kind not in (*_PAID, Kind.USAGE))
PICKS: Mapping[str, Pick] = {
    "purchase": Pick(_PAID),
    "usage": Pick((Kind.USAGE,)),
    "admin_grant": Pick(_BY_HAND, "in"),
    "admin_removal": Pick(_BY_HAND, "out"),
}
"""Their four types cover all of our kinds: what is neither bought nor used was granted or removed."""


def picks(types: str) -> tuple[Pick, ...]:
    """The lines of a list of types, separated by commas. Raises BadInput for one that does not exist."""
    named = [each.strip() for each in types.split(",") if each.strip()]
    for each in named:
        if each not in PICKS:
            raise BadInput(f"The types are {', '.join(PICKS)}.", field="transaction_types")
    return tuple(PICKS[each] for each in dict.fromkeys(named))


def type_of(line: Line) -> str:
    """Which of the four it is."""
    direction = "in" if line.amount.micro > 0 else "out"
    return next(name for name, pick in PICKS.items() if line.kind in pick.kinds and pick.direction in ("", direction))


def transaction(line: Line, owner: str) -> shapes.Transaction:
    """A line of the ledger as they know it."""
    return shapes.Transaction(
        id=str(line.id),
        user_id=owner,
        transaction_type=type_of(line),  # type: ignore[arg-type]
        amount=str(Credits(abs(line.amount.micro))),
        balance_after=str(line.balance_after),
        source_id=line.cause_id,
        description=line.reason,
        created_at=iso(line.recorded_at),
    )


def user(entry: Entry, *, with_billing: bool) -> shapes.OneUser:
    """A person or an account."""
    return shapes.OneUser(
        id=entry.id,
        username=entry.email or entry.name,
        display_name=entry.name,
        email=entry.email,
        roles=[ROLES[entry.role]],
        is_admin=entry.role is Role.MANAGER,
        account_id=entry.account_id,
        created_at=iso(entry.created_at),
        has_payment_provider_id=entry.has_customer,
        verified=entry.is_verified,
        credit_balance=str(entry.balance) if with_billing else None,
    )


def holder(principal: Principal) -> shapes.OneUser:
    """Whoever holds a key that is nobody's in particular."""
    return shapes.OneUser(
        id=principal.id,
        username=principal.name,
        display_name=principal.name,
        email=None,
        roles=[ROLES[principal.role]],
        is_admin=principal.role is Role.MANAGER,
        account_id=None,
        created_at=None,
        has_payment_provider_id=False,
        verified=False,
    )
