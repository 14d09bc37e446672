"""Stripe's search language, `status:'succeeded' AND metadata['order']:'7'`, and the search route of a noun.
Every resource that can be searched declares its route with `searching`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.errors import Json, Refusal, invalid
from sandbox.params import Text, Whole
from sandbox.routes import Resource, Route
from sandbox.state import Call

MOST_CLAUSES = 10
SHORTEST_PART = 3
CLAUSE = re.compile(
    r"(?P<not>-)?(?P<field>[A-Za-z_][\w.]*)"
    r"""(?:\[(?P<key>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\])?"""
    r"(?P<sign>>=|<=|[:~><])"
    r"""(?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|null|-?[\w.]+)"""
)
JOINT = re.compile(r"\s+(?:(AND|OR)\s+)?", re.IGNORECASE)
NUMBERS: Mapping[str, Callable[[int, int], bool]] = {
    ":": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class Field(Enum):
    """How a field may be asked for: a word whole, a text also in part, a number also by its size."""

    WORD = "token"
    TEXT = "string"
    NUMBER = "numeric"


WORD, TEXT, NUMBER = Field.WORD, Field.TEXT, Field.NUMBER
Fields = Mapping[str, Field]


@dataclass(frozen=True)
class Clause:
    """One condition. `key` is the metadata's; `value` None asks for a field that is not there."""

    field: str
    key: str | None
    sign: str
    value: str | None
    negated: bool


def searching(noun: str, plural: str, fields: Fields) -> Route:
    """`GET /v1/{plural}/search` over a table. Metadata can always be searched. Fields of parts are named by their way
    (`payment_method_details.card.last4`).
    """

    def search(call: Call) -> Json:
        clauses, every = parse(call.params["query"], plural, fields)
        joined = all if every else any

        def keep(row: Json) -> bool:
            return not row.get("deleted") and joined(_holds(row, clause, fields) for clause in clauses)

        rows = [row for row in reversed(call.world.table(noun).values()) if keep(row)]
        return _page(call, rows, f"/v1/{plural}/search")

    accepts = {"query": Text(required=True), "limit": Whole(least=1, most=100), "page": Text(unset=False)}
    return Route("GET", f"/v1/{plural}/search", search, accepts)


def parse(query: str, plural: str, fields: Fields) -> tuple[list[Clause], bool]:
    """The clauses of a query and whether all of them must hold; 400 when it cannot be read."""
    clauses: list[Clause] = []
    joints: set[str] = set()
    at, text = 0, query.strip()
    while True:
        found = CLAUSE.match(text, at)
        if found is None:
            raise _unreadable()
        clauses.append(_checked(_clause(found), plural, fields))
        if found.end() == len(text):
            break
        joint = JOINT.match(text, found.end())
        if joint is None:
            raise _unreadable()
        joints.add((joint[1] or "AND").upper())
        at = joint.end()
    if len(joints) > 1:
        raise invalid("You can't combine AND and OR in the same search query.", "query")
    if len(clauses) > MOST_CLAUSES:
        raise invalid(f"Search queries can have at most {MOST_CLAUSES} clauses.", "query")
    return clauses, joints != {"OR"}


def _clause(found: re.Match[str]) -> Clause:
    value = None if found["value"] == "null" else _unquoted(found["value"])
    key = _unquoted(found["key"]) if found["key"] else None
    return Clause(found["field"], key, found["sign"], value, bool(found["not"]))


def _checked(clause: Clause, plural: str, fields: Fields) -> Clause:
    if clause.field == "metadata" and clause.key is None:
        raise _unreadable()
    if clause.field != "metadata" and (clause.field not in fields or clause.key is not None):
        page = f"http://stripe.com/docs/search#query-fields-for-{plural.replace('_', '-')}"
        message = f"Field `{clause.field}` is an unsupported search field for resource `{plural}`. See {page} "
        raise invalid(message + "for a list of supported fields.", "query")
    kind = fields.get(clause.field, WORD)
    if clause.sign not in (NUMBERS if kind is NUMBER else ":~" if kind is TEXT else ":"):
        message = f"Operator `{clause.sign}` is not supported for the field `{clause.field}`, which is a {kind.value}."
        raise invalid(message, "query")
    if clause.value is None:
        return clause
    if kind is NUMBER and not re.fullmatch(r"-?\d+", clause.value):
        raise invalid(f"The value of the numeric field `{clause.field}` must be a number: {clause.value}", "query")
    if clause.sign == "~" and len(clause.value) < SHORTEST_PART:
        message = f"The value of `{clause.field}` must have at least {SHORTEST_PART} characters to be searched in part."
        raise invalid(message, "query")
    return clause


def _holds(row: Json, clause: Clause, fields: Fields) -> bool:
    """Letters are compared whatever their case, as Stripe does."""
    held = (row.get("metadata") or {}).get(clause.key) if clause.key is not None else _inside(row, clause.field)
    return _fits(held, clause, fields.get(clause.field, WORD)) != clause.negated


def _fits(held: Any, clause: Clause, kind: Field) -> bool:
    if clause.value is None or held is None:
        return held is None and clause.value is None
    if kind is NUMBER:
        return NUMBERS[clause.sign](int(held), int(clause.value))
    shown = str(held).lower() if not isinstance(held, dict) else str(held.get("id")).lower()
    wanted = clause.value.lower()
    return wanted in shown if clause.sign == "~" else wanted == shown


def _inside(row: Json, way: str) -> Any:
    held: Any = row
    for step in way.split("."):
        held = held.get(step) if isinstance(held, dict) else None
    return held


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] in "\"'" else text


def _page(call: Call, rows: list[Json], url: str) -> Json:
    """A page ends with its last object's id, which is the mark of the next one."""
    limit: int = call.params.get("limit", 10)
    mark: str | None = call.params.get("page")
    ids = [row["id"] for row in rows]
    if mark is not None and mark not in ids:
        raise invalid("Invalid page token.", "page")
    start = ids.index(mark) + 1 if mark else 0
    shown = rows[start : start + limit]
    more = len(rows) > start + limit
    found: Json = {"object": "search_result", "data": shown, "has_more": more, "url": url}
    found["next_page"] = shown[-1]["id"] if more else None
    if "total_count" in (call.params.get("expand") or []):
        found["total_count"] = len(rows)
    return found


def _unreadable() -> Refusal:
    message = (
        "We were unable to parse your search query. Try using the format "
        '`metadata["key"]:"value"` to query for metadata or key:"value" to query for other fields.'
    )
    return invalid(message, "query")


# Stripe's fields of each noun, as far as the objects here have them.
CUSTOMERS: Fields = {"created": NUMBER, "email": TEXT, "name": TEXT, "phone": TEXT}
INTENTS: Fields = {"amount": NUMBER, "created": NUMBER, "currency": WORD, "customer": WORD, "status": WORD}
CARD = "payment_method_details.card."
CHARGES: Fields = {
    **INTENTS,
    "billing_details.address.postal_code": WORD,
    "disputed": WORD,
    "refunded": WORD,
    **{f"{CARD}{name}": WORD for name in ("brand", "fingerprint", "last4")},
    **{f"{CARD}{name}": NUMBER for name in ("exp_month", "exp_year")},
}
RESOURCE = Resource(
    routes=(
        searching("customer", "customers", CUSTOMERS),
        searching("payment_intent", "payment_intents", INTENTS),
        searching("charge", "charges", CHARGES),
    ),
    links={"search_result": {"total_count": "search_result"}},
)
