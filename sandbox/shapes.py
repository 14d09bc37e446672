"""Parameters as the installed SDK declares them, made into kinds that are strict. Resources declare theirs with `take`.

Every request class of the SDK is a TypedDict; its source text is read, never imported. The SDK leaves most sets of
words open (`Literal["a", "b"] | str`); Stripe does not, so only the listed words pass.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache

from sandbox.money import Currency
from sandbox.params import Bag, Either, Flag, Fraction, Group, Kind, Many, OneOf, Span, Table, Text, Whole
from sandbox.sdk_types import Annotations, classes_beside

RANGE = {"gt", "gte", "lt", "lte"}
PLAIN: dict[str, Kind] = {
    "str": Text(unset=False),
    "int": Whole(),
    "bool": Flag(),
    "float": Fraction(),
    "Decimal": Fraction(),
}


def take(params_class: str, built: str) -> dict[str, Kind]:
    """Those parameters of an SDK class that are built here: `take("RefundCreateParams", "charge amount")`.

    A name takes the whole parameter; `items.price items.quantity` takes these parts of `items` and no others. What
    the SDK has beside them answers 501, what it does not have 400. A name the SDK does not know is a ValueError.
    """
    return _group(params_class.rpartition(".")[2], built.split(), classes_beside(params_class)).names


def _group(name: str, built: Iterable[str] | None, classes: Annotations) -> Group:
    """`built` None takes everything."""
    fields = classes[name]
    wanted: dict[str, list[str] | None] = {}
    for path in fields if built is None else built:
        first, _, rest = path.partition(".")
        if first not in fields:
            msg = f"{name} has no parameter {first!r}"
            raise ValueError(msg)
        inner = wanted.setdefault(first, [] if rest else None)
        if rest and inner is not None:
            inner.append(rest)
    return Group(names={each: _field(each, fields[each], inner, classes) for each, inner in wanted.items()})


@cache
def _parsed(annotation: str) -> ast.expr:
    return ast.parse(annotation, mode="eval").body


def _field(name: str, annotation: str, built: list[str] | None, classes: Annotations) -> Kind:
    node = _parsed(annotation)
    optional = isinstance(node, ast.Subscript) and _word(node.value) == "NotRequired"
    inner = node.slice if optional and isinstance(node, ast.Subscript) else node
    kinds, unset = _choices(name, inner, built, classes)
    return _one(kinds).having(required=not optional, unset=unset)


def _choices(name: str, node: ast.expr, built: list[str] | None, classes: Annotations) -> tuple[list[Kind], bool]:
    """The kinds an annotation allows, and whether the empty string is one of them."""
    parts = _alternatives(node)
    words = [word for part in parts for word in _literals(part)]
    unset = "" in words
    words = [word for word in words if word != ""]
    rest = [part for part in parts if not _is_literal(part)]
    if words:
        rest = [part for part in rest if _word(part) != "str"]
    kinds = [_kind(name, part, built, classes) for part in rest]
    kinds += [OneOf(choices=tuple(words))] if words else []
    return kinds, unset


def _kind(name: str, part: ast.expr, built: list[str] | None, classes: Annotations) -> Kind:
    text = _word(part)
    if name.endswith("currency") and text == "str":
        return Currency(unset=False)
    if text in PLAIN:
        return PLAIN[text]
    if text in classes:
        return Span() if _is_span(classes[text]) else _group(text, built, classes)
    if isinstance(part, ast.Subscript):
        inside = part.slice.elts[-1] if isinstance(part.slice, ast.Tuple) else part.slice
        kinds, _ = _choices(name, inside, built, classes)
        if _word(part.value) == "List":
            return Many(of=_one(kinds), unset=False)
        return Bag(unset=False) if isinstance(_one(kinds), Text) else Table(of=_one(kinds), unset=False)
    msg = f"the SDK's annotation {ast.unparse(part)} of {name} cannot be read"
    raise ValueError(msg)


def _is_span(fields: dict[str, str]) -> bool:
    """Version 2 has ranges too, but writes its moments as text."""
    return fields.keys() == RANGE and "int" in fields["gt"]


def _one(kinds: list[Kind]) -> Kind:
    return kinds[0] if len(kinds) == 1 else Either(kinds=tuple(kinds))


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """The members of a union, however it is written; what the SDK says twice (a dict or its own class) once."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _alternatives(_parsed(node.value))
    if isinstance(node, ast.BinOp):
        return [*_alternatives(node.left), *_alternatives(node.right)]
    head = _word(node.value) if isinstance(node, ast.Subscript) else ""
    if head == "Union" and isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        return [each for part in node.slice.elts for each in _alternatives(part)]
    if head == "Optional" and isinstance(node, ast.Subscript):
        return _alternatives(node.slice)
    return [] if head == "UntypedStripeObject" else [node]


def _word(node: ast.expr) -> str:
    """A plain name; "" for anything that is more."""
    return node.id if isinstance(node, ast.Name) else ""


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and _word(node.value) == "Literal"


def _literals(node: ast.expr) -> list[str]:
    if not (_is_literal(node) and isinstance(node, ast.Subscript)):
        return []
    words = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [str(word.value) for word in words if isinstance(word, ast.Constant)]
