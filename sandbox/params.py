"""Kinds of parameters and how each is checked, with Stripe's words for every mistake.
Every resource declares its own with these.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sandbox.errors import Json, Refusal, malformed
from sandbox.wire import Raw

_DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,12})?")
Unknown = Callable[[str], Refusal]


@dataclass(frozen=True)
class Place:
    """Where in the request a value stands (`automatic_payment_methods[enabled]`), and what is said of unknown names."""

    path: str
    unknown: Unknown

    def inside(self, name: str) -> Place:
        return Place(f"{self.path}[{name}]" if self.path else name, self.unknown)

    def wrong(self, message: str, code: str | None = None) -> Refusal:
        return malformed(message, self.path, code)


@dataclass(frozen=True)
class Kind:
    """A parameter. `required` must be present; `unset` allows the empty string, which reads as None, but of a required
    one only if it also `clears`.
    """

    required: bool = False
    unset: bool = True
    clears: bool = False

    def read(self, raw: Raw, at: Place) -> Any:
        if raw == "":
            if self.clears or (self.unset and not self.required):
                return None
            raise at.wrong(
                f"You passed an empty string for '{at.path}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{at.path}' cannot be unset. You should remove '{at.path}' from your request or "
                "supply a non-empty value.",
                "parameter_invalid_empty",
            )
        return self.parse(raw, at)

    def parse(self, raw: Raw, at: Place) -> Any:
        raise NotImplementedError

    def having(self, *, required: bool, unset: bool) -> Kind:
        """The same kind with other terms, both of them said."""
        return replace(self, required=required, unset=unset, clears=unset)


@dataclass(frozen=True)
class Text(Kind):
    longest: int = 5000

    def parse(self, raw: Raw, at: Place) -> str:
        if not isinstance(raw, str):
            raise at.wrong("Invalid string: must be a string")
        if len(raw) > self.longest:
            raise at.wrong(f"Invalid string: must be at most {self.longest} characters")
        return raw


@dataclass(frozen=True)
class Whole(Kind):
    unset: bool = False
    least: int | None = None
    most: int | None = None

    def parse(self, raw: Raw, at: Place) -> int:
        digits = raw[1:] if isinstance(raw, str) and raw.startswith("-") else raw
        if not (isinstance(raw, str) and isinstance(digits, str) and digits.isascii() and digits.isdigit()):
            shown = raw if isinstance(raw, str) else "an object"
            raise at.wrong(f"Invalid integer: {shown}", "parameter_invalid_integer")
        value = int(raw)
        if self.least is not None and value < self.least:
            message = f"This value must be greater than or equal to {self.least}."
            raise at.wrong(message, "parameter_invalid_integer")
        if self.most is not None and value > self.most:
            raise at.wrong(f"This value must be less than or equal to {self.most}.", "parameter_invalid_integer")
        return value


@dataclass(frozen=True)
class Flag(Kind):
    unset: bool = False

    def parse(self, raw: Raw, at: Place) -> bool:
        if raw not in ("true", "false"):
            raise at.wrong(f"Invalid boolean: {raw}")
        return raw == "true"


@dataclass(frozen=True)
class OneOf(Kind):
    """A closed set. The SDK types most sets as open, the API does not."""

    choices: tuple[str, ...] = ()

    def parse(self, raw: Raw, at: Place) -> str:
        if isinstance(raw, str) and raw in self.choices:
            return raw
        *most, last = self.choices
        shown = f"{', '.join(most)} or {last}" if most else last
        raise at.wrong(f"Invalid {at.path}: must be one of {shown}")


@dataclass(frozen=True)
class Bag(Kind):
    """Metadata: text by key. An empty value removes a key, the empty string in place of the bag removes them all."""

    def parse(self, raw: Raw, at: Place) -> dict[str, str]:
        if not isinstance(raw, dict):
            raise at.wrong("Invalid object")
        if len(raw) > 50:
            raise at.wrong("Metadata can have at most 50 keys.")
        return {key: self._value(key, value, at.inside(key)) for key, value in raw.items()}

    def _value(self, key: str, value: Raw, at: Place) -> str:
        if not isinstance(value, str):
            raise at.wrong("Metadata values must be strings.")
        if len(key) > 40:
            raise at.wrong(f"Metadata keys must be at most 40 characters: '{key}'")
        if len(value) > 500:
            raise at.wrong("Metadata values must be at most 500 characters.")
        return value


@dataclass(frozen=True)
class Many(Kind):
    of: Kind = field(default_factory=Text)
    most: int | None = None

    def parse(self, raw: Raw, at: Place) -> list[Any]:
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise at.wrong("Invalid array")
        if self.most is not None and len(raw) > self.most:
            raise at.wrong(f"Array must have at most {self.most} elements")
        return [self.of.read(raw[key], at.inside(key)) for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Group(Kind):
    """A nested object of named parameters."""

    names: dict[str, Kind] = field(default_factory=dict)

    def parse(self, raw: Raw, at: Place) -> Json:
        if not isinstance(raw, dict):
            raise at.wrong("Invalid object")
        for name in raw:
            if name not in self.names:
                raise at.unknown(at.inside(name).path)
        read: Json = {}
        for name, kind in self.names.items():
            inner = at.inside(name)
            if name in raw:
                read[name] = kind.read(raw[name], inner)
            elif kind.required:
                raise inner.wrong(f"Missing required param: {inner.path}.", "parameter_missing")
        return read


@dataclass(frozen=True)
class Span(Kind):
    """A moment, or a range of moments, in lists: `created=1` or `created[gte]=1`. Always reads as a range."""

    def parse(self, raw: Raw, at: Place) -> dict[str, int]:
        if isinstance(raw, str):
            moment = Whole().parse(raw, at)
            return {"gte": moment, "lte": moment}
        bounds = Group(names={bound: Whole() for bound in ("gt", "gte", "lt", "lte")})
        return dict(bounds.parse(raw, at))


@dataclass(frozen=True)
class Fraction(Kind):
    """A decimal number. Reads as `Decimal`, because a float would round it."""

    unset: bool = False

    def parse(self, raw: Raw, at: Place) -> Decimal:
        if isinstance(raw, str) and _DECIMAL.fullmatch(raw):
            return Decimal(raw)
        raise at.wrong(f"Invalid decimal: {raw if isinstance(raw, str) else 'an object'}")


@dataclass(frozen=True)
class Table(Kind):
    """Values of one kind under names of the caller's own, such as currencies."""

    of: Kind = field(default_factory=Text)

    def parse(self, raw: Raw, at: Place) -> Json:
        if not isinstance(raw, dict):
            raise at.wrong("Invalid object")
        return {name: self.of.read(value, at.inside(name)) for name, value in raw.items()}


@dataclass(frozen=True)
class Either(Kind):
    """The first of several kinds that fits; when none does, what the last one says."""

    kinds: tuple[Kind, ...] = ()

    def parse(self, raw: Raw, at: Place) -> Any:
        for kind in self.kinds[:-1]:
            with suppress(Refusal):
                return kind.parse(raw, at)
        return self.kinds[-1].parse(raw, at)
