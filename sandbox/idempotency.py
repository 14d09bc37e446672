"""Idempotency keys: the first answer to a key is the answer for ever (24 hours). Used by `dispatch` only."""

from __future__ import annotations

import hashlib
import json

from sandbox.errors import Json, Refusal, invalid
from sandbox.state import World

TABLE = "_idempotency"
KEPT_SECONDS = 24 * 3600
LONGEST = 255


def claim(world: World, key: str, method: str, path: str, params: Json) -> Json | None:
    """The stored answer for this key, or None when the caller is the first and must now do the work.

    Refuses a key that was used with other parameters (400) or whose first request is still being worked on (409).
    """
    if len(key) > LONGEST:
        raise invalid(f"Idempotency-Key must be at most {LONGEST} characters.")
    now = world.clock.now()
    _forget_old(world, now - KEPT_SECONDS)
    held = world.table(TABLE).get(key)
    if held is not None:
        return _replay(held, key, method, path, _fingerprint(params))
    world.table(TABLE)[key] = {
        "created": now,
        "method": method,
        "path": path,
        "fingerprint": _fingerprint(params),
        "status": None,
    }
    return None


def remember(world: World, key: str, status: int, body: Json, request_id: str) -> None:
    world.table(TABLE)[key] |= {"status": status, "body": body, "request_id": request_id}
    world.touch()


def forget(world: World, key: str) -> None:
    """The request was refused before any work began, so the key is free again."""
    world.table(TABLE).pop(key, None)


def drop_unfinished(world: World) -> None:
    """After a restart nobody is working on these any more."""
    table = world.table(TABLE)
    for key in [key for key, held in table.items() if held["status"] is None]:
        del table[key]


def _forget_old(world: World, oldest: int) -> None:
    """The table is in the order of time, so the old ones are in front."""
    table = world.table(TABLE)
    while table and table[first := next(iter(table))]["created"] <= oldest:
        del table[first]


def _replay(held: Json, key: str, method: str, path: str, fingerprint: str) -> Json:
    if (held["method"], held["path"]) != (method, path):
        raise _mismatch(
            f"Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{path}' vs '{held['path']}'). Try using a key other than '{key}' if you meant to execute a different "
            "request."
        )
    if held["fingerprint"] != fingerprint:
        raise _mismatch(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
    if held["status"] is None:
        message = (
            f"There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}. Please try again later."
        )
        body = {"type": "invalid_request_error", "code": "idempotency_key_in_use", "message": message}
        raise Refusal(409, body, counted=False)
    return held


def _mismatch(message: str) -> Refusal:
    return Refusal(400, {"type": "idempotency_error", "message": message}, counted=False)


def _fingerprint(params: Json) -> str:
    """A digest and not the parameters: a card number must not reach the state file."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
