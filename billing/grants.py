"""Grants and removals: credits moved by a manager's hand, with a reason, audited, once. Doors call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing import mail
from billing.mail import Fact, Owed
from billing.portal import Portal
from billing.rules.errors import BadInput, Forbidden, InsufficientCredits, KeyReused, NotFound
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY, NEVER
from billing.rules.money import Credits
from billing.rules.postings import NotPosted, Outcome, Posted, Posting, Refusal, chain_hash
from billing.rules.sentences import sentence
from billing.rules.texts import REASON_MAX, REASON_MIN, clean
from billing.rules.texts import key as clean_key
from billing.rules.texts import reason as clean_reason
from billing.store import audit, ledger, organisations, statements
from billing.store.writer import Tx

CAUSE = "grant"
"""The cause of every movement by a person's hand; the database sums them by it."""

REFERENCE_MAX = 120
OTHER = "Only a grant or a removal of this account can be reversed."
TOO_MUCH = "More would be reversed than was moved, or it was reversed before."


@dataclass(frozen=True, slots=True)
class Grant:
    """What a manager asks for. `amount` is positive; `removal` says the direction. `key` is made once per form.

    A person's reason must say something to the next reader; a program that speaks by another system's document, where
    a word is enough, may be `brief`. It stands in the audit log. The owner reads `told` instead, when that is given,
    and nothing when it is empty. `reference` is what the actor calls the cause, such as a ticket; `origin` the address
    they ask from. `corrects` is the transfer that this one takes back, in whole or in part.
    """

    account_id: str
    amount: Credits
    reason: str
    by: str
    key: str
    removal: bool = False
    own_account_id: str | None = None
    expires_at: int = NEVER
    brief: bool = False
    told: str | None = None
    reference: str = ""
    origin: str = ""
    corrects: int | None = None


def give(portal: Portal, grant: Grant) -> Posted:
    """Grants or removes credits; the same key again gives the same answer and moves nothing.

    Raises BadInput, Forbidden (one's own account), NotFound, KeyReused, InsufficientCredits (removing too much).
    """
    amount, now = _within_limits(portal, grant), portal.clock()
    reason = clean_reason(grant.reason, least=1 if grant.brief else REASON_MIN)
    told = reason if grant.told is None else clean(grant.told, "told", most=REASON_MAX)
    reference = clean(grant.reference, "reference", most=REFERENCE_MAX)
    if not grant.removal and grant.expires_at <= now:
        raise BadInput("Credits must expire in the future, or never.", field="expires")
    posting = Posting(
        account_id=grant.account_id,
        kind=Kind.REMOVAL if grant.removal else Kind.GRANT,
        cause_type=CAUSE,
        cause_id=clean_key(grant.key),
        amount_micro=-amount.micro if grant.removal else amount.micro,
        actor=grant.by,
        happened_at=now,
        reason=told,
        corrects=grant.corrects,
        input_hash=_content(grant),
        terms=None if grant.removal else LotTerms(LotSource.GRANT, expires_at=grant.expires_at),
    )
    noted = replace(grant, reason=reason, reference=reference)
    return posted_or_raise(portal.till.write(lambda tx: _give(tx, portal, noted, posting, now)))


def left_today(portal: Portal, actor: str) -> Credits:
    """How much of what one person may give away within a day this one has left."""
    with portal.database.read() as connection:
        given = statements.granted_since(connection, actor, portal.clock() - DAY)
    left = portal.settings.grants.max_credits_per_day - given
    return left if left.micro > 0 else Credits(0)


def _give(tx: Tx, portal: Portal, grant: Grant, posting: Posting, now: int) -> Outcome:
    """Posts and audits in one transaction, a repetition only once. Raises Forbidden beyond the day's limit."""
    tx.database.serialize(tx.connection, f"grants:{posting.actor}")
    if organisations.standing_of(tx.connection, posting.account_id, posting.actor) is not None:
        raise Forbidden("Managers cannot change the credits of an organisation they are in; ask another manager.")
    why = "" if ledger.knows(tx, posting) else not_reversible(tx, [posting])[0]
    if why:
        raise BadInput(why, field="amount")
    outcome = ledger.post(tx, [posting], now)[0]
    if isinstance(outcome, Posted) and outcome.fresh:
        before = outcome.balance_after_micro - outcome.amount_micro
        audit.add(
            tx, actor=posting.actor, action=f"credits.{posting.kind}", now=now, account_id=posting.account_id,
            reason=grant.reason, before=str(Credits(before)), after=str(Credits(outcome.balance_after_micro)),
            origin=grant.origin, reference=grant.reference, transfer_id=outcome.transfer_id,
        )  # fmt: skip
        if posting.amount_micro > 0:
            if grant.told != "":
                owe_mail(tx, portal, posting)
            assert_within_day(tx, portal, posting.actor, now)
    return outcome


