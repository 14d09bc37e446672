"""Usage: programs debit credits, one by one or a thousand at once, each exactly once. Doors call it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from billing.portal import Portal
from billing.rules.errors import BadInput, TooLarge
from billing.rules.kinds import Kind
from billing.rules.money import Credits
from billing.rules.postings import NotPosted, Outcome, Posting, Refusal, chain_hash
from billing.rules.texts import KEY_MAX, clean
from billing.rules.texts import key as clean_key
from billing.store import ledger
from billing.store.writer import Tx

DIMENSIONS_MOST = 8

T = TypeVar("T", bound=tuple[Any, ...])


NONE: Mapping[str, str] = MappingProxyType({})


class Debit(NamedTuple):
    """One use to be paid: `key` is unique per account for ever. `dimensions` (model, project, ...) explain it later."""

    account_id: str
    amount: Credits
    key: str
    actor: str
    description: str = ""
    dimensions: Mapping[str, str] = NONE
    happened_at: int | None = None


async def debit(portal: Portal, asked: Debit) -> Outcome:
    """Debits once and durably, or says why not. The same debit again gives the same answer, for ever."""
    now = portal.clock()
    return await portal.till.ask(_post, (_posting(asked, now), now))


async def debit_many(portal: Portal, asked: Sequence[Debit]) -> list[Outcome]:
    """Debits each on its own merits, in one transaction: the answer at place n is that of debit n."""
    if not asked:
        raise BadInput("Send at least one debit.", field="debits")
    most = portal.settings.api.usage_batch_max
    if len(asked) > most:
        raise TooLarge(f"At most {most} debits can be sent at once.", limit=most)
    now = portal.clock()
    postings = _Light(_posting(each, now) for each in asked)
    return await portal.till.ask(_post_groups, (postings, now))


def _post(tx: Tx, asked: Sequence[tuple[Posting, int]]) -> list[Outcome]:
    return ledger.post(tx, [posting for posting, _ in asked], max(now for _, now in asked))


def _post_groups(tx: Tx, groups: Sequence[tuple[list[Posting], int]]) -> list[list[Outcome]]:
    """Several requests' debits as one batch, then each request's own answers."""
    together = [posting for postings, _ in groups for posting in postings]
    outcomes = iter(ledger.post(tx, together, max(now for _, now in groups)))
    return [_Light(islice(outcomes, len(postings))) for postings, _ in groups]


class _Light(list[T]):
    """A list of named tuples that travels to the teller and back as plain ones.

    Those of one sort, as nearly all are, travel by columns, and what all of them say travels once.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        made = {type(each) for each in self}
        if len(made) != 1:
            return _from_rows, ([(type(each), tuple(each)) for each in self],)
        return _from_columns, (made.pop(), len(self), [_once(column) for column in zip(*self, strict=True)])


def _from_rows(packed: list[tuple[type[T], tuple[Any, ...]]]) -> _Light[T]:
    return _Light([tuple.__new__(made, fields) for made, fields in packed])


def _from_columns(made: type[T], count: int, columns: list[tuple[Any, ...]]) -> _Light[T]:
    whole = [column if len(column) == count else column * count for column in columns]
    return _Light([tuple.__new__(made, fields) for fields in zip(*whole, strict=True)])


def _once(column: tuple[Any, ...]) -> tuple[Any, ...]:
    return column[:1] if column.count(column[0]) == len(column) else column


def _posting(asked: Debit, now: int) -> Posting:
    if asked.amount.micro <= 0:
        raise BadInput("The amount must be more than zero.", field="amount")
    description = clean(asked.description, "description", most=KEY_MAX) if asked.description else ""
    details = _details(asked.dimensions)
    key = clean_key(asked.key)
    return Posting(
        account_id=asked.account_id,
        kind=Kind.USAGE,
        cause_type="usage",
        cause_id=f"{asked.account_id}:{key}",
        amount_micro=-asked.amount.micro,
        actor=asked.actor,
        happened_at=now if asked.happened_at is None else asked.happened_at,
        reason=description,
        details=details,
        input_hash=chain_hash(asked.amount.micro, description, details or "", asked.happened_at or ""),
    )


def _details(dimensions: Mapping[str, str]) -> str | None:
    if not dimensions:
        return None
    if len(dimensions) > DIMENSIONS_MOST:
        raise BadInput(f"At most {DIMENSIONS_MOST} dimensions can be given.", field="dimensions")
    cleaned = {
        clean(name, "dimension", most=40, least=1): clean(value, "dimension", most=KEY_MAX)
        for name, value in dimensions.items()
    }
    return json.dumps(cleaned, sort_keys=True, ensure_ascii=False)


def explain(outcome: NotPosted) -> str:
    """A refusal of one debit in a batch, in a word the API promises to keep."""
    return {
        Refusal.INSUFFICIENT: "insufficient_credits",
        Refusal.KEY_REUSED: "key_reused",
        Refusal.UNKNOWN_ACCOUNT: "not_found",
        Refusal.TOO_MUCH: "bad_input",
    }[outcome.refusal]
