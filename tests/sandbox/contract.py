"""Reads the annotations of the SDK's resource classes as a contract. Imported by `watching` and the tests of shapes."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, reduce
from operator import or_
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import stripe
from stripe import StripeObject
from stripe._object_classes import OBJECT_CLASSES, V2_OBJECT_CLASSES, get_object_class
from stripe.events._event_classes import get_v2_event_class

# The SDK's types leave these out or type them away, Stripe sends them all the same (its own fixtures have them).
ALSO_SENT = {"payment_intent": {"source"}, "charge": {"authorization_code"}}


# Their rows are looked at one by one, their own fields are the SDK's envelope.
ENVELOPES = ("list", "search_result")
# Whatever the caller put there, and old values of which only a part is told.
NAMELESS = ("invoice.id: missing",)
NOT_OBJECTS = ("metadata", "previous_attributes", "payload")


def differences_in(answer: Any) -> list[str]:
    """What is wrong with an answer, and with every object that stands in it."""
    return [line for thing in objects_in(answer) for line in _named_differences(thing)]


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Everything that says which object it is, from the outside in; a deleted one says nothing more."""
    if isinstance(value, list):
        for row in value:
            yield from objects_in(row)
    elif isinstance(value, dict):
        if isinstance(value.get("object"), str) and value["object"] not in ENVELOPES and not value.get("deleted"):
            yield value
        for name, inner in value.items():
            if name not in NOT_OBJECTS:
                yield from objects_in(inner)


@cache
def class_of(name: str) -> type[StripeObject] | None:
    """The SDK's class for `"object": name`, None when it has none."""
    if name in V2_OBJECT_CLASSES:
        return get_object_class("V2", name)
    return get_object_class("V1", name) if name in OBJECT_CLASSES else None


def _named_differences(thing: dict[str, Any]) -> list[str]:
    name = str(thing["object"])
    kind = get_v2_event_class(thing["type"]) if name == "v2.core.event" else class_of(name)
    if kind is None:
        return [f"{name}: the SDK has no such object"]
    return [line for line in differences(thing, kind, name) if not (line in NAMELESS and _is_upcoming(thing))]


def _is_upcoming(thing: dict[str, Any]) -> bool:
    """The invoice of the event `invoice.upcoming` does not exist yet, so it has no id."""
    return thing.get("billing_reason") == "upcoming"


def differences(thing: dict[str, Any], kind: type, at: str) -> list[str]:
    """What the object lacks, has too much or has of the wrong type. Optional fields may be absent or null."""
    wanted = _fields(kind)
    extra = ALSO_SENT.get(str(thing.get("object")), set())
    found = [f"{at}.{name}: the SDK does not know it" for name in thing if name not in wanted and name not in extra]
    for name, annotation in wanted.items():
        if name in thing:
            found += _check(thing[name], annotation, kind, f"{at}.{name}")
        elif not _optional(annotation):
            found.append(f"{at}.{name}: missing")
    return sorted(found)


def _is_class_level(annotation: Any) -> bool:
    return str(get_origin(annotation)) == str(ClassVar)


@cache
def _fields(kind: type) -> dict[str, Any]:
    """The annotated fields of a resource class and of its parents, as far as they are the wire's."""
    own = {}
    for parent in reversed(kind.__mro__):
        if parent.__module__.startswith("stripe") and issubclass(parent, StripeObject) and parent is not StripeObject:
            own.update(inspect.get_annotations(parent))
    renamed = getattr(kind, "_field_remappings", {})
    return {
        renamed.get(name, name): annotation
        for name, annotation in own.items()
        if not name.startswith("_") and not _is_class_level(annotation) and name != "deleted"
    }


def _check(value: Any, annotation: Any, inside: type, at: str) -> list[str]:
    kind = _resolve(annotation, inside)
    if _optional(kind):
        return [] if value is None else _check(value, _without_none(kind), inside, at)
    if kind is Any:
        return []
    if get_origin(kind) is list:
        rows = value if isinstance(value, list) else None
        if rows is None:
            return [f"{at}: {value!r} is not a list"]
        return [
            line for place, row in enumerate(rows) for line in _check(row, get_args(kind)[0], inside, f"{at}[{place}]")
        ]
    if get_origin(kind) in (Union, types.UnionType):
        return _check_union(value, get_args(kind), inside, at)
    if get_origin(kind) is Literal:
        return [] if value in get_args(kind) else [f"{at}: {value!r} is not one of {get_args(kind)}"]
    return _check_plain(value, kind, at)


def _check_union(value: Any, choices: tuple[Any, ...], inside: type, at: str) -> list[str]:
    """The SDK opens its closed sets with `| str`; a sandbox must stay inside them."""
    literals = [choice for choice in choices if get_origin(choice) is Literal]
    tried = literals or list(choices)
    answers = [_check(value, choice, inside, at) for choice in tried]
    return [] if any(not answer for answer in answers) else answers[0]


def _check_plain(value: Any, kind: Any, at: str) -> list[str]:
    plain = get_origin(kind) or kind
    if isinstance(plain, type) and issubclass(plain, StripeObject):
        if not isinstance(value, dict):
            return [f"{at}: {value!r} is not an object"]
        return [] if plain.__name__ in ("UntypedStripeObject", "ListObject") else differences(value, plain, at)
    if plain is Decimal:
        return [] if isinstance(value, str) else [f"{at}: {value!r} is not a decimal in text"]
    # JSON writes a whole number without its point.
    fitting = (int, float) if plain is float else plain
    right = isinstance(value, fitting) and not (plain in (int, float) and isinstance(value, bool))
    return [] if right else [f"{at}: {value!r} is not {plain.__name__}"]


def _resolve(annotation: Any, inside: type) -> Any:
    """A name in quotes, looked up in the class, its module and the package; one for type checkers only is an object."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    places = (inside, sys.modules[inside.__module__], stripe)
    return next((getattr(place, annotation) for place in places if hasattr(place, annotation)), dict)


def _optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType) and type(None) in get_args(annotation)


def _without_none(annotation: Any) -> Any:
    kept = [kind for kind in get_args(annotation) if kind is not type(None)]
    return reduce(or_, kept)
