"""Usage: programs debit credits, POST /api/v1/usage and /api/v1/usage/batch. api/doors.py opens it.

The hot door: one read of the body, no model, no thread; it awaits the till like the webhook does.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import bodies, shapes
from api.asking import QuickRoute, door, metrics_of, portal_of
from api.bodies import Fields
from auth.policy import Action, Principal, authorize
from billing import usage
from billing.grants import posted_or_raise
from billing.rules import texts
from billing.rules.errors import BadInput, InsufficientCredits, KeyReused, NotFound, ScripError, TooLarge
from billing.rules.moments import iso
from billing.rules.money import decimal
from billing.rules.postings import Outcome, Posted, Refusal
from billing.usage import Debit

FIELDS = frozenset({"account", "amount", "idempotency_key", "description", "dimensions"})
REPLAYED = {"Idempotent-Replayed": "true"}

router = APIRouter(prefix="/api/v1", tags=["usage"], route_class=QuickRoute)

_EXAMPLE = {"account": "acc_7kq2m0x9f3v5c8n1b4d6", "amount": "0.25", "idempotency_key": "job-2041-step-3"}


@router.post(
    "/usage",
    summary="Debit one use",
    response_model=shapes.Debited,
    responses=shapes.refuses(InsufficientCredits, NotFound, KeyReused, TooLarge),
    openapi_extra=shapes.takes(shapes.UsageDebit, _EXAMPLE),
)
async def debit(request: Request, principal: Principal = door(Action.DEBIT_USAGE)) -> Response:
    """Debits once and durably. The same key with the same content gives the same answer, for ever."""
    portal, count = portal_of(request), metrics_of(request).debits
    found = bodies.fields(await bodies.read(request, portal.settings.api.body_limit_bytes), FIELDS)
    asked = _debit(found, bodies.idempotency_key(found, request), principal)
    authorize(principal, Action.DEBIT_USAGE, asked.account_id)
    outcome = await usage.debit(portal, asked)
    count.labels(_word(outcome)).inc()
    posted = posted_or_raise(outcome)
    return Response(json.dumps(_told(posted)), 200, None if posted.fresh else REPLAYED, "application/json")


@router.post(
    "/usage/batch",
    summary="Debit many uses",
    response_model=shapes.BatchAnswer,
    response_model_exclude_none=True,
    responses=shapes.refuses(TooLarge),
    openapi_extra=shapes.takes(shapes.UsageBatch, {"debits": [_EXAMPLE]}),
)
async def debit_batch(request: Request, principal: Principal = door(Action.DEBIT_USAGE)) -> Response:
    """Decides each debit on its own merits, all in one transaction. A malformed one refuses the whole batch."""
    portal, count = portal_of(request), metrics_of(request).debits
    asked = _batch(await bodies.read(request, portal.settings.api.body_limit_bytes), principal)
    if len(asked) > portal.settings.api.usage_batch_max:
        raise TooLarge(f"At most {portal.settings.api.usage_batch_max} debits can be sent at once.")
    open_ones = {each for each in {each.account_id for each in asked} if _is_open(principal, each)}
    ours = [each for each in asked if each.account_id in open_ones]
    outcomes = iter(await usage.debit_many(portal, ours) if ours else [])
    results = [_result(each, next(outcomes) if each.account_id in open_ones else None) for each in asked]
    for word, times in Counter(each["status"] for each in results).items():
        count.labels(word).inc(times)
    # a thousand results: a ninth of the door's time with json, a hundredth with orjson
    return Response(orjson.dumps({"results": results}), media_type="application/json")


def _debit(found: Fields, key: str, principal: Principal) -> Debit:
    return Debit(
        account_id=bodies.account(found.get("account")),
        amount=bodies.amount(found),
        key=key,
        actor=principal.id,
        description=bodies.text(found, "description") or "",
        dimensions=_dimensions(found.get("dimensions")),
    )


def _batch(raw: bytes, principal: Principal) -> list[Debit]:
    debits = bodies.fields(raw, ("debits",)).get("debits")
    if not isinstance(debits, list) or not debits:
        raise BadInput("Send the debits as a list with at least one.", field="debits")
    return [_batched(place, each, principal) for place, each in enumerate(debits)]


def _batched(place: int, given: object, principal: Principal) -> Debit:
    """One debit of a batch; a mistake is told with its place."""
    try:
        found = bodies.known(given, FIELDS)
        key = bodies.text(found, "idempotency_key")
        if not key:
            raise BadInput("Each debit of a batch needs its own idempotency_key.", field="idempotency_key")
        texts.key(key, "idempotency_key")  # also of debits that are not the asker's: it is told back as it came
        return _debit(found, key, principal)
    except ScripError as wrong:
        where = f"debits[{place}]"
        raise BadInput(f"{where}: {wrong.sentence}", field=f"{where}.{wrong.details.get('field', 'account')}") from None


def _dimensions(given: object) -> Mapping[str, str]:
    if given is None:
        return usage.NONE
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise BadInput("Dimensions are names with texts.", field="dimensions")
    return given


def _is_open(principal: Principal, account_id: str) -> bool:
    """Whether the asker may debit that account; somebody else's looks like one that does not exist."""
    try:
        authorize(principal, Action.DEBIT_USAGE, account_id)
    except NotFound:
        return False
    return True


def _word(outcome: Outcome) -> str:
    return "posted" if isinstance(outcome, Posted) else usage.explain(outcome)


def _told(posted: Posted) -> dict[str, Any]:
    return {
        "transaction": str(posted.transfer_id),
        "account": posted.account_id,
        "amount": decimal(-posted.amount_micro),
        "balance_after": decimal(posted.balance_after_micro),
        "recorded_at": iso(posted.recorded_at),
    }


def _result(asked: Debit, outcome: Outcome | None) -> dict[str, Any]:
    """What became of one debit of a batch; None when its account is not the asker's."""
    word = "not_found" if outcome is None else _word(outcome)
    result: dict[str, Any] = {"status": word, "account": asked.account_id, "idempotency_key": asked.key}
    if isinstance(outcome, Posted):
        return result | _told(outcome) | {"replayed": not outcome.fresh}
    if outcome is not None and outcome.refusal is Refusal.INSUFFICIENT:
        available, needed = outcome.available_micro, outcome.needed_micro
        result |= {"available": decimal(available), "needed": decimal(needed), "missing": decimal(needed - available)}
    return result
