"""Reads single values out of Stripe's objects, strictly. For the `stripe*.py` beside it only.

Strict on purpose: whatever is not exactly what Stripe documents is Malformed, for a lenient reader of amounts is how
`true` becomes one cent.
"""

from __future__ import annotations

import re
from typing import Any

from billing.rules.moments import from_seconds

Json = dict[str, Any]

ORDER = "scrip_order"
"""Metadata key that carries our order id: a hint for people and for finding the order, never proof."""

_LARGEST_MINOR = 10**12
_LATEST_SECOND = 2**40
_KINDS = ("pi", "cus", "cs", "sub", "sub_sched", "evt", "in")
_REF = {name: re.compile(rf"{name}_[A-Za-z0-9_]{{1,200}}", re.ASCII) for name in _KINDS}
_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)
_HINT = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,255}", re.ASCII)


class Malformed(Exception):
    """Stripe's object is not as documented; the text names the field, never its value."""


def expect(thing: Json, kind: str) -> None:
    """Refuses an object of another kind."""
    if thing.get("object") != kind:
        raise Malformed(f"object is not a {kind}")


def minor(thing: Json, name: str, least: int) -> int:
    """A real int: JSON's true is an int to Python, and 5.0 equals 5."""
    value = thing.get(name)
    if type(value) is not int:
        raise Malformed(f"{name} is not a whole number")
    if not least <= value < _LARGEST_MINOR:
        raise Malformed(f"{name} is out of range")
    return value


def currency(thing: Json) -> str:
    """Its currency in capitals."""
    value = thing.get("currency")
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Malformed("currency is not three small letters")
    return value.upper()


def moment(thing: Json, name: str) -> int:
    """Stripe's second as microseconds."""
    found = moment_or_none(thing, name)
    if found is None:
        raise Malformed(f"{name} is missing")
    return found


def moment_or_none(thing: Json, name: str) -> int | None:
    """The same where Stripe may say nothing."""
    value = thing.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < _LATEST_SECOND:
        raise Malformed(f"{name} is no moment")
    return from_seconds(value)


def flag(thing: Json, name: str) -> bool:
    """A truth value, and nothing that only looks like one."""
    value = thing.get(name)
    if not isinstance(value, bool):
        raise Malformed(f"{name} is not true or false")
    return value


def ref(thing: Json, prefix: str, name: str = "id") -> str:
    """The id that must be there."""
    found = ref_or_none(thing.get(name), prefix)
    if found is None:
        raise Malformed(f"{name} is missing")
    return found


def ref_or_none(value: object, prefix: str) -> str | None:
    """An id, or the id of an object that came expanded; None when there is none."""
    found = value.get("id") if isinstance(value, dict) else value
    if found is None:
        return None
    if isinstance(found, str) and _REF[prefix].fullmatch(found):
        return found
    raise Malformed(f"this is no id that begins with {prefix}_")


def word(value: object, name: str) -> str:
    """A plain word, such as the id of a price: old ones were named by hand."""
    found = word_or_none(value.get("id") if isinstance(value, dict) else value)
    if found is None:
        raise Malformed(f"{name} is no plain word")
    return found


def word_or_none(value: object) -> str | None:
    """A plain word, or None: what a database or a log could stumble over is not one."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def branch(thing: Json, name: str) -> Json:
    """An object inside, or an empty one."""
    found = thing.get(name)
    return found if isinstance(found, dict) else {}


def hint(value: object) -> str | None:
    """What may be one of our order ids."""
    return value if isinstance(value, str) and _HINT.fullmatch(value) else None


def plain(text: object, longest: int) -> str | None:
    """Text no database, log or page stumbles over: no control characters, no half of a surrogate pair."""
    if not isinstance(text, str):
        return None
    kept = "".join(letter if letter.isprintable() else " " for letter in text[:longest])
    return kept.strip() or None
