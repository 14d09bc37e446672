"""Credits given for something a buyer did, each once for ever. Anyone may import it; pure decisions."""

from __future__ import annotations

from typing import NamedTuple

from billing.rules.facts import CardFact
from billing.rules.kinds import Kind
from billing.rules.lots import LotSource, LotTerms
from billing.rules.orders import Order
from billing.rules.postings import Posting

CARD = "verified_card"
"""The kind of claim that keeps one card from earning the verification twice, under whatever account."""


class Rewards(NamedTuple):
    """What is given away, in micro-credits; 0 is nothing. It travels with every fact, so it holds plain numbers."""

    first_purchase_micro: int = 0
    verification_micro: int = 0


def first_purchase(order: Order, rewards: Rewards, happened_at: int) -> Posting:
    """As many credits again as the account's first purchase has, up to the limit. The account is the cause."""
    return Posting(
        account_id=order.account_id,
        kind=Kind.BONUS,
        cause_type="first_purchase",
        cause_id=order.account_id,
        amount_micro=min(order.credits.micro, rewards.first_purchase_micro),
        actor="system",
        happened_at=happened_at,
        reason="Bonus on the first purchase",
        order_id=order.id,
        terms=LotTerms(LotSource.BONUS, order_id=order.id),
    )


def verification(account_id: str, fact: CardFact, rewards: Rewards) -> Posting:
    """The gift for a proven card. The account is the cause, so that a second card earns nothing more."""
    return Posting(
        account_id=account_id,
        kind=Kind.BONUS,
        cause_type="verification",
        cause_id=account_id,
        amount_micro=rewards.verification_micro,
        actor="system",
        happened_at=fact.happened_at,
        reason="Card verified",
        terms=LotTerms(LotSource.BONUS),
    )
