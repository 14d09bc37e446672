"""Request bodies: read with a cap while they stream in, taken apart strictly. Only api/ imports it.

The decoder is stricter than JSON asks: no number with a point or an exponent (it would have been a float somewhere),
no field twice (two readers would see two requests), no NaN, no encoding but UTF-8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from starlette.requests import Request

from billing.rules.errors import BadInput, NotFound, TooLarge
from billing.rules.money import Credits

AMOUNT_PATTERN = r"^(?=.*[1-9])[0-9]{1,12}(\.[0-9]{1,6})?$"
ACCOUNT_PATTERN = r"^[A-Za-z0-9_-]{1,40}$"
INTEGER_MOST = 10**12 - 1

_AMOUNT = re.compile(AMOUNT_PATTERN.removesuffix("$"), re.ASCII)
_ACCOUNT = re.compile(ACCOUNT_PATTERN.removesuffix("$"), re.ASCII)

Fields = Mapping[str, Any]


async def read(request: Request, most: int) -> bytes:
    """The body, at most `most` bytes of it. Raises TooLarge before more is read, whatever the length header says."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most):
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
    return b"".join(parts)


def fields(raw: bytes, allowed: Collection[str]) -> Fields:
    """The JSON object in `raw`. Raises BadInput for anything else and for a field that is not in `allowed`."""
    try:
        found = _DECODER.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of 5,000 digits; 10,000 brackets deep
        raise BadInput("The body must be one JSON object, in UTF-8.") from None
    return known(found, allowed)


def loose(raw: bytes) -> Fields:
    """The JSON object in `raw`, with whatever fields it has; a number with a point becomes a Decimal."""
    try:
        found = _LOOSE.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError, ArithmeticError):
        found = None
    if not isinstance(found, dict):
        raise BadInput("The body must be one JSON object, in UTF-8.")
    return found


def known(found: object, allowed: Collection[str], where: str = "") -> Fields:
    """`found` as an object whose fields are all in `allowed`."""
    if not isinstance(found, dict):
        raise BadInput(f"{where or 'The body'} must be a JSON object.")
    for name in found:
        if name not in allowed:
            raise BadInput(f"There is no field {name[:40]!r} here.", field=f"{where}{name[:40]}")
    return found


def text(found: Fields, name: str) -> str | None:
    """A field of text, None when it is left out. Length and characters are checked by the verb."""
    value = found.get(name)
    if value is None and name not in found:
        return None
    if not isinstance(value, str):
        raise BadInput(f"The {name} must be text.", field=name)
    return value


def amount(found: Fields) -> Credits:
    """Credits above zero, from a decimal string ("0.25"), a whole JSON number, or the Decimal of a `loose` one."""
    value = found.get("amount")
    if type(value) is int and 0 < value <= INTEGER_MOST:
        return Credits.whole(value)
    written = f"{value:f}" if isinstance(value, Decimal) else value
    if isinstance(written, str) and _AMOUNT.fullmatch(written):
        return Credits.read(written)
    raise BadInput(
        'The amount must be above zero, as text such as "12.50": up to 12 digits and 6 decimals.',
        field="amount",
    )


def account(value: object) -> str:
    """An account id. What cannot be one is as unknown as one that does not exist."""
    if not isinstance(value, str) or not value:
        raise BadInput("Say which account, by its id.", field="account")
    if not _ACCOUNT.fullmatch(value):
        raise NotFound("There is no such account.")
    return value


def idempotency_key(found: Fields, request: Request) -> str:
    """The key from the body or from the header; both may be given when they agree. The verb checks its length."""
    header = request.headers.getlist("idempotency-key")
    given = {*header, *filter(None, [text(found, "idempotency_key")])}
    if len(given) != 1 or not all(each.isascii() for each in header):
        sentence = "Give one idempotency key, as a field or as the header Idempotency-Key."
        raise BadInput(sentence, field="idempotency_key")
    return given.pop()


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"At most {most} bytes are taken at once.", limit=most)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("A field is given twice.")
    return found


def _no_float(written: str) -> NoReturn:
    raise BadInput(f'{written[:40]} is not exact as a JSON number; write it as text, such as "12.50".', field="amount")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_no_float, parse_constant=_no_float)
_LOOSE = json.JSONDecoder(object_pairs_hook=_once, parse_float=Decimal, parse_constant=_no_float)
