"""Credit limits: what an account may owe, or must keep, set by a manager's hand. Doors call it.

One number holds it: the floor, which a balance may not fall below. A limit of 500 is a floor of -500 and makes the
account postpaid; a required minimum of 100 is a floor of 100. Everybody starts at zero: prepaid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from billing.portal import Portal
from billing.rules.errors import BadInput, Forbidden, NotFound
from billing.rules.money import Credits
from billing.rules.overdraft import Mode, OverdraftInvoice, checked_due_days
from billing.rules.sentences import sentence, word
from billing.rules.texts import reason as clean_reason
from billing.store import audit
from billing.store import overdraft as rows
from billing.store.overdraft import CreditTerms
from billing.store.writer import Tx

NONE = Credits(0)
LIMIT_MOST = Credits.whole(1_000_000_000)


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What a manager asks for: how much may be owed, or else must be kept, and when invoices are due (None: as
    the settings say).
    """

    account_id: str
    reason: str
    by: str
    limit: Credits = NONE
    minimum: Credits = NONE
    due_in_days: int | None = None
    own_account_id: str | None = None

    @property
    def floor(self) -> Credits:
        """Both as one number. Raises BadInput when they speak against each other."""
        for field, called, amount in (("limit", word("limit"), self.limit), ("minimum", word("minimum"), self.minimum)):
            if not 0 <= amount.micro <= LIMIT_MOST.micro:
                why = sentence("The {field} must be from 0 to {most} credits.", field=called, most=LIMIT_MOST)
                raise BadInput(why, field=field)
        if self.limit.micro and self.minimum.micro:
            raise BadInput("An account either may owe credits or must keep some: give one of the two.", field="minimum")
        return self.minimum - self.limit


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands towards what it may owe. `unasked` of `owed` is in no invoice yet.

    `own_due_in_days` is None where the settings' days hold, `next_invoice_at` where nothing is invoiced. Moments in
    microseconds UTC; days of invoices are meant in `zone`.
    """

    mode: Mode
    limit: Credits
    minimum: Credits
    owed: Credits
    unasked: Credits
    due_in_days: int
    own_due_in_days: int | None
    next_invoice_at: int | None
    zone: tzinfo
    invoices: tuple[OverdraftInvoice, ...]


def set_terms(portal: Portal, asked: NewTerms) -> Standing:
    """Sets limit or minimum, and the days. Doing it twice changes nothing and is audited once.

    A limit below what is owed refuses new debits and takes nothing back. Raises BadInput, Forbidden, NotFound.
    """
    if asked.own_account_id == asked.account_id:
        raise Forbidden("Managers cannot change the credit limit of their own account; ask another manager.")
    if asked.due_in_days is not None:
        checked_due_days(asked.due_in_days)
    reason, floor = clean_reason(asked.reason), asked.floor
    portal.till.write(lambda tx: _set(tx, asked, floor, reason, portal.clock()))
    return standing(portal, asked.account_id)


def _set(tx: Tx, asked: NewTerms, floor: Credits, reason: str, now: int) -> None:
    tx.database.serialize(tx.connection, f"credit_terms:{asked.account_id}")
    before = rows.terms(tx.connection, asked.account_id)
    if before is None:
        raise NotFound("There is no such account.")
    if (before.floor, before.due_in_days) == (floor, asked.due_in_days):
        return
    rows.set_terms(tx, asked.account_id, floor, asked.due_in_days, now)
    after = CreditTerms(floor, asked.due_in_days, before.postpaid_since)
    audit.add(
        tx, actor=asked.by, action="credit_limit.set", now=now, account_id=asked.account_id, reason=reason,
        before=_told(before), after=_told(after),
    )  # fmt: skip


def standing(portal: Portal, account_id: str) -> Standing:
    """The account's terms, what it owes and every invoice for it. Raises NotFound."""
    settings = portal.settings.overdraft
    with portal.database.read() as connection:
        terms = rows.terms(connection, account_id)
        if terms is None:
            raise NotFound("There is no such account.")
        owed, unasked = rows.owed(connection, account_id), rows.unasked(connection, account_id)
        invoices = tuple(rows.of_account(connection, account_id))
    is_invoiced = bool(settings.product) and terms.postpaid_since is not None
    return Standing(
        mode=Mode.POSTPAID if terms.floor.micro < 0 else Mode.PREPAID,
        limit=Credits(max(0, -terms.floor.micro)),
        minimum=Credits(max(0, terms.floor.micro)),
        owed=Credits(owed),
        unasked=unasked,
        due_in_days=terms.due_in_days or settings.due_in_days,
        own_due_in_days=terms.due_in_days,
        next_invoice_at=settings.calendar.next_invoice(portal.clock()) if is_invoiced else None,
        zone=settings.calendar.zone,
        invoices=invoices,
    )


def _told(terms: CreditTerms) -> str:
    """As the audit log keeps it."""
    kept = f"keeps {terms.floor}" if terms.floor.micro > 0 else f"owes up to {-terms.floor}"
    return f"{kept}, due in {terms.due_in_days} days" if terms.due_in_days else kept
