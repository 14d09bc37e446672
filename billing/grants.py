"""Grants and removals: credits moved by a manager's hand, with a reason, audited, once. Doors call it."""

from __future__ import annotations

from dataclasses import dataclass

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
from billing.rules.texts import REASON_MIN
from billing.rules.texts import key as clean_key
from billing.rules.texts import reason as clean_reason
from billing.store import audit, ledger, organisations, statements
from billing.store.writer import Tx


@dataclass(frozen=True, slots=True)
class Grant:
    """What a manager asks for. `amount` is positive; `removal` says the direction. `key` is made once per form.

    A person's reason must say something to the next reader; a program that speaks by another system's document, where
    a word is enough, may be `brief`.
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


def give(portal: Portal, grant: Grant) -> Posted:
    """Grants or removes credits; the same key again gives the same answer and moves nothing.

    Raises BadInput, Forbidden (one's own account), NotFound, KeyReused, InsufficientCredits (removing too much).
    """
    amount = _within_limits(portal, grant)
    now = portal.clock()
    posting = Posting(
        account_id=grant.account_id,
        kind=Kind.REMOVAL if grant.removal else Kind.GRANT,
        cause_type="grant",
        cause_id=clean_key(grant.key),
        amount_micro=-amount.micro if grant.removal else amount.micro,
        actor=grant.by,
        happened_at=now,
        reason=clean_reason(grant.reason, least=1 if grant.brief else REASON_MIN),
        input_hash=chain_hash(
            grant.account_id, amount.micro, grant.removal, grant.reason.strip(), grant.by, grant.expires_at
        ),
        terms=None if grant.removal else LotTerms(LotSource.GRANT, expires_at=grant.expires_at),
    )
    return posted_or_raise(portal.till.write(lambda tx: _give(tx, portal, posting, now)))


def _give(tx: Tx, portal: Portal, posting: Posting, now: int) -> Outcome:
    """Posts and audits in one transaction, a repetition only once. Raises Forbidden beyond the day's limit."""
    tx.database.serialize(tx.connection, f"grants:{posting.actor}")
    if organisations.standing_of(tx.connection, posting.account_id, posting.actor) is not None:
        raise Forbidden("Managers cannot change the credits of an organisation they are in; ask another manager.")
    outcome = ledger.post(tx, [posting], now)[0]
    if isinstance(outcome, Posted) and outcome.fresh:
        before = outcome.balance_after_micro - outcome.amount_micro
        audit.add(
            tx, actor=posting.actor, action=f"credits.{posting.kind}", now=now, account_id=posting.account_id,
            reason=posting.reason, before=str(Credits(before)), after=str(Credits(outcome.balance_after_micro)),
        )  # fmt: skip
        if posting.amount_micro > 0:
            facts: dict[str, Fact] = {"amount": Credits(posting.amount_micro), "reason": posting.reason}
            owed = Owed("grant", f"grant:{posting.cause_id}", posting.account_id, facts)
            mail.owe_to_account(tx, portal, posting.account_id, owed)
        most = portal.settings.grants.max_credits_per_day
        if posting.amount_micro > 0 and statements.granted_since(tx.connection, posting.actor, now - DAY) > most:
            # Raised after the posting, which is undone with it: the sum already holds this grant.
            raise Forbidden(sentence("At most {most} credits can be granted by one person within a day.", most=most))
    return outcome


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