def owe_mail(tx: Tx, portal: Portal, posting: Posting) -> None:
    """Owes the owner of the account the mail that tells of it, with what they read in their statement."""
    facts: dict[str, Fact] = {"amount": Credits(posting.amount_micro), "reason": posting.reason}
    owed = Owed("grant", f"grant:{posting.cause_id}", posting.account_id, facts)
    mail.owe_to_account(tx, portal, posting.account_id, owed)


def assert_within_day(tx: Tx, portal: Portal, actor: str, now: int) -> None:
    """Raised after a posting, which is undone with it: the sum already holds it. Raises Forbidden."""
    most = portal.settings.grants.max_credits_per_day
    if statements.granted_since(tx.connection, actor, now - DAY) > most:
        raise Forbidden(sentence("At most {most} credits can be granted by one person within a day.", most=most))


def not_reversible(tx: Tx, postings: Sequence[Posting]) -> list[str]:
    """Why each posting cannot take back what it names, nothing for those that can or that take nothing back.

    What is taken back was moved by hand on the same account, in the other direction, and not more of it than it was.
    From here until the commit nobody else takes anything back.
    """
    named = {posting.corrects for posting in postings if posting.corrects is not None}
    if not named:
        return ["" for _ in postings]
    tx.database.serialize(tx.connection, "reversals")
    moved = statements.moved_by_hand(tx.connection, named, CAUSE)
    return [_why_not_reversible(posting, moved) for posting in postings]


def _why_not_reversible(posting: Posting, moved: dict[int, tuple[str, int, int]]) -> str:
    """`moved` holds by transfer its account, its amount and what was taken back of it; it is counted on here."""
    if posting.corrects is None:
        return ""
    account_id, amount, taken = moved.get(posting.corrects, ("", 0, 0))
    if account_id != posting.account_id or amount * posting.amount_micro >= 0:
        return OTHER
    if (amount + taken + posting.amount_micro) * amount < 0:
        return TOO_MUCH
    moved[posting.corrects] = (account_id, amount, taken + posting.amount_micro)
    return ""


def _content(grant: Grant) -> str:
    """What tells a repetition from another grant under the same key. Fields that came later count once they are used,
    so that keys from before they existed are still known.
    """
    basis = chain_hash(
        grant.account_id, grant.amount.micro, grant.removal, grant.reason.strip(), grant.by, grant.expires_at
    )
    if (grant.told, grant.reference, grant.corrects) == (None, "", None):
        return basis
    return chain_hash(basis, repr(grant.told), grant.reference, repr(grant.corrects))


def _within_limits(portal: Portal, grant: Grant) -> Credits:
    if grant.own_account_id is not None and grant.own_account_id == grant.account_id:
        raise Forbidden("Managers cannot change their own credits; ask another manager.")
    if grant.amount.micro <= 0:
        raise BadInput("The amount must be more than zero.", field="amount")
    most = portal.settings.grants.max_credits_per_grant
    if grant.amount > most:
        raise BadInput(sentence("At most {most} credits can be moved at once.", most=most), field="amount")
    return grant.amount


def posted_or_raise(outcome: Outcome) -> Posted:
    """The posting, or the refusal as the error its reader can act on."""
    if isinstance(outcome, Posted):
        return outcome
    raise _error(outcome)


def _error(refused: NotPosted) -> Exception:
    if refused.refusal is Refusal.UNKNOWN_ACCOUNT:
        return NotFound("There is no such account.")
    if refused.refusal is Refusal.KEY_REUSED:
        return KeyReused("This idempotency key was already used for something else.")
    if refused.refusal is Refusal.TOO_MUCH:
        return BadInput("The balance would be larger than can be kept.", field="amount")
    available, needed = Credits(refused.available_micro), Credits(refused.needed_micro)
    return InsufficientCredits(
        sentence(
            "Only {available} credits are available; {missing} are missing.",
            available=available, missing=needed - available,
        ),
        available_micro=available.micro, needed_micro=needed.micro, missing_micro=(needed - available).micro,
    )  # fmt: skip
