"""Reverts: credits of a use given back, in parts if need be, never more than it took. Doors call it."""

from __future__ import annotations

from dataclasses import dataclass

from billing.grants import posted_or_raise
from billing.portal import Portal
from billing.rules.errors import BadInput, NotFound
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.moments import DAY
from billing.rules.money import Credits
from billing.rules.postings import Outcome, Posted, Posting, chain_hash
from billing.rules.texts import KEY_MAX, clean
from billing.rules.texts import key as clean_key
from billing.store import ledger
from billing.store import reverts as rows
from billing.store.reverts import Use
from billing.store.writer import Tx

LEAST_LIFE = 30 * DAY
"""Credits that come back may be spent for at least so long, whatever they were taken from."""


@dataclass(frozen=True, slots=True)
class Revert:
    """What is asked for: `usage_key` is the idempotency key of the use, `key` that of giving it back."""

    account_id: str
    usage_key: str
    amount: Credits
    key: str
    actor: str
    reason: str = ""


def revert(portal: Portal, asked: Revert) -> Posted:
    """Gives back part of a use; the same key again gives the same answer and moves nothing.

    Raises NotFound (no such use), BadInput (more than is left of it), KeyReused.
    """
    if asked.amount.micro <= 0:
        raise BadInput("The amount must be more than zero.", field="amount")
    key, usage_key = clean_key(asked.key), clean_key(asked.usage_key, "key of the usage")
    reason = clean(asked.reason, "reason", most=KEY_MAX)
    now = portal.clock()

    def work(tx: Tx) -> Outcome:
        use = rows.use(tx, asked.account_id, usage_key)
        if use is None:
            raise NotFound("There is no such use.")
        outcome = ledger.post(tx, [_posting(asked, use, key, reason, now)], now)[0]
        if isinstance(outcome, Posted) and outcome.fresh and rows.given_back_micro(tx, use) > use.taken_micro:
            # Raised after the posting, which is undone with it: the sum already holds this part.
            left = Credits(use.taken_micro) - Credits(rows.given_back_micro(tx, use)) + asked.amount
            raise BadInput(f"Only {left} of this use are left to give back.", field="amount")
        return outcome

    return posted_or_raise(portal.till.write(work))


def _posting(asked: Revert, use: Use, key: str, reason: str, now: int) -> Posting:
    return Posting(
        account_id=asked.account_id,
        kind=Kind.USAGE_REVERT,
        cause_type="usage_revert",
        cause_id=f"{asked.account_id}:{key}",
        amount_micro=asked.amount.micro,
        actor=asked.actor,
        happened_at=now,
        reason=reason or f"Usage given back: {use.reason}".removesuffix(": "),
        corrects=use.transfer_id,
        input_hash=chain_hash(use.transfer_id, asked.amount.micro, reason),
        # As long-lived as what was taken, so that a detour over a revert makes no credits last longer.
        terms=LotTerms(LotSource.USAGE_REFUND, expires_at=max(use.expires_at, now + LEAST_LIFE)),
    )
